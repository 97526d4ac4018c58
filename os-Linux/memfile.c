// SPDX-License-Identifier: GPL-2.0
/*
 * memfile.c - the file that holds the machine's memory. It takes the place of
 * the kernel's own mem.c.
 *
 * A memfd by default: it needs no file system, so a /dev/shm that is small or
 * mounted noexec (containers) does not matter. A folder by option, or by TMPDIR,
 * TMP or TEMP.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>
#include <linux/magic.h>
#include <init.h>
#include <kern_util.h>
#include <os.h>
#include <uml/host_memory.h>
#include <uml/memfile.h>
#include <uml/start.h>
#include "internal.h"

#ifndef MFD_EXEC		/* Linux 6.3 */
#define MFD_EXEC 0x10U
#endif
#ifndef MADV_COLLAPSE		/* Linux 6.1 */
#define MADV_COLLAPSE 25
#endif
#define HUGE_SIZE (2UL << 20)

#ifndef MADV_POPULATE_WRITE	/* Linux 5.14 */
#define MADV_POPULATE_WRITE 23
#endif

#define MIB(n) ((unsigned long long)(n) >> 20)
/* The host is asked how much it has left once in so many bytes, at least */
#define ASK_AFTER (16UL << 20)
/* and this much is left to it; of a cgroup's limit a part, if that is less */
#define HOST_RESERVE (32UL << 20)
#define GROUP_RESERVE 8
/* What a machine writes to before its page allocator works, but for the table
 * of its pages, which is a 64th of them */
#define BOOT_MEMORY (16UL << 20)

static const char *place;	/* a folder, "memfd", or NULL: not given */
static int place_works;
static int overcommit;
static int huge;
static int memory_fd = -1;
static unsigned long long memory_base;	/* address of its first byte */
extern unsigned long uml_physmem;
extern unsigned long long highmem;

static int __init memfile_setup(char *line, int *add)
{
	*add = 0;
	if (!*line)
		start_fail("memfile= wants a folder, or memfd");
	place = line;
	return 0;
}

__uml_setup("memfile=", memfile_setup,
"memfile=<folder>|memfd\n"
"    Where the machine's memory is kept. The default is a memfd: memory of the\n"
"    host that belongs to no file system. With a folder, or if TMPDIR, TMP or\n"
"    TEMP names one, it is a file there, without a name; that can be a disk, and\n"
"    must not be mounted noexec. mem= may be more than is free in the folder:\n"
"    what the host can't back is then no memory of the machine.\n\n"
);

static int __init huge_setup(char *line, int *add)
{
	*add = 0;
	if (!strcmp(line, "off"))
		huge = 0;
	else if (!strcmp(line, "thp"))
		huge = 1;
	else
		start_fail("mem_huge=%s: off or thp is wanted", line);
	return 0;
}

__uml_setup("mem_huge=", huge_setup,
"mem_huge=off|thp\n"
"    thp: have the host back memory by transparent huge pages of 2 MiB as it is\n"
"    used, whatever its settings for shared memory are (Linux 6.1 or newer). The\n"
"    guest then needs fewer TLB entries, and its memory is used up 2 MiB at a time.\n\n"
);

static int __init overcommit_setup(char *line, int *add)
{
	if (*line)
		return 0;
	*add = 0;
	overcommit = 1;
	return 0;
}

__uml_setup("mem_overcommit", overcommit_setup,
"mem_overcommit\n"
"    Start even if mem= is more than the host's available memory and free\n"
"    swap, or than the memory limit of the cgroup. What the host can't back while\n"
"    the machine runs is then no memory of the machine.\n\n"
);

static int place_is_memfd(void)
{
	return !strcmp(place, "memfd");
}

const char *memfile_place(void)
{
	return place;
}

