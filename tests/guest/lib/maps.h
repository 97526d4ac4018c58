/* SPDX-License-Identifier: GPL-2.0 */
/* maps.h - /proc/self/maps as a table. */
#ifndef TESTS_MAPS_H
#define TESTS_MAPS_H

#include <fcntl.h>
#include <unistd.h>

#include "check.h"

#define MAPS_MAX 256

struct map {
	unsigned long start, end;
	char perms[5]; /* "rwxp" */
	unsigned long offset, inode;
	char name[256];
};

struct maps {
	int count;
	struct map map[MAPS_MAX];
};

/* The whole text of a file in /proc; the same buffer at each call */
static inline char *proc_text(const char *path)
{
	static char text[65536];
	size_t used = 0;
	long got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0, "%s: %s", path, strerror(errno));
	while ((got = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += got;
	CHECK(got == 0, "read %s: %s", path, strerror(errno));
	CHECK(used < sizeof(text) - 1, "%s is too long", path);
	CHECK_SYS(close(fd));
	text[used] = 0;
	return text;
}

static inline void maps_load(struct maps *maps)
{
	char *line = proc_text("/proc/self/maps"), *next;

	for (maps->count = 0; *line; line = next) {
		struct map *m = &maps->map[maps->count++];
		int place = 0, fields;

		next = strchr(line, '\n');
		CHECK(next, "/proc/self/maps: no newline after '%s'", line);
		*next++ = 0;
		CHECK(maps->count < MAPS_MAX, "more than %d mappings", MAPS_MAX);
		fields = sscanf(line, "%lx-%lx %4s %lx %*x:%*x %lu%n", &m->start,
				&m->end, m->perms, &m->offset, &m->inode, &place);
		CHECK(fields == 5, "/proc/self/maps: '%s'", line);
		while (line[place] == ' ')
			place++;
		snprintf(m->name, sizeof(m->name), "%s", line + place);
	}
}

/* The mapping that holds this address, or NULL */
static inline const struct map *maps_at(const struct maps *maps, const void *addr)
{
	for (int i = 0; i < maps->count; i++)
		if (maps->map[i].start <= (unsigned long)addr &&
		    (unsigned long)addr < maps->map[i].end)
			return &maps->map[i];
	return NULL;
}

/* The mapping of this name, or NULL */
static inline const struct map *maps_named(const struct maps *maps, const char *name)
{
	for (int i = 0; i < maps->count; i++)
		if (!strcmp(maps->map[i].name, name))
			return &maps->map[i];
	return NULL;
}

#endif
