// SPDX-License-Identifier: GPL-2.0
/*
 * replace.c - one system call that takes mappings away and puts others there:
 * the page tables of the old ones are freed and new ones made before the
 * process runs again. What the new ones leave empty must not show the old.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "arena.h"
#include "page.h"
#include "probe.h"
#include "replace.h"

#define PAGES 4
#define SIZE  (PAGES * PAGE)
#define RW    (PROT_READ | PROT_WRITE)
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)

static char *target;	/* lies alone in its page tables */

static void map_at(char *addr, int prot, int flags, int fd)
{
	void *got = mmap(addr, SIZE, prot, flags | MAP_FIXED, fd, 0);

	CHECK(got == addr, "mmap(%p) = %p: %s", addr, got, strerror(errno));
}

/* The old contents, which all have to go */
static void target_fill(void)
{
	map_at(target, RW, ANON, -1);
	for (int i = 0; i < PAGES; i++)
		page_fill(target + i * PAGE, 0xbad00 + i);
}

/* Each page of the target: the tag, 0 for zeros, or -1 for a fault `wanted` */
static void target_check(const char *what, const long *tags, int wanted)
{
	for (int i = 0; i < PAGES; i++) {
		char *page = target + i * PAGE;

		PROBE_CHECK(read, page + 8, tags[i] < 0 ? wanted : PROBE_OK, what);
		if (tags[i] >= 0)
			PAGE_CHECK(page, tags[i], what);
	}
	CHECK_SYS(munmap(target, SIZE));
	PROBE_CHECK(write, target, PROBE_MAPERR, what);
}

/* mremap() of pages of which only some were touched (bits of `touched`) */
static void move_check(char *source, int touched, int flags)
{
	long tags[PAGES];
	void *got;

	target_fill();
	map_at(source, RW, ANON, -1);
	for (int i = 0; i < PAGES; i++) {
		tags[i] = touched & 1 << i ? 0xc0de + i : 0;
		if (tags[i])
			page_fill(source + i * PAGE, tags[i]);
	}
	got = mremap(source, SIZE, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED | flags,
		     target);
	CHECK(got == target, "mremap = %p: %s", got, strerror(errno));
	target_check(flags ? "moved, and not unmapped" : "moved", tags, 0);
	if (flags) {
		for (int i = 0; i < PAGES; i++)
			PAGE_CHECK(source + i * PAGE, 0, "moved away from here");
		CHECK_SYS(munmap(source, SIZE));
	}
	PROBE_CHECK(read, source + PAGE, PROBE_MAPERR, "moved away from here");
}

/* mmap() over it: populated, half populated (a short file), closed, or not yet */
static void map_check(void)
{
	const long zeros[PAGES] = { 0 }, none[PAGES] = { -1, -1, -1, -1 };
	const long half[PAGES] = { 0x1234, 0x1235, -1, -1 };
	int fd = CHECK_SYS(memfd_create("half", MFD_CLOEXEC));

	for (long i = 0; i < 2; i++) {
		char page[PAGE];

		page_fill(page, half[i]);
		CHECK(pwrite(fd, page, PAGE, i * PAGE) == (long)PAGE, "%s",
		      strerror(errno));
	}
	target_fill();
	map_at(target, RW, ANON, -1);
	target_check("mapped over", zeros, 0);
	target_fill();
	map_at(target, RW, ANON | MAP_POPULATE, -1);
	target_check("populated", zeros, 0);
	target_fill();
	map_at(target, PROT_READ, MAP_SHARED | MAP_POPULATE, fd);
	target_check("half a file", half, PROBE_BUS);
	target_fill();
	map_at(target, RW, MAP_PRIVATE | MAP_POPULATE, fd);
	target_check("half a private file", half, PROBE_BUS);
	target_fill();
	map_at(target, PROT_NONE, ANON | MAP_POPULATE, -1);
	target_check("closed", none, PROBE_ACCERR);
	CHECK_SYS(close(fd));
}

/* For tables of each level: the target at the edge of 2 MiB, 1 GiB, 512 GiB */
void replace_check(void)
{
	char *base = arena_find(4 * ARENA_1G), *far = arena_find_512g();
	char *targets[] = {
		base + ARENA_1G / 2, base + ARENA_1G / 2 - 2 * PAGE,
		base + ARENA_1G - 2 * PAGE, far ? far - 2 * PAGE : base,
	};

	for (int i = 0; i < 4; i++) {
		target = targets[i];
		map_check();
		for (int touched = 0; touched < 1 << PAGES; touched += 3) {
			move_check(base + 3 * ARENA_1G, touched, 0);
			move_check(base + 3 * ARENA_1G, touched, MREMAP_DONTUNMAP);
		}
	}
}
