/* SPDX-License-Identifier: GPL-2.0 */
/*
 * program.h - programs of the host that are started on demand. Host objects only.
 */
#ifndef UML_PROGRAM_H
#define UML_PROGRAM_H

/**
 * program_find() - see whether a program can be started
 * @name:	name to look for in $PATH, or a path
 *
 * 0, -ENOENT, or -EACCES if there is one that may not be executed.
 */
extern int program_find(const char *name);

/* Is this the end of $PATH, as it is where a machine has restarted itself? */
extern int program_path_ends(const char *path, const char *end);

#endif
