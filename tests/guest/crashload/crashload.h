/* SPDX-License-Identifier: GPL-2.0 */
/*
 * crashload.h - the workload of the crash tests and its judge.
 *
 * Tasks write to a disk, or to files of a file system on it, in transactions:
 * some writes, then what makes them durable (fdatasync, fsync, RWF_DSYNC). When
 * that returned, the task acknowledges the transaction to the world outside,
 * which survives the machine. All that a task does follows from four numbers
 * (seed, round, task, transaction), so a judge outside knows what has to be
 * there from the number of the last transaction acknowledged.
 *
 * The unit is the sector of 512 bytes. Each says which write made it, by its
 * key, and all its other bytes follow from that: a mix of two writes, zeroes or
 * another sector's data can't pass for a good one.
 *
 * A round is what happens between two kills.
 */
#ifndef TESTS_CRASHLOAD_H
#define TESTS_CRASHLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECTOR 512

/*
 * Which write made a sector; later ones of the same task have greater keys. 0:
 * what was there before the first round.
 */
#define KEY(round, txn, op) ((uint64_t)(round) << 44 | (uint64_t)(txn) << 8 | (op))
#define KEY_ROUND(key)	    ((unsigned int)((key) >> 44))
#define KEY_TXN(key)	    ((unsigned int)((key) >> 8))
#define KEY_OP(key)	    ((unsigned int)(key) & 0xff)
#define KEY_BAD		    UINT64_MAX		/* no sector of ours */
#define KEY_ZERO	    (UINT64_MAX - 1)	/* zeroes, in a file */

/* Where a sector belongs: the disk, or a file. */
#define PLACE_DISK	       0
#define PLACE_FILE(task, slot) (1 + (task) * 256 + (slot))

struct sector_name {
	uint64_t key;
	uint32_t place;
	uint32_t number;	/* in the disk or the file */
};

/* sector.c */
void sector_fill(void *data, uint64_t seed, const struct sector_name *name);
uint64_t sector_key(const void *data, uint64_t seed, uint32_t place,
		    uint32_t number);
void sector_describe(const void *data, uint64_t seed, char *text, size_t size);
uint64_t seed_mix(uint64_t seed, uint64_t a, uint64_t b, uint64_t c);

/* What a judge is told about the round that ended. */
struct verdict {
	uint64_t seed;
	unsigned int round;
	unsigned int *acked;	/* per task: transactions acknowledged, 1 to n */
	unsigned int lost;
};

__attribute__((format(printf, 2, 3)))
void verdict_loss(struct verdict *verdict, const char *format, ...);

/* ack.c */
void ack_open(const char *path);
__attribute__((format(printf, 1, 2)))
void ack_say(const char *format, ...);

void ack_txn(unsigned int task, unsigned int number);

/* The parts: a whole disk (disk*.c), and files (files*.c). */
void disk_format(const char *path, uint64_t seed);
void disk_scan(const char *disk, const char *map, uint64_t seed);
void disk_task(const char *disk, uint64_t seed, unsigned int round,
	       unsigned int task, unsigned int txns, bool durable);
void disk_judge(struct verdict *verdict, const char *before, const char *after);

void files_scan(const char *root, const char *map, uint64_t seed);
void files_prepare(const char *root, unsigned int round);
void files_task(const char *root, uint64_t seed, unsigned int round,
		unsigned int task, unsigned int txns);
void files_judge(struct verdict *verdict, const char *before, const char *after);

#define DISK_TASKS  6
#define FILES_TASKS 4
#define TASKS_MAX   8

/* machine.c: process 1 of a machine. */
void machine_run(void);

/* selftest.c */
void selftest_run(void);

#endif
