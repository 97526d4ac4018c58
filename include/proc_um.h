/* SPDX-License-Identifier: GPL-2.0 */
/*
 * proc_um.h - /proc/um, where a guest finds out what it runs on.
 *
 * Kernel objects only.
 */
#ifndef UML_PROC_UM_H
#define UML_PROC_UM_H

struct seq_file;

/* A file of the folder, readable by all. From initcalls. */
extern void proc_um_add(const char *name,
			int (*show)(struct seq_file *, void *));

#endif
