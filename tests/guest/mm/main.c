// SPDX-License-Identifier: GPL-2.0
/*
 * mm checks address spaces against a model: random mmap, munmap, mprotect,
 * mremap, madvise, fork, truncate, and reads and writes by user code and by
 * the kernel, in several processes that take turns at the same addresses.
 *
 * It finds missing TLB flushes, stale shadow entries, copy-on-write that does
 * not copy, page tables that are used again while somebody still sees them.
 * Arguments: how many times as long as usual (1), the seed (a fixed one).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "model.h"

#define WORKERS	      3
#define TURNS	      90 /* by default, of all processes together */
#define OPS_PER_TURN  4
#define LIFE	      8	 /* most turns that a forked process lives */

static void fork_random(void)
{
	int slot = ring_free_slot(&shared->ring);
	int life = 1 + rng_below(&space.rng, LIFE);
	uint64_t seed;

	if (slot < 0 || rng_below(&space.rng, 4))
		return;
	op_fork_prepare();
	seed = rng_next(&space.rng);
	if (!ring_fork(&shared->ring, slot)) {
		op_fork_parent();
		return;
	}
	space.slot = slot;
	space.life = life;
	space.rng.state = seed;
	space.ops = 0;
	note("forked");
	ring_wait(&shared->ring, space.slot);
	verify_all();
}

/* What each process does until there are no more turns, or its life ends. */
static void process_run(void)
{
	ring_wait(&shared->ring, space.slot);
	while (shared->turns > 0) {
		shared->turns--;
		for (int i = 0; i < OPS_PER_TURN; i++)
			op_random();
		fork_random();
		if (space.life && --space.life == 0)
			break;
		ring_pass(&shared->ring, space.slot);
		ring_wait(&shared->ring, space.slot);
	}
	verify_all();
	ring_leave(&shared->ring, space.slot);
	exit(0);
}

static void files_create(void)
{
	char path[] = "/tmp/mm.XXXXXX";

	file_fd[0] = CHECK_SYS(memfd_create("mm0", MFD_CLOEXEC));
	file_fd[1] = CHECK_SYS(memfd_create("mm1", MFD_CLOEXEC));
	file_fd[2] = CHECK_SYS(mkostemp(path, O_CLOEXEC));
	CHECK_SYS(unlink(path));
	scratch_fd = CHECK_SYS(memfd_create("scratch", MFD_CLOEXEC));
	for (int i = 0; i < FILES; i++) {
		int pages = OBJECT_PAGES - 4 * i;

		CHECK_SYS(ftruncate(file_fd[i], pages * PAGE));
		CHECK(object_new(pages) == i, "object %d", i);
	}
}

int main(int argc, char **argv)
{
	long turns = check_rounds(argc, argv, TURNS);
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 12;
	int processes;

	test_begin(120 + turns / 10);
	printf("mm: seed %lu, %ld turns\n", (unsigned long)seed, turns);
	probe_init();
	model_create(seed);
	files_create();
	ring_create(&shared->ring, SLOTS);
	shared->turns = turns;
	for (int i = 0; i < WORKERS; i++)
		if (ring_fork(&shared->ring, i)) {
			space.slot = i;
			space.rng.state += i;
			process_run();
		}
	processes = ring_watch(&shared->ring);
	CHECK(shared->turns == 0, "%ld turns were not taken", shared->turns);
	printf("mm: %lu operations, %lu faults, %d processes\n", shared->ops,
	       shared->faults, processes);
	return 0;
}
