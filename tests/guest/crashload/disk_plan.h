/* SPDX-License-Identifier: GPL-2.0 */
/* disk_plan.h - who writes what, when a whole disk is written to. */
#ifndef TESTS_DISK_PLAN_H
#define TESTS_DISK_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A piece of the disk that one task writes to. Tasks that go through the page
 * cache have pages of their own; the others share pages, and so the words of a
 * COW file's bitmap.
 */
struct piece {
	uint32_t start, sectors;
};

struct disk_plan {
	uint64_t seed;
	uint32_t sectors;
	uint8_t *owner;			/* of each sector: a task */
	struct piece *piece[8];		/* of each task */
	uint32_t pieces[8];
};

enum txn_kind {
	TXN_AIO,	/* all at once, then fdatasync (direct only) */
	TXN_FDATASYNC,	/* one after the other, then fdatasync */
	TXN_FSYNC,
	TXN_DSYNC,	/* each by RWF_DSYNC */
};

#define WRITE_SECTORS_MAX 128	/* 64 KiB */
#define TXN_WRITES_MAX	  16

struct disk_txn {
	enum txn_kind kind;
	unsigned int writes;
	struct piece write[TXN_WRITES_MAX];	/* they don't overlap */
};

/* The first tasks write directly, the others through the page cache. */
#define DISK_DIRECT_TASKS 4

void disk_plan_make(struct disk_plan *plan, uint64_t seed, uint32_t sectors);
void disk_txn_make(const struct disk_plan *plan, unsigned int round,
		   unsigned int task, unsigned int number, struct disk_txn *txn);

#endif
