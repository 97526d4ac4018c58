// SPDX-License-Identifier: GPL-2.0
/*
 * swap checks pages that were swapped out: several processes together write
 * more than there is memory, private and shared, verify it in and out of order,
 * fork, and copy swapped pages on write; at the end swapoff brings all back.
 *
 * It needs root and the environment variable SWAP_DEV: a block device of at
 * least the size of the memory, all of which is lost. (A file without holes
 * will do, too.) The machine should have little memory: it will all be used.
 */
#define _GNU_SOURCE
#include "child.h"
#include "page.h"
#include "rng.h"
#include "swap.h"
#include "swapdev.h"

#define WORKERS	   4
#define MIB	   (1ul << 20)
#define MEMORY_MAX (1024 * MIB)

struct work {
	int number;
	unsigned int pages;
	int rounds;
};

/*
 * Has the parent's pages, many of them in swap. What it writes to private ones
 * is its own; what it writes to shared ones the parent must see.
 */
static void child_body(void *arg)
{
	struct area *area = arg;
	struct rng rng = { 1 };

	for (unsigned int i = 0; i < area[0].pages; i += 4)
		area_check(&area[0], i, "child, private");
	for (unsigned int i = 0; i < area[0].pages / 16; i++) {
		unsigned int page = rng_below(&rng, area[0].pages);

		area_write(&area[0], page);
		area_check(&area[0], page, "child, written");
	}
	for (unsigned int i = 0; i < area[1].pages; i++)
		area_check(&area[1], i, "child, shared");
	for (unsigned int i = 0; i < area[1].pages; i += 2)
		area_write(&area[1], i);
}

static void worker_body(void *arg)
{
	const struct work *work = arg;
	struct area area[2];
	struct rng rng = { work->number };

	area_create(&area[0], work->pages * 7 / 8, 2 * work->number, MAP_PRIVATE);
	area_create(&area[1], work->pages / 8, 2 * work->number + 1, MAP_SHARED);
	area_fill(&area[0]);
	area_fill(&area[1]);
	for (int round = 0; round < work->rounds; round++) {
		for (unsigned int i = 0; i < area[0].pages / 8; i++) {
			unsigned int page = rng_below(&rng, area[0].pages);

			area_check(&area[0], page, "out of order");
			if (i % 2)
				area_write(&area[0], page);
		}
		child_run("fork", child_body, area);
		for (unsigned int i = 0; i < area[1].pages; i += 2)
			area[1].generation[i]++;
	}
	area_check_all(&area[1], "shared, at the end");
	area_check_all(&area[0], "private, at the end");
}

static void workers_run(unsigned long bytes, int rounds)
{
	static struct work work[WORKERS];
	pid_t pid[WORKERS];

	for (int i = 0; i < WORKERS; i++) {
		work[i] = (struct work){ i + 1, bytes / WORKERS / PAGE, rounds };
		pid[i] = child_start(worker_body, &work[i]);
	}
	for (int i = 0; i < WORKERS; i++)
		child_check(pid[i], "worker");
}

/* How much to write: more than RAM, and yet it must all have a place somewhere. */
static unsigned long bytes_choose(const char *device, unsigned long total,
				  unsigned long available)
{
	unsigned long size = device_format(device), bytes = total * 9 / 8;

	if (bytes > available + size / 2)
		bytes = available + size / 2;
	CHECK(bytes > total, "%s (%lu MiB) is too small for %lu MiB of memory",
	      device, size / MIB, total / MIB);
	printf("swap: %lu MiB of data, %lu MiB of memory (%lu available), "
	       "%lu MiB of swap\n", bytes / MIB, total / MIB, available / MIB,
	       size / MIB);
	return bytes;
}

static void swap_check(const char *device, unsigned long bytes, unsigned long total,
		       int rounds)
{
	unsigned long in = vmstat_get("pswpin "), out = vmstat_get("pswpout ");

	workers_run(bytes, rounds);
	in = vmstat_get("pswpin ") - in;
	out = vmstat_get("pswpout ") - out;
	printf("swap: %lu pages in, %lu out, %lu KiB are still there\n", in, out,
	       swap_used() >> 10);
	CHECK(out > (bytes - total) / PAGE && in > 100 && swap_used() > 0,
	      "nothing much was swapped");
	swap_off(device);
	CHECK(swap_used() == 0, "%lu bytes in swap after swapoff", swap_used());
}

int main(int argc, char **argv)
{
	const char *device = getenv("SWAP_DEV");
	unsigned long total, available, bytes;
	struct area old;

	if (!device)
		SKIP("no SWAP_DEV in the environment");
	if (geteuid())
		SKIP("only root may use swap");
	memory_get(&total, &available);
	if (total > MEMORY_MAX)
		SKIP("%lu MiB of memory are too much to fill", total / MIB);
	test_begin(1800);
	bytes = bytes_choose(device, total, available);
	swap_on(device);
	/* Written now and not touched again until it is long in swap */
	area_create(&old, available / 8 / PAGE, 100, MAP_PRIVATE);
	area_fill(&old);
	swap_check(device, bytes, total, check_rounds(argc, argv, 1));
	area_check_all(&old, "after swapoff");
	area_destroy(&old);
	return 0;
}
