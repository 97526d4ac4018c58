// SPDX-License-Identifier: GPL-2.0
/*
 * stale looks for translations that should be gone. Some processes map, unmap,
 * protect, drop, move and truncate pages of many kinds in random order (the
 * same in each run), fork and end. Before each operation its pages are used, so
 * that translations of them exist; after it, they and others are checked
 * against a model: what must fault faults in the right way, and what is there
 * holds what was written last (model.c). Other processes come and go in
 * between and use freed page tables again (churn.c).
 *
 * Processes take turns, so a translation can be stale only for want of a
 * flush, and not because another CPU is late.
 *
 * First it tests itself: with one kind of operation left undone, which is what
 * a translation that stays looks like, it must fail.
 *
 * Arguments: how many times as long as usual (1), the seed. SWAP_DEV, if set,
 * names a block device to swap to; what is on it is lost.
 */
#define _GNU_SOURCE
#include <fcntl.h>

#include "probe.h"
#include "stale.h"
#include "swapdev.h"

#define TURNS	       500
#define SABOTAGE_TURNS 200
#define OTHERS	       8

static const struct {
	void (*run)(void);
	unsigned int weight;
} ops[] = {
	{ op_map, 20 },		 { op_unmap, 8 },    { op_protect, 16 },
	{ op_dontneed, 6 },	 { op_free, 4 },     { op_pageout, 6 },
	{ op_move, 10 },	 { op_grow, 4 },     { op_grow_moving, 4 },
	{ op_object_write, 4 },	 { op_punch, 4 },    { op_truncate, 4 },
	{ op_churn, 6 },
};

#define OPS (sizeof(ops) / sizeof(ops[0]))

static void op_any(void)
{
	unsigned int total = 0, i;
	int left;

	for (i = 0; i < OPS; i++)
		total += ops[i].weight;
	left = pick(total);
	for (i = 0; left >= (int)ops[i].weight; i++)
		left -= ops[i].weight;
	ops[i].run();
}

/* All of both: parent and child have the same pages, each with its own copies. */
static void op_fork(void)
{
	int new = ring_free_slot(&world->ring);

	if (new < 0)
		return;
	note("fork: process %d", new);
	world->forks++;
	if (ring_fork(&world->ring, new)) {
		slot = new;
		ring_wait(&world->ring, slot);
	}
	others_check(2 * OTHERS, "after fork");
}

static int processes(void)
{
	int count = 0;

	for (int i = 0; i < SLOTS; i++)
		count += world->ring.alive[i];
	return count;
}

static void turn(void)
{
	for (int i = 0; i < OBJECTS; i++)
		if (world->changed[slot] & 1u << i)
			object_check(i, "the other's change");
	world->changed[slot] = 0;
	others_check(OTHERS, "at the start of a turn");
	for (int i = pick(3); i >= 0; i--)
		op_any();
	others_check(OTHERS, "at the end of a turn");
}

/* One process's life: it ends by chance, or when the turns are over. */
static void process_run(void)
{
	while (world->turn < world->turns) {
		world->turn++;
		turn();
		if (pick(10) == 0)
			op_fork();
		else if (processes() > 1 && pick(12) == 0)
			break;
		ring_pass(&world->ring, slot);
		ring_wait(&world->ring, slot);
	}
	note("exit");
	ring_leave(&world->ring, slot);
	_exit(0);
}

static void world_run(uint64_t seed, long turns, enum sabotage sabotage)
{
	world_create(seed, turns, sabotage);
	if (ring_fork(&world->ring, 0)) {
		slot = 0;
		ring_wait(&world->ring, 0);
		process_run();
	}
	ring_watch(&world->ring);
}

/* A translation that stays must be found: the child has to fail. */
static void sabotage_body(void *arg)
{
	int null = CHECK_SYS(open("/dev/null", O_WRONLY | O_CLOEXEC));

	CHECK_SYS(dup2(null, 1));
	world_run(1, SABOTAGE_TURNS, *(enum sabotage *)arg);
}

static void self_test(void)
{
	for (enum sabotage s = SABOTAGE_NONE + 1; s < SABOTAGES; s++) {
		int status = child_wait(child_start(sabotage_body, &s));

		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == TEST_FAILED,
		      "operation %d was left undone, and wait status is 0x%x", s,
		      status);
	}
}

int main(int argc, char **argv)
{
	const char *device = getenv("SWAP_DEV");
	uint64_t seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	long turns = check_rounds(argc, argv, TURNS);
	const char *slow = getenv("SLOW");

	if (slow && atof(slow) > 1)
		turns /= 4;
	test_begin(600 + turns / 2);
	probe_init();
	spots_find();
	self_test();
	if (device && !geteuid()) {
		device_format(device);
		swap_on(device);
	}
	world_run(seed, turns, SABOTAGE_NONE);
	printf("stale: %ld turns, %lu checks, %lu faults, %lu forks, %lu moves, "
	       "%lu short lives\n", world->turn, world->checks, world->faults,
	       world->forks, world->moves, world->churns);
	CHECK(world->faults > (unsigned long)turns && world->forks && world->moves,
	      "it did nearly nothing");
	if (device && !geteuid())
		swap_off(device);
	return 0;
}
