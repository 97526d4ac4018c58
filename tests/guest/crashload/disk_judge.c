// SPDX-License-Identifier: GPL-2.0
/*
 * disk_judge.c - is everything there that was acknowledged? From the maps of
 * the disk before and after a round (see disk_scan).
 */
#include "check.h"
#include "crashload.h"
#include "disk_plan.h"

static uint64_t *map_read(const char *path, uint32_t *sectors)
{
	FILE *file = fopen(path, "re");
	uint64_t *keys;
	long size;

	CHECK(file, "%s: %s", path, strerror(errno));
	CHECK(!fseek(file, 0, SEEK_END) && (size = ftell(file)) > 0, "%s", path);
	rewind(file);
	keys = malloc(size);
	*sectors = size / sizeof(*keys);
	CHECK(keys && fread(keys, sizeof(*keys), *sectors, file) == *sectors,
	      "%s: %s", path, strerror(errno));
	fclose(file);
	return keys;
}

/* Does the write that a key names touch the sector? */
static bool key_fits(const struct disk_plan *plan, uint64_t key, uint32_t sector)
{
	const struct piece *write;
	struct disk_txn txn;

	disk_txn_make(plan, KEY_ROUND(key), plan->owner[sector], KEY_TXN(key), &txn);
	write = &txn.write[KEY_OP(key)];
	return KEY_OP(key) < txn.writes && sector >= write->start &&
		sector - write->start < write->sectors;
}

/* Put the keys of what was acknowledged over what was there before. */
static void floor_make(const struct disk_plan *plan, const struct verdict *verdict,
		       uint64_t *floor)
{
	struct disk_txn txn;
	uint32_t task, number, op, i;

	for (task = 0; task < DISK_TASKS; task++)
		for (number = 1; number <= verdict->acked[task]; number++) {
			disk_txn_make(plan, verdict->round, task, number, &txn);
			for (op = 0; op < txn.writes; op++)
				for (i = 0; i < txn.write[op].sectors; i++)
					floor[txn.write[op].start + i] =
						KEY(verdict->round, number, op);
		}
}

/* Count and print in *verdict what is lost. The maps are names of files. */
void disk_judge(struct verdict *verdict, const char *before, const char *after)
{
	struct disk_plan plan;
	uint32_t sectors, other, i;
	uint64_t *floor = map_read(before, &sectors);
	uint64_t *seen = map_read(after, &other);

	CHECK(sectors == other, "maps of %u and %u sectors", sectors, other);
	disk_plan_make(&plan, verdict->seed, sectors);
	floor_make(&plan, verdict, floor);
	for (i = 0; i < sectors; i++) {
		uint64_t key = seen[i];
		const char *what = "an older write";

		if (key == floor[i])
			continue;
		if (key == KEY_BAD)
			what = "no sector of ours";
		else if (key > floor[i] && KEY_ROUND(key) != verdict->round)
			what = "a write of another round";
		else if (key > floor[i] && !key_fits(&plan, key, i))
			what = "a write that never was";
		else if (key > floor[i])
			continue;	/* not acknowledged, but there */
		verdict_loss(verdict, "sector %u of task %u: %s, round %u "
			     "transaction %u write %u instead of %u %u %u",
			     i, plan.owner[i], what, KEY_ROUND(key), KEY_TXN(key),
			     KEY_OP(key), KEY_ROUND(floor[i]), KEY_TXN(floor[i]),
			     KEY_OP(floor[i]));
	}
	free(floor);
	free(seen);
}
