/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cleaner.h - a small process beside the machine, which removes the machine's
 * folder (pid file, mconsole socket) if that is killed with SIGKILL.
 */
#ifndef UML_CLEANER_H
#define UML_CLEANER_H

/* Before the machine's memory exists, so that the cleaner does not hold it. */
extern void cleaner_start(void);

/* The folder to remove, with what is in it; NULL: none. */
extern void cleaner_watch(const char *dir);

/* Remove what is watched, and the cleaner. Any context. */
extern void cleaner_finish(void);
/*
 * Remove the folder's files, then the folder. Returns 0 or -errno. Any context:
 * no memory is allocated.
 */
extern int folder_remove(const char *path);

#endif
