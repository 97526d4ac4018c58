/* SPDX-License-Identifier: GPL-2.0 */
/*
 * embed.h - files that are part of a test program (tests/lib/embed puts them
 * there): a guest program is a single file, and some need others to do their work.
 */
#ifndef TESTS_EMBED_H
#define TESTS_EMBED_H

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

struct embedded {
	const char *name;	/* NULL ends the table */
	const char *start, *end;
};

extern const struct embedded embedded[];

/* NULL: there is none of that name. */
static inline const struct embedded *embedded_find(const char *name)
{
	const struct embedded *file;

	for (file = embedded; file->name; file++)
		if (!strcmp(file->name, name))
			return file;
	return NULL;
}

static inline void embedded_write(const struct embedded *file, int fd)
{
	const char *p = file->start;

	while (p < file->end)
		p += CHECK_SYS(write(fd, p, file->end - p));
}

/* A descriptor for execveat(fd, "", argv, envp, AT_EMPTY_PATH). */
static inline int embedded_program(const struct embedded *file)
{
	int fd = CHECK_SYS(memfd_create(file->name, MFD_CLOEXEC));

	embedded_write(file, fd);
	return fd;
}

#endif
