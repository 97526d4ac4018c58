/* SPDX-License-Identifier: GPL-2.0 */
/* proctree.h - the living processes below a process, found in /proc */
#ifndef TESTS_PROCTREE_H
#define TESTS_PROCTREE_H

#include <stddef.h>
#include <sys/types.h>

/* SIGKILL for each descendant of root; those forked meanwhile are missed. */
void proctree_kill(pid_t root);

/* Write "name(pid) name(pid)" of all descendants and return their number. */
int proctree_names(pid_t root, char *text, size_t size);

#endif
