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

/* It is what is booted: there is no root_fs, and no need for one. */
extern bool embedded_root_booted;

#endif
