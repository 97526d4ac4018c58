/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ubd_option.h - what the command line and mconsole say of disks.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_UBD_OPTION_H
#define UML_UBD_OPTION_H

#if !defined(__KERNEL__) || defined(__UM_HOST__)
#include <stddef.h>
#include <stdint.h>
#else
#include <linux/types.h>
#endif

#define UBD_DISKS	256	/* ubd0 to ubd255 */
#define UBD_ALL		-1	/* a unit: every disk */

enum ubd_option_kind {
	UBD_OPTION_DISK,	/* ubd<n><flags>=file,... */
	UBD_OPTION_SYNC,	/* ubd=sync */
	UBD_OPTION_MAJOR,	/* ubd=<number>, which nobody needs any more */
	UBD_OPTION_CACHE,	/* ubd[<n>].cache= */
	UBD_OPTION_SECTOR,	/* ubd[<n>].sector= */
	UBD_OPTION_FORCE,	/* ubd<n>.backing=force */
	UBD_OPTION_RESCAN,	/* ubd<n>.size=rescan */
};

/**
 * struct ubd_option - one option
 * @kind:	which one; the fields below @unit are those of UBD_OPTION_DISK,
 *		except @value
 * @unit:	0 to UBD_DISKS - 1, or UBD_ALL
 * @value:	enum image_cache, or bytes of a sector
 * @file:	the names lie in the parsed line; NULL: not given
 */
struct ubd_option {
	enum ubd_option_kind kind;
	int32_t unit;
	uint32_t value;
	uint8_t read_only, sync, raw, shared, no_trim;
	char *file, *backing, *serial;
};

/*
 * The number of a disk at *at, a number or a letter, which is stepped over. -1: there
 * is none; from UBD_DISKS on it is no disk's.
 */
extern int ubd_unit_parse(char **at);

struct image_request;

/* What a UBD_OPTION_DISK says of the files. The rest of @want is the caller's. */
extern void ubd_option_want(const struct ubd_option *option, struct image_request *want);

/**
 * ubd_option_parse() - understand one option
 * @line:	what follows "ubd"; the names in it get terminated
 * @option:	the result
 * @why:	after an error what is wrong, without the option's name
 * @why_size:	bytes
 *
 * Any context. Returns 0 or -EINVAL.
 */
extern int ubd_option_parse(char *line, struct ubd_option *option, char *why,
			    size_t why_size);

#endif
