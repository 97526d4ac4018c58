// SPDX-License-Identifier: GPL-2.0
/*
 * ubd_option.c - see ubd_option.h.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uml/disk_image.h>
#include <uml/ubd_option.h>

static const char * const caches[] = {
	[IMAGE_CACHE_AUTO] = "auto",
	[IMAGE_CACHE_DIRECT] = "direct",
	[IMAGE_CACHE_HOST] = "host",
};

/* ubd<n>.<name>=<value>; @name begins after the dot */
static int setting_parse(char *name, struct ubd_option *option, char *why, size_t size)
{
	char *value = strchr(name, '=');
	unsigned int i;

	if (!value) {
		snprintf(why, size, "'=' and a value are missing");
		return -EINVAL;
	}
	*value++ = '\0';
	if (!strcmp(name, "cache")) {
		option->kind = UBD_OPTION_CACHE;
		for (i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
			option->value = i;
			if (!strcmp(value, caches[i]))
				return 0;
		}
		snprintf(why, size, "cache=%s: there are auto, direct, host", value);
	} else if (!strcmp(name, "sector")) {
		option->kind = UBD_OPTION_SECTOR;
		for (i = 512; i <= 4096; i *= 2) {
			option->value = i;
			if (strtoul(value, NULL, 10) == i)
				return 0;
		}
		snprintf(why, size, "sector=%s: there are 512, 1024, 2048, 4096", value);
	} else if (!strcmp(name, "backing") && option->unit != UBD_ALL) {
		option->kind = UBD_OPTION_FORCE;
		if (!strcmp(value, "force"))
			return 0;
		snprintf(why, size, "backing=%s: there is force", value);
	} else if (!strcmp(name, "size") && option->unit != UBD_ALL) {
		option->kind = UBD_OPTION_RESCAN;
		if (!strcmp(value, "rescan"))
			return 0;
		snprintf(why, size, "size=%s: there is rescan", value);
	} else {
		snprintf(why, size, "unknown setting .%s; there are .cache, .sector, and of one disk .backing, .size",
			 name);
	}
	return -EINVAL;
}

static int flag_parse(char flag, struct ubd_option *option)
{
	switch (flag) {
	case 'r':
		option->read_only = 1;
		return 0;
	case 's':
		option->sync = 1;
		return 0;
	case 'c':
		option->shared = 1;
		return 0;
	case 'd':
		option->raw = 1;
		return 0;
	case 't':
		option->no_trim = 1;
		return 0;
	}
	return -EINVAL;
}

/* The next name of the list at @list, NULL: empty or none */
static char *name_next(char **list)
{
	char *name = *list, *end;

	if (!name)
		return NULL;
	end = strpbrk(name, ",:");
	if (end)
		*end++ = '\0';
	*list = end;
	return *name ? name : NULL;
}

static int disk_parse(char *p, struct ubd_option *option, char *why, size_t size)
{
	for (; *p != '='; p++) {
		if (!*p) {
			snprintf(why, size, "'=' and a file are missing");
			return -EINVAL;
		}
		if (flag_parse(*p, option)) {
			snprintf(why, size, "unknown flag '%c'; there are r (read-only), s (synchronous), c (shared), d (no COW), t (no trim)",
				 *p);
			return -EINVAL;
		}
	}
	p++;
	option->file = name_next(&p);
	option->backing = name_next(&p);
	option->serial = name_next(&p);
	if (!option->file) {
		snprintf(why, size, "a file is missing");
		return -EINVAL;
	}
	if (option->backing && option->raw) {
		snprintf(why, size, "flag 'd' (no COW) and a backing file exclude each other");
		return -EINVAL;
	}
	return 0;
}

int ubd_unit_parse(char **at)
{
	unsigned long unit;

	if (isdigit((unsigned char)**at)) {
		unit = strtoul(*at, at, 0);
		return unit < UBD_DISKS ? (int)unit : UBD_DISKS;
	}
	if (**at >= 'a' && **at <= 'z')
		return *(*at)++ - 'a';
	return -1;
}

void ubd_option_want(const struct ubd_option *option, struct image_request *want)
{
	want->file = option->file;
	want->backing = option->backing;
	want->read_only = option->read_only;
	want->sync = option->sync;
	want->shared = option->shared;
	want->raw = option->raw;
}

int ubd_option_parse(char *line, struct ubd_option *option, char *why, size_t size)
{
	char *p = line;

	memset(option, 0, sizeof(*option));
	option->unit = UBD_ALL;
	if (*p == '=') {
		option->kind = strcmp(p, "=sync") ? UBD_OPTION_MAJOR : UBD_OPTION_SYNC;
		return 0;
	}
	if (*p == '.')
		return setting_parse(p + 1, option, why, size);
	option->unit = ubd_unit_parse(&p);
	if (option->unit < 0) {
		snprintf(why, size, "a number or letter of the disk is missing");
		return -EINVAL;
	}
	if (option->unit >= UBD_DISKS) {
		snprintf(why, size, "there are ubd0 to ubd%d", UBD_DISKS - 1);
		return -EINVAL;
	}
	if (*p == '.')
		return setting_parse(p + 1, option, why, size);
	return disk_parse(p, option, why, size);
}
