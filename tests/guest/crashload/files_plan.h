/* SPDX-License-Identifier: GPL-2.0 */
/* files_plan.h - what the tasks do with files, and what is there then. */
#ifndef TESTS_FILES_PLAN_H
#define TESTS_FILES_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#define FILE_SLOTS	 12	/* files of a task */
#define FILE_SECTORS_MAX 64

struct file_state {
	uint32_t exists, sectors;
	uint64_t keys[FILE_SECTORS_MAX];
};

/* The files of one task. All zero: none. */
struct files_model {
	struct file_state file[FILE_SLOTS];
};

enum file_kind {
	FILE_NEW,	/* make it in place */
	FILE_REPLACE,	/* write another one and rename it over */
	FILE_OVERWRITE,
	FILE_APPEND,
	FILE_UNLINK,
};

struct file_op {
	enum file_kind kind;
	unsigned int slot;
	uint32_t start, sectors;
	uint64_t key;
	bool direct;		/* O_DIRECT */
	bool fdatasync;		/* rather than fsync */
};

void file_op_make(const struct files_model *model, uint64_t seed,
		  unsigned int round, unsigned int task, unsigned int number,
		  struct file_op *op);
void file_op_apply(struct files_model *model, const struct file_op *op);

/* What the judge reads, one for each round that left a directory. */
struct files_record {
	uint64_t round;
	struct files_model task[3];
};

/* The last of FILES_TASKS only makes noise: nothing of it is synced. */
#define FILES_JUDGED 3

#endif
