// SPDX-License-Identifier: GPL-2.0
/* files_plan.c - what the tasks do with files, from the seed alone. */
#include "crashload.h"
#include "files_plan.h"
#include "rng.h"

static enum file_kind kind_choose(struct rng *rng, const struct file_state *file)
{
	unsigned int n = rng_below(rng, 8);

	if (!file->exists)
		return n < 4 ? FILE_NEW : FILE_REPLACE;
	if (n < 3)
		return FILE_OVERWRITE;
	if (n < 5 && file->sectors < FILE_SECTORS_MAX)
		return FILE_APPEND;
	return n < 7 ? FILE_REPLACE : FILE_UNLINK;
}

static uint32_t size_choose(struct rng *rng, uint32_t limit)
{
	uint32_t size = 1u << rng_below(rng, 7);

	size -= rng_below(rng, size);
	return size < limit ? size : limit;
}

/* The operation `number` (from 1) of a task in a round, done on *model. */
void file_op_make(const struct files_model *model, uint64_t seed,
		  unsigned int round, unsigned int task, unsigned int number,
		  struct file_op *op)
{
	struct rng rng = { seed_mix(seed, round, 100 + task, number) };
	const struct file_state *file;

	op->slot = rng_below(&rng, FILE_SLOTS);
	file = &model->file[op->slot];
	op->kind = kind_choose(&rng, file);
	op->key = KEY(round, number, 0);
	op->fdatasync = rng_below(&rng, 2);
	op->direct = false;
	op->start = 0;
	op->sectors = size_choose(&rng, FILE_SECTORS_MAX);
	if (op->kind == FILE_APPEND) {
		op->start = file->sectors;
		op->sectors = size_choose(&rng, FILE_SECTORS_MAX - op->start);
	} else if (op->kind == FILE_OVERWRITE) {
		op->start = rng_below(&rng, file->sectors);
		op->sectors = size_choose(&rng, file->sectors - op->start);
		op->direct = rng_below(&rng, 2);
	}
}

/* What is there when an operation is complete. */
void file_op_apply(struct files_model *model, const struct file_op *op)
{
	struct file_state *file = &model->file[op->slot];

	file->exists = op->kind != FILE_UNLINK;
	if (op->kind == FILE_UNLINK)
		file->sectors = 0;
	else if (op->kind == FILE_NEW || op->kind == FILE_REPLACE)
		file->sectors = op->sectors;
	else if (op->kind == FILE_APPEND)
		file->sectors += op->sectors;
	for (uint32_t i = op->start; i < op->start + op->sectors; i++)
		file->keys[i] = op->key;
}
