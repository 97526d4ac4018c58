// SPDX-License-Identifier: GPL-2.0
/* block_device.c - host block devices, as disk, COW file and backing file. */
#include <fcntl.h>
#include <unistd.h>
#include "image_test.h"

static char loop[64];
static int loop_fd;	/* the host drops the device with the last descriptor */

/* A loop device of the file "disk". 0 if there can be none */
static int loop_attach(const char *options)
{
	char command[128];
	FILE *pipe;

	snprintf(command, sizeof(command), "losetup -f --show %s disk 2>&1", options);
	fflush(stdout);
	pipe = popen(command, "re");
	CHECK(pipe, "popen");
	if (!fgets(loop, sizeof(loop), pipe))
		*loop = 0;
	loop[strcspn(loop, "\n")] = 0;
	if (pclose(pipe) || *loop != '/') {
		NOTE("no loop device here: %s", loop);
		return 0;
	}
	loop_fd = CHECK_SYS(open(loop, O_RDONLY | O_CLOEXEC));
	CHECK(run((const char *const []){ "losetup", "-d", loop, NULL }) == 0, "losetup -d %s", loop);
	return 1;
}

static void loop_detach(void)
{
	CHECK_SYS(close(loop_fd));
}

/* Sectors of 4096 bytes: direct only if the disk has them, too */
static void sectors_check(void)
{
	struct disk_image first;
	uint64_t size;

	if (!loop_attach("-b 4096"))
		return;
	OPENS(.file = loop);
	CHECK(image.data.block_device && image.size == 1 << 20, "%llu bytes",
	      (unsigned long long)image.size);
	cached_check("units of 4096 bytes, the disk's are 512");
	REFUSED(EINVAL, "no direct I/O|units of 4096 bytes", .file = loop, .cache = IMAGE_CACHE_DIRECT);
	OPENS(.file = loop, .sector = 4096);
	CHECK(is_direct(&image.data) && image.data.block_device, "%s", image.cache_reason);
	usable_check(&image.data, 4096);
	CHECK(image_size_now(&image, &size) == 0 && size == 1 << 20, "size now");
	first = image;
	REFUSED(EBUSY, "already in use read-write by another disk", .file = loop);
	image_close(&first);
	loop_detach();
}

/* Half a sector at the end of a device can't be used, unlike that of a file. */
static void end_check(void)
{
	CHECK_SYS(truncate("disk", 10240));
	if (!loop_attach(""))
		return;
	OPENS(.file = loop, .sector = 4096);
	CHECK(image.size == 8192, "%llu bytes", (unsigned long long)image.size);
	image_close(&image);
	OPENS(.file = loop, .sector = 512);
	CHECK(image.size == 10240, "%llu bytes", (unsigned long long)image.size);
	image_close(&image);
	loop_detach();
	if (!loop_attach("-r"))
		return;
	NOTICED("for writing, so the disk is read-only", .file = loop);
	CHECK(image.read_only, "not read-only");
	image_close(&image);
	loop_detach();
}

static void backing_check(void)
{
	struct cow_bytes header;

	file_make("disk", 1 << 20, 1);
	if (!loop_attach(""))
		return;
	OPENS(.file = "cow", .backing = loop);
	CHECK(image.backing.block_device && image.backing_size == 1 << 20 &&
	      image.size == 1 << 20, "size");
	image_close(&image);
	/* the time of its node says nothing */
	file_age(loop, 1234567);
	OPENS(.file = "cow");
	image_close(&image);
	loop_detach();
	/* a COW file in a device: there it has to fit */
	file_make("base", 1 << 19, 1);
	header = cow_of("base");
	header.path = here("base");
	cow_make("disk", &header, (const int []){ 5, -1 });
	if (!loop_attach(""))
		return;
	OPENS(.file = loop);
	CHECK(image.cow_sector == 512 && image.size == 1 << 19, "no COW disk");
	image_close(&image);
	loop_detach();
	CHECK_SYS(truncate("disk", file_size("disk") - 512));
	if (!loop_attach(""))
		return;
	REFUSED(EINVAL, "cut off", .file = loop);
	loop_detach();
}

void case_block_device(void)
{
	file_make("disk", 1 << 20, 1);
	sectors_check();
	end_check();
	backing_check();
}
