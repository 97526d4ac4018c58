// SPDX-License-Identifier: GPL-2.0
/*
 * host_memory.c - how much memory the host has left (proc(5), cgroups(7)).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <os.h>
#include <uml/host_memory.h>

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

int host_memory_left(unsigned long long *left)
{
	unsigned long long available, swap;
	int err = meminfo_read(&available, &swap);

	if (!err)
		*left = available + swap;
	return err;
}

/* Where the limits are: cgroups version 2 and 1 */
static const struct hierarchy {
	const char *key;	/* in /proc/self/cgroup, before the group */
	const char *mount, *memory, *swap;
} hierarchies[] = {
	{ "0::", "/sys/fs/cgroup", "memory.max", "memory.swap.max" },
	{ ":memory:", "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "" },
};

/* A limit of a cgroup; "max" and a file that is not there are none. */
static unsigned long long limit_read(const struct hierarchy *h,
				     const char *group, const char *file)
{
	static char path[PATH_MAX];
	char buf[64], *end;
	unsigned long long value;

	if (snprintf(path, sizeof(path), "%s%s/%s", h->mount, group, file) >=
	    (int)sizeof(path) || file_read(path, buf, sizeof(buf)))
		return ULLONG_MAX;
	value = strtoull(buf, &end, 10);
	return end == buf ? ULLONG_MAX : value;
}

/* The narrowest limit of our cgroup and those above it. */
static unsigned long long hierarchy_limit(const struct hierarchy *h,
					  unsigned long long swap_free)
{
	unsigned long long limit = ULLONG_MAX, memory, swap;
	char text[1024], *group, *end;

	if (file_read("/proc/self/cgroup", text, sizeof(text)))
		return limit;
	group = strstr(text, h->key);
	if (!group)
		return limit;
	group += strlen(h->key);
	group[strcspn(group, "\n")] = '\0';
	for (end = group + strlen(group); end; end = strrchr(group, '/')) {
		*end = '\0';
		memory = limit_read(h, group, h->memory);
		swap = limit_read(h, group, h->swap);
		if (swap > swap_free)
			swap = swap_free;
		if (memory < limit && memory + swap < limit)
			limit = memory + swap;
	}
	return limit;
}

int host_memory_read(struct host_memory *m)
{
	int err = meminfo_read(&m->available, &m->swap);
	unsigned long long limit;
	unsigned int i;

	m->limit = ULLONG_MAX;
	for (i = 0; !err && i < ARRAY_SIZE(hierarchies); i++) {
		limit = hierarchy_limit(&hierarchies[i], m->swap);
		if (limit < m->limit)
			m->limit = limit;
	}
	return err;
}
