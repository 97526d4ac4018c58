// SPDX-License-Identifier: GPL-2.0
/*
 * ubd_check.c - the files of the disks are looked at when the machine starts, see
 * start_check.c. The driver opens them later, for good, and does what changes them; a
 * disk that it can't open then ends the machine, too.
 */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <init.h>
#include <kern_util.h>
#include <uml/disk_image.h>
#include <uml/start.h>
#include <uml/ubd_option.h>

static char *line_of[UBD_DISKS] __initdata;	/* what follows "ubd", in argv */
static struct {
	uint16_t sector;
	uint8_t cache, forced;
} settings[UBD_DISKS] __initdata;
static char name[64] __initdata, why[IMAGE_WHY_SIZE] __initdata;

/* Returns a copy, as a parsed line has lost its separators; or ends the process. */
static char *__init line_parse(const char *line, struct ubd_option *option)
{
	static char copy[3 * PATH_MAX];
	size_t len = strlen(line);

	snprintf(name, sizeof(name), "ubd%.*s", (int)strcspn(line, "="), line);
	if (len >= sizeof(copy))
		start_fail("%s: the names are too long", name);
	memcpy(copy, line, len + 1);
	if (ubd_option_parse(copy, option, why, sizeof(why)))
		start_fail("%s: %s", name, why);
	return copy;
}

static void __init setting_take(const struct ubd_option *option)
{
	int unit = option->unit == UBD_ALL ? 0 : option->unit;
	int end = option->unit == UBD_ALL ? UBD_DISKS : unit + 1;

	for (; unit < end; unit++) {
		if (option->kind == UBD_OPTION_CACHE)
			settings[unit].cache = option->value;
		else if (option->kind == UBD_OPTION_SECTOR)
			settings[unit].sector = option->value;
		else if (option->kind == UBD_OPTION_FORCE)
			settings[unit].forced = 1;
	}
}

static int __init ubd_check(char *line, int *add)
{
	struct ubd_option option;

	(void)line_parse(line, &option);
	setting_take(&option);
	/* the first one counts */
	if (option.kind == UBD_OPTION_DISK && !line_of[option.unit])
		line_of[option.unit] = line;
	return 0;
}

START_CHECK(ubd, "ubd", ubd_check);

/* Nothing of the machine runs yet: so the host's clock is waited for. */
static int __init image_wait(struct image_request *want, struct disk_image *image)
{
	static const struct timespec pause = { .tv_nsec = IMAGE_PAUSE_MS * 1000000L };
	int tries = IMAGE_PATIENCE_MS / IMAGE_PAUSE_MS, err;

	do {
		want->impatient = tries > 0;
		err = image_open(want, image, why, sizeof(why));
		if (err != -EBUSY || !tries)
			break;
		(void)nanosleep(&pause, NULL);
	} while (tries--);
	return err;
}

/* Opened for reading, which changes nothing */
static void __init disk_check(int unit)
{
	static struct disk_image image;
	static char id[8];
	struct image_request want = {
		.name = id,
		.cache = settings[unit].cache,
		.sector = settings[unit].sector ? settings[unit].sector : 512,
		.force_backing = settings[unit].forced,
	};
	struct ubd_option option;

	(void)line_parse(line_of[unit], &option);
	snprintf(id, sizeof(id), "ubd%d", unit);
	ubd_option_want(&option, &want);
	want.read_only = 1;
	/* a COW file that is not there will be made */
	if (want.backing && access(want.file, F_OK) < 0) {
		want.file = want.backing;
		want.backing = NULL;
	}
	if (image_wait(&want, &image))
		start_fail("%s: %s", name, why);
	image_close(&image);
}

void __init ubd_check_files(void)
{
	int unit;

	for (unit = 0; unit < UBD_DISKS; unit++)
		if (line_of[unit])
			disk_check(unit);
}
