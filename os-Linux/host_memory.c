// SPDX-License-Identifier: GPL-2.0
/*
 * host_memory.c - how much memory the host has left for us (proc(5), cgroups(7)).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uml/host_memory.h>

#define NONE		HOST_MEMORY_NONE
#define UNLIMITED	(1ULL << 62)	/* version 1 says it by a number near 2^63 */

static int meminfo = -1;

/* A small file into buf, as a string. */
static int fd_read(int fd, char *buf, size_t size)
{
	ssize_t n;

	do {
		n = pread(fd, buf, size - 1, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

static int file_read(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = fd_read(fd, buf, size);
	close(fd);
	return err;
}

static int meminfo_value(const char *text, const char *key,
			 unsigned long long *bytes)
{
	const char *line = strstr(text, key);

	if (!line)
		return -ENOENT;
	*bytes = strtoull(line + strlen(key), NULL, 10) << 10;
	return 0;
}

static int meminfo_read(unsigned long long *available, unsigned long long *swap)
{
	char buf[1024];	/* both are at the beginning */
	int err;

	if (meminfo < 0) {
		meminfo = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
		if (meminfo < 0)
			return -errno;
	}
	err = fd_read(meminfo, buf, sizeof(buf));
	if (!err)
		err = meminfo_value(buf, "\nMemAvailable:", available);
	if (!err)
		err = meminfo_value(buf, "\nSwapFree:", swap);
	return err;
}

/* The kinds of limit of a cgroup, of versions 2 and 1 */
static const struct kind {
	const char *controller;	/* in /proc/self/cgroup */
	const char *mount, *limit, *used;
	const char *swap_limit, *swap_used;	/* NULL: the host's swap */
	int with_swap;		/* the limit counts it in */
	const char *caches[2];	/* in memory.stat: what the host drops before it kills */
} kinds[] = {
	{ "", "/sys/fs/cgroup", "memory.max", "memory.current",
	  "memory.swap.max", "memory.swap.current", 0,
	  { "inactive_file ", "active_file " } },
	{ "", "/sys/fs/cgroup", "memory.high", "memory.current",
	  "memory.swap.max", "memory.swap.current", 0,
	  { "inactive_file ", "active_file " } },
	{ "memory", "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
	  "memory.usage_in_bytes", NULL, NULL, 0,
	  { "total_inactive_file ", "total_active_file " } },
	{ "memory", "/sys/fs/cgroup/memory", "memory.memsw.limit_in_bytes",
	  "memory.memsw.usage_in_bytes", NULL, NULL, 1,
	  { "total_inactive_file ", "total_active_file " } },
};

/* One user at a time, see host_memory_read() */
static char text[4096], groups[4096];

/* A file of a group into text. */
static int group_read(const struct kind *k, const char *group, const char *file)
{
	static char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s/%s", k->mount, group, file) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	return file_read(path, text, sizeof(text));
}

/* "max", and a file that is not there: NONE */
static unsigned long long group_value(const struct kind *k, const char *group,
				      const char *file)
{
	unsigned long long value;
	char *end;

	if (group_read(k, group, file))
		return NONE;
	value = strtoull(text, &end, 10);
	return end == text || value >= UNLIMITED ? NONE : value;
}

static unsigned long long group_caches(const struct kind *k, const char *group)
{
	unsigned long long sum = 0;
	const char *line, *next;
	unsigned int i;

	if (group_read(k, group, "memory.stat"))
		return 0;
	for (line = text; line; line = next ? next + 1 : NULL) {
		next = strchr(line, '\n');
		for (i = 0; i < 2; i++)
			if (!strncmp(line, k->caches[i], strlen(k->caches[i])))
				sum += strtoull(line + strlen(k->caches[i]), NULL, 10);
	}
	return sum;
}

static unsigned long long minus(unsigned long long a, unsigned long long b)
{
	return a > b ? a - b : 0;
}

static void narrow(unsigned long long *least, unsigned long long value)
{
	if (value < *least)
		*least = value;
}

/* What one group allows us, all in all and from here on. */
static void group_narrow(const struct kind *k, const char *group, struct host_memory *m)
{
	unsigned long long limit = group_value(k, group, k->limit), used;
	unsigned long long swap = m->swap, swap_left = m->swap;

	if (limit == NONE)
		return;
	used = group_value(k, group, k->used);
	if (used == NONE)
		used = 0;
	used = minus(used, group_caches(k, group));
	if (k->swap_limit) {
		swap = group_value(k, group, k->swap_limit);
		swap_left = group_value(k, group, k->swap_used);
		swap_left = swap == NONE ? NONE : minus(swap, swap_left);
		narrow(&swap, m->swap);
		narrow(&swap_left, m->swap);
	}
	if (k->with_swap)
		swap = swap_left = 0;
	narrow(&m->limit, limit + swap);
	narrow(&m->limit_left, minus(limit, used) + swap_left);
}

/* Our group of this controller, in groups; NULL: there is none. */
static char *group_find(const char *controller)
{
	size_t len = strlen(controller), n;
	char *line, *next, *at, *path;

	if (file_read("/proc/self/cgroup", groups, sizeof(groups)))
		return NULL;
	/* number:controller,controller:path */
	for (line = groups; *line; line = next) {
		n = strcspn(line, "\n");
		next = line + n + (line[n] == '\n');
		line[n] = '\0';
		at = strchr(line, ':');
		path = at ? strchr(at + 1, ':') : NULL;
		if (!path)
			continue;
		if (!len && path == at + 1)
			return path + 1;
		for (; len && at < path; at += 1 + strcspn(at + 1, ",:"))
			if (!strncmp(at + 1, controller, len) &&
			    strchr(",:", at[1 + len]))
				return path + 1;
	}
	return NULL;
}

/* Our group and those above it. */
static void groups_narrow(const struct kind *k, struct host_memory *m)
{
	char *group = group_find(k->controller), *end;

	if (!group)
		return;
	for (end = group + strlen(group); end; end = strrchr(group, '/')) {
		*end = '\0';
		group_narrow(k, group, m);
	}
}

int host_memory_read(struct host_memory *m)
{
	static int busy;
	unsigned int i;
	int err;

	/* an interrupt in the middle of it: there is one answer a moment */
	if (busy)
		return -EBUSY;
	busy = 1;
	m->limit = m->limit_left = NONE;
	err = meminfo_read(&m->available, &m->swap);
	for (i = 0; !err && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		groups_narrow(&kinds[i], m);
	busy = 0;
	return err;
}