static int memfd_open(void)
{
	int fd = memfd_create("uml-memory", MFD_CLOEXEC | MFD_EXEC);

	/* older than the flag, or vm.memfd_noexec=2, which still maps */
	if (fd < 0 && (errno == EINVAL || errno == EACCES))
		fd = memfd_create("uml-memory", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int folder_open(const char *dir)
{
	static char name[PATH_MAX];
	int fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0700);
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -errno;
	/* file systems without nameless files */
	if (snprintf(name, sizeof(name), "%s/uml-memory-XXXXXX", dir) >=
	    (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (unlink(name) < 0)
		perror(name);
	return fd;
}

static int file_open(const char *where)
{
	return strcmp(where, "memfd") ? folder_open(where) : memfd_open();
}

/* User code runs from this memory. Returns 0 or -errno. */
static int place_try(const char *where)
{
	int fd = file_open(where), err = 0;
	void *page;

	if (fd < 0)
		return fd;
	if (ftruncate(fd, UM_KERN_PAGE_SIZE) < 0)
		err = -errno;
	page = mmap(NULL, UM_KERN_PAGE_SIZE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		err = -errno;
	else
		munmap(page, UM_KERN_PAGE_SIZE);
	close(fd);
	return err;
}

static const char *folder_from_environment(void)
{
	static const char *const names[] = { "TMPDIR", "TMP", "TEMP" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		const char *dir = getenv(names[i]);

		if (dir && *dir)
			return strdup(dir);
	}
	return NULL;
}

static void place_choose(void)
{
	static const char *const others[] = { "/dev/shm", "/tmp" };
	unsigned int i;
	int err;

	if (place_works)
		return;
	place_works = 1;
	if (!place)
		place = folder_from_environment();
	if (place && !place_is_memfd()) {
		err = place_try(place);
		if (err)
			start_fail("memory file in %s: %s%s; memfile=memfd needs no folder",
				   place, strerror(-err),
				   err == -EPERM ? " (mounted noexec?)" : "");
		return;
	}
	err = place_try("memfd");
	if (err && place)
		start_fail("memfile=memfd: %s", strerror(-err));
	place = "memfd";
	for (i = 0; err && i < ARRAY_SIZE(others); i++) {
		if (place_try(others[i]))
			continue;
		os_warn("memory file: memfd: %s; taking %s\n", strerror(-err),
			others[i]);
		place = others[i];
		return;
	}
	if (err)
		start_fail("memory file: memfd: %s; name a folder that is not mounted noexec with memfile=",
			   strerror(-err));
}

static void folder_check(unsigned long long len, const struct statfs *fs)
{
	unsigned long long left, need = len / 64 + BOOT_MEMORY;

	if (!fs->f_blocks)	/* no limit of its own */
		return;
	left = (unsigned long long)fs->f_bavail * fs->f_bsize;
	if (left < need)
		start_fail("memory file in %s: %llu MiB free there, mem=%lluM needs at least %llu",
			   place, MIB(left), MIB(len), MIB(need));
	if (left < len)
		os_warn("memory file in %s: %llu MiB free there, mem=%lluM won't all be usable\n",
			place, MIB(left), MIB(len));
}

/* What we can still take before the host runs out, or kills for a cgroup's limit. */
static unsigned long long memory_left(const struct host_memory *m)
{
	unsigned long long left = m->available + m->swap, reserve = HOST_RESERVE;

	left -= left < reserve ? left : reserve;
	if (m->limit_left == HOST_MEMORY_NONE)
		return left;
	if (reserve > m->limit / GROUP_RESERVE)
		reserve = m->limit / GROUP_RESERVE;
	if (m->limit_left <= reserve)
		return 0;
	return left < m->limit_left - reserve ? left : m->limit_left - reserve;
}

static void host_check(unsigned long long len)
{
	unsigned long long need = len / 64 + BOOT_MEMORY;
	struct host_memory m;

	if (host_memory_read(&m))
		return;
	if (!overcommit && len > m.available + m.swap)
		start_fail("mem=%lluM is more than this host can back: %llu MiB of memory available, %llu MiB of swap free; take less, or add mem_overcommit",
			   MIB(len), MIB(m.available), MIB(m.swap));
	if (!overcommit && len > m.limit)
		start_fail("mem=%lluM is more than this cgroup's memory limit of %llu MiB; take less, or add mem_overcommit",
			   MIB(len), MIB(m.limit));
	if (memory_left(&m) < need)
		start_fail("mem=%lluM needs at least %llu MiB, but this host or cgroup has no more than %llu MiB left",
			   MIB(len), MIB(need), MIB(memory_left(&m)));
}

void memfile_check_size(unsigned long long len)
{
	struct statfs fs;

	place_choose();
	if (place_is_memfd()) {
		host_check(len);
	} else if (!statfs(place, &fs)) {
		folder_check(len, &fs);
		if (fs.f_type == TMPFS_MAGIC)
			host_check(len);
		else
			os_info("memory file in %s: not a tmpfs, so the host will write it to disk\n",
				place);
	}
}

/* Also called for small files, to try something out. */
int __init create_mem_file(unsigned long long len)
{
	int fd;

	place_choose();
	if (len > UM_KERN_PAGE_SIZE && highmem)
		start_fail("mem=: %llu MiB do not fit the address space, %llu would",
			   MIB(len), MIB(len - highmem));
	fd = file_open(place);
	if (fd < 0)
		start_fail("memory file (%s): %s", place, strerror(-fd));
	if (ftruncate(fd, len) < 0)
		start_fail("memory file (%s) of %llu MiB: %s", place, MIB(len),
			   strerror(errno));
	if (len > UM_KERN_PAGE_SIZE) {
		memory_fd = fd;
		memory_base = uml_physmem;
	}
	return fd;
}

/* The part of a populated range that is whole huge pages becomes such. */
static void huge_collapse(unsigned long start, unsigned long end)
{
	static int said;

	start = (start + HUGE_SIZE - 1) & ~(HUGE_SIZE - 1);
	end &= ~(HUGE_SIZE - 1);
	if (start >= end || madvise((void *)start, end - start, MADV_COLLAPSE) == 0 || said)
		return;
	said = 1;
	os_info("mem_huge=thp: the host makes no huge pages: %s\n", strerror(errno));
}

/*
 * A memfd has no limit of its own: when the host or our cgroup runs out someone is
 * killed, likely us. So ask first, the more often the less there is left.
 */
static int host_has(unsigned long len)
{
	static unsigned long long until_asked;
	static time_t refused;
	unsigned long long left;
	struct host_memory m;
	struct timespec now;

	if (until_asked >= len) {
		until_asked -= len;
		return 1;
	}
	/* the allocator may try page by page */
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	if (refused == now.tv_sec)
		return 0;
	if (host_memory_read(&m))
		return 1;
	left = memory_left(&m);
	if (left < len) {
		refused = now.tv_sec;
		return 0;
	}
	until_asked = (left - len) / 2;
	if (until_asked > ASK_AFTER)
		until_asked = ASK_AFTER;
	return 1;
}

int memfile_populate(void *addr, unsigned long len)
{
	int err;

	if (!host_has(len))
		return -ENOMEM;
	do {
		err = madvise(addr, len, MADV_POPULATE_WRITE);
	} while (err < 0 && (errno == EINTR || errno == EAGAIN));
	if (err < 0 && errno == EINVAL) {	/* a host older than that */
		do {
			err = fallocate(memory_fd, 0,
					(unsigned long)addr - memory_base, len);
		} while (err < 0 && errno == EINTR);
		if (err < 0 && errno == EOPNOTSUPP)
			return 0;
	}
	if (err < 0)
		return -ENOMEM;
	if (huge)
		huge_collapse((unsigned long)addr, (unsigned long)addr + len);
	return 0;
}

/* The shadow memory of the address sanitizer, on demand and zero. */
void kasan_map_memory(void *start, size_t len)
{
	if (mmap(start, len, PROT_READ | PROT_WRITE,
		 MAP_FIXED | MAP_ANONYMOUS | MAP_PRIVATE | MAP_NORESERVE,
		 -1, 0) == MAP_FAILED)
		start_fail("shadow memory of %zu bytes: %s", len, strerror(errno));
}
