/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arena.h - addresses that nothing else in the process uses, at the places
 * where page tables begin and end.
 *
 * The kernel frees a page-table page when nothing is mapped any more in the
 * 2 MiB, 1 GiB or 512 GiB that it describes. Tests that want this to happen
 * map a few pages around such a boundary, far away from any other mapping.
 */
#ifndef TESTS_ARENA_H
#define TESTS_ARENA_H

#include <sys/mman.h>

#include "check.h"

#define ARENA_2M   (1ul << 21)
#define ARENA_1G   (1ul << 30)
#define ARENA_512G (1ul << 39)

/*
 * An address aligned to 1 GiB with `size` free bytes behind it and 1 GiB of
 * nothing on either side. The kernel gives out addresses from the top of the
 * largest hole (or from the bottom), so mmap(NULL) will not come here.
 */
static inline char *arena_find(unsigned long size)
{
	unsigned long total = size + 4 * ARENA_1G, addr;
	void *hole = mmap(NULL, total, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(hole != MAP_FAILED, "%lu MiB of addresses: %s", total >> 20,
	      strerror(errno));
	CHECK_SYS(munmap(hole, total));
	addr = (unsigned long)hole + 2 * ARENA_1G;
	return (char *)(addr & -ARENA_1G);
}

/*
 * A boundary of 512 GiB with 1 GiB free on both sides, or NULL: the skas
 * backend has no addresses beyond 512 GiB.
 */
static inline char *arena_find_512g(void)
{
	unsigned long boundary;

	for (boundary = 2 * ARENA_512G; boundary < 32 * ARENA_512G;
	     boundary += ARENA_512G) {
		void *want = (void *)(boundary - ARENA_1G);
		void *got = mmap(want, 2 * ARENA_1G, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				 MAP_FIXED_NOREPLACE, -1, 0);

		if (got == MAP_FAILED)
			continue;
		CHECK_SYS(munmap(got, 2 * ARENA_1G));
		if (got == want)
			return (char *)boundary;
	}
	return NULL;
}

#endif
