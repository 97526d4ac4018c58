/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UML_EMBEDDED_ROOT_H
#define UML_EMBEDDED_ROOT_H

#include <linux/types.h>

/**
 * embedded_root_args() - make the kernel boot the embedded root, if nothing
 *		says otherwise (root=, ubd0=, initrd=, rdinit=, a file root_fs)
 * @argc, @argv: of ./linux
 * @add:	adds a word to the kernel's command line
 *
 * Once, before the kernel runs.
 */
extern void embedded_root_args(int argc, char **argv, void (*add)(char *arg));

/**
 * embedded_root_leave() - where the kernel unpacks the archive that is linked into it:
 *		if that is not what is booted, make the least that a root needs instead
 *
 * Returns true if the archive is to be left alone. Process context, once.
 */
extern bool embedded_root_leave(void);

/* It is what is booted: there is no root_fs, and no need for one. */
extern bool embedded_root_booted;

#endif
