// SPDX-License-Identifier: GPL-2.0
/* disk_plan.c - who writes what, from the seed alone. */
#include "check.h"
#include "crashload.h"
#include "disk_plan.h"
#include "rng.h"

#define EXTENT 128	/* sectors that are dealt out together */
#define PAGE   8	/* sectors of a page */

static void piece_add(struct disk_plan *plan, unsigned int task, uint32_t start,
		      uint32_t sectors)
{
	uint32_t n = plan->pieces[task]++;

	if (!(n & (n - 1))) {
		plan->piece[task] = realloc(plan->piece[task],
					    (n ? 2 * n : 1) * sizeof(struct piece));
		CHECK(plan->piece[task], "no memory");
	}
	plan->piece[task][n] = (struct piece){ start, sectors };
	memset(plan->owner + start, task, sectors);
}

/* Cut an extent into pieces of several tasks, or give it to one. */
static void extent_deal(struct disk_plan *plan, struct rng *rng, uint32_t start,
			uint32_t sectors)
{
	bool direct = rng_below(rng, 3);
	unsigned int first = direct ? 0 : DISK_DIRECT_TASKS;
	unsigned int tasks = direct ? DISK_DIRECT_TASKS :
		DISK_TASKS - DISK_DIRECT_TASKS;
	uint32_t end = start + sectors, size;

	if (rng_below(rng, 2)) {
		piece_add(plan, first + rng_below(rng, tasks), start, sectors);
		return;
	}
	for (; start < end; start += size) {
		size = direct ? 1 + rng_below(rng, 24) : PAGE * (1 + rng_below(rng, 4));
		if (size > end - start)
			size = end - start;
		piece_add(plan, first + rng_below(rng, tasks), start, size);
	}
}

/* sectors: of the disk, a multiple of a page's. */
void disk_plan_make(struct disk_plan *plan, uint64_t seed, uint32_t sectors)
{
	struct rng rng = { seed_mix(seed, 1, sectors, 0) };
	uint32_t at, size;

	memset(plan, 0, sizeof(*plan));
	plan->seed = seed;
	plan->sectors = sectors;
	plan->owner = malloc(sectors);
	CHECK(plan->owner && sectors % PAGE == 0, "%u sectors", sectors);
	for (at = 0; at < sectors; at += size) {
		size = sectors - at < EXTENT ? sectors - at : EXTENT;
		extent_deal(plan, &rng, at, size);
	}
}

static enum txn_kind kind_choose(struct rng *rng, bool direct)
{
	unsigned int n = rng_below(rng, 10);

	if (n < 6)
		return direct ? TXN_AIO : TXN_FDATASYNC;
	return n < 7 ? TXN_FDATASYNC : n < 8 ? TXN_FSYNC : TXN_DSYNC;
}

/* Part of a piece: small ones are as frequent as large ones. */
static struct piece part_choose(struct rng *rng, const struct piece *piece)
{
	struct piece part = { piece->start, 1u << rng_below(rng, 8) };

	part.sectors -= rng_below(rng, part.sectors);
	if (part.sectors > piece->sectors)
		part.sectors = piece->sectors;
	if (rng_below(rng, 2))
		part.start += rng_below(rng, piece->sectors - part.sectors + 1);
	return part;
}

/* The transaction `number` (from 1) of a task in a round. */
void disk_txn_make(const struct disk_plan *plan, unsigned int round,
		   unsigned int task, unsigned int number, struct disk_txn *txn)
{
	struct rng rng = { seed_mix(plan->seed, round, task, number) };
	uint32_t used[TXN_WRITES_MAX], choice;
	unsigned int want, tries, i;

	txn->kind = kind_choose(&rng, task < DISK_DIRECT_TASKS);
	want = 1 + rng_below(&rng, txn->kind == TXN_DSYNC ? 4 : TXN_WRITES_MAX);
	txn->writes = 0;
	for (tries = 0; tries < want; tries++) {
		choice = rng_below(&rng, plan->pieces[task]);
		for (i = 0; i < txn->writes && used[i] != choice; i++)
			;
		if (i < txn->writes)
			continue;	/* one write for a piece */
		used[txn->writes] = choice;
		txn->write[txn->writes++] =
			part_choose(&rng, &plan->piece[task][choice]);
	}
}
