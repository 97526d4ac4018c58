// SPDX-License-Identifier: GPL-2.0
/*
 * mmreuse checks that page tables which were freed are gone: several processes
 * map and unmap lone pages (each needs page-table pages of its own) at the
 * same addresses, in turns, so that the page which was a table of one process
 * soon is a table, or data, of another.
 *
 * A translation that survives (in a TLB, a paging-structure cache, a shadow
 * page table) makes one process see another's data. To catch a walk through a
 * freed table as well, the data look like page-table entries that map low
 * memory. Arguments: how many times as long as usual (1), the seed.
 */
#define _GNU_SOURCE
#include "arena.h"
#include "page.h"
#include "probe.h"
#include "replace.h"
#include "ring.h"
#include "rng.h"

#define SPOTS 10
#define SLOTS 4
#define TURNS 100

struct shared {
	struct ring ring;
	long turns;
	unsigned long maps, heirs;
	uint64_t serial;
};

static struct shared *shared;
static struct rng rng;
static int slot;
static char *spot[SPOTS];	/* two pages each */
static uint64_t tag[SPOTS];	/* 0: nothing is mapped */

/* Present, writable, user, accessed, dirty; some page of the first 32 MiB */
static uint64_t entry_word(uint64_t tag, unsigned int i)
{
	return (tag & 0x7f) << 52 | ((tag * 61 + i) & 0x1fff) << 12 | 0x67;
}

static void entry_fill(void *page, uint64_t tag)
{
	volatile uint64_t *word = page;

	for (unsigned int i = 0; i < PAGE_WORDS; i++)
		word[i] = entry_word(tag, i);
}

static void spots_find(void)
{
	char *base = arena_find(5 * ARENA_1G), *far = arena_find_512g();
	int i;

	for (i = 0; i < 6; i++)		/* one leaf table each */
		spot[i] = base + i * ARENA_2M;
	spot[i++] = base + ARENA_1G;	/* ... and a table above it */
	spot[i++] = base + 3 * ARENA_1G;
	spot[i++] = far ? far - 2 * PAGE : base + 4 * ARENA_1G - 2 * PAGE;
	spot[i++] = far ? far : base + 4 * ARENA_1G;
	for (i = 0; i < 6; i += 2)	/* some lie across two tables */
		spot[i] -= PAGE;
}

static void spot_verify(int i)
{
	for (int page = 0; page < 2; page++) {
		volatile uint64_t *word = (void *)(spot[i] + page * PAGE);

		for (unsigned int w = 0; w < PAGE_WORDS; w++)
			if (word[w] != entry_word(tag[i] + page, w))
				FAIL("slot %d: spot %d (%p) word %u: %#lx, should be %#lx",
				     slot, i, (void *)word, w,
				     (unsigned long)word[w],
				     (unsigned long)entry_word(tag[i] + page, w));
	}
}

static void spot_map(int i)
{
	void *addr = mmap(spot[i], 2 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	CHECK(addr == spot[i], "mmap(%p) = %p: %s", spot[i], addr,
	      strerror(errno));
	PAGE_CHECK(spot[i], 0, "new page");
	PAGE_CHECK(spot[i] + PAGE, 0, "new page");
	tag[i] = shared->serial += 2;
	entry_fill(spot[i], tag[i]);
	entry_fill(spot[i] + PAGE, tag[i] + 1);
	shared->maps++;
}

static void spot_unmap(int i)
{
	spot_verify(i);
	CHECK_SYS(munmap(spot[i], 2 * PAGE));
	tag[i] = 0;
	PROBE_CHECK(read, spot[i] + rng_below(&rng, 2 * PAGE), PROBE_MAPERR,
		    "unmapped");
}

/* What is mapped holds what it held; what isn't (one of it) faults. */
static void spots_verify(void)
{
	int absent = rng_below(&rng, SPOTS);

	for (int i = 0; i < SPOTS; i++) {
		if (tag[i])
			spot_verify(i);
		else if (i == absent)
			PROBE_CHECK(write, spot[i] + rng_below(&rng, 2 * PAGE),
				    PROBE_MAPERR, "not mapped");
	}
}

/*
 * A child takes over: it inherits all pages, this process ends, and with it
 * its tables.
 */
static void heir_leave(void)
{
	shared->heirs++;
	if (!ring_fork(&shared->ring, slot)) {
		for (int i = 0; i < SPOTS; i++)
			if (tag[i])	/* the heir must not see this */
				memset(spot[i], 0x67, 2 * PAGE);
		ring_send(&shared->ring, slot);
		exit(0);
	}
	ring_wait(&shared->ring, slot);
}

static void process_run(void)
{
	ring_wait(&shared->ring, slot);
	while (shared->turns-- > 0) {
		spots_verify();
		for (int k = 0; k < 3; k++) {
			int i = rng_below(&rng, SPOTS);

			if (tag[i])
				spot_unmap(i);
			else
				spot_map(i);
		}
		if (rng_below(&rng, 16) == 0)
			for (int i = 0; i < SPOTS; i++)
				if (tag[i])
					spot_unmap(i);
		if (rng_below(&rng, 8) == 0)
			heir_leave();
		ring_pass(&shared->ring, slot);
		ring_wait(&shared->ring, slot);
	}
	spots_verify();
	ring_leave(&shared->ring, slot);
	exit(0);
}

int main(int argc, char **argv)
{
	long turns = check_rounds(argc, argv, TURNS);
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 5;

	test_begin(120 + turns / 10);
	printf("mmreuse: seed %lu, %ld turns\n", (unsigned long)seed, turns);
	probe_init();
	replace_check();
	spots_find();
	shared = shared_alloc(sizeof(*shared));
	shared->turns = turns;
	ring_create(&shared->ring, SLOTS);
	for (slot = 0; slot < SLOTS; slot++) {
		rng.state = seed + slot;
		if (ring_fork(&shared->ring, slot))
			process_run();
	}
	ring_watch(&shared->ring);
	printf("mmreuse: %lu maps, %lu processes\n", shared->maps,
	       SLOTS + shared->heirs);
	return 0;
}
