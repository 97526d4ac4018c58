/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ubd_disk.h - disks as the command line and mconsole handle them
 * (ubd_config.c). All of it with ubd_mutex held, in process context.
 */
#ifndef UBD_DISK_H
#define UBD_DISK_H

#include <linux/mutex.h>

struct ubd_disk;

extern struct mutex ubd_mutex;

/* The disk of that number, or NULL */
extern struct ubd_disk *ubd_find(int unit);

/* The disk of the lowest number from *unit on, which is put there; or NULL */
extern struct ubd_disk *ubd_next(int *unit);

/**
 * ubd_add() - make a disk
 * @disk:	its unit, option, want, strings are set; belongs to ubd from now on
 * @why:	after an error one line that says what is wrong
 * @why_size:	bytes
 *
 * Process context; sleeps while a file is locked, up to IMAGE_PATIENCE_MS. Returns 0 or
 * -errno.
 */
extern int ubd_add(struct ubd_disk *disk, char *why, size_t why_size);

/* -EBUSY if it is open. */
extern int ubd_remove_disk(struct ubd_disk *disk);

/* Look how large the host's file is now. 0 or -errno. */
extern int ubd_rescan(struct ubd_disk *disk);

extern int ubd_driver_init(void);

#endif
