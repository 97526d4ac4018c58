/* SPDX-License-Identifier: GPL-2.0 */
/* stale.h - what the parts of the stale-translation test share. */
#ifndef STALE_H
#define STALE_H

#include <stdbool.h>
#include <stdint.h>

#include "page.h"
#include "ring.h"
#include "rng.h"

#define SLOTS	    4		/* processes that live side by side */
#define OBJECTS	    3		/* files that they map */
#define OBJECT_PAGES 512
#define SPOTS	    10		/* places where mappings may be */
#define CELLS	    8		/* pages of one place that are looked at */
#define HISTORY	    24
#define LINE	    120

/*
 * A place for mappings. A "run" has CELLS pages side by side, and any of them
 * can be mapped; a "block" is 2 MiB, aligned, of which four pages are used, and
 * is mapped and moved as a whole: that moves its whole page table.
 */
struct spot {
	char *base;
	int cells;
	bool block;
};

enum kind { NOTHING, ANON, FILED };

/* What a process should find in one page. */
struct cell {
	enum kind kind;
	bool shared;
	bool own;		/* FILED and private: it has its own copy ... */
	bool maybe_zero;	/* after MADV_FREE, until it is written */
	int prot;
	int object, page;	/* FILED: which page of which file */
	unsigned int epoch;	/* ... made when the page's epoch was this */
	uint64_t tag;		/* ANON, or own */
};

struct object {
	int fd;
	int pages;			   /* its length */
	uint64_t tag[OBJECT_PAGES];
	unsigned int epoch[OBJECT_PAGES]; /* counts truncations */
};

/* What the self-test leaves undone while the model does it */
enum sabotage {
	SABOTAGE_NONE, SABOTAGE_MAP, SABOTAGE_UNMAP, SABOTAGE_PROTECT,
	SABOTAGE_DONTNEED, SABOTAGE_MOVE, SABOTAGE_PUNCH, SABOTAGE_TRUNCATE,
	SABOTAGE_COW, SABOTAGES
};

/* Lies in memory that all processes share. One runs at a time (ring.h). */
struct world {
	struct ring ring;
	struct rng rng;
	uint64_t seed, serial;
	long turns, turn;
	enum sabotage sabotage;
	struct object object[OBJECTS];
	unsigned int changed[SLOTS];	/* bit per file: not looked at since */
	unsigned long checks, faults, forks, churns, moves;
	unsigned long lines;		/* written to history so far */
	char history[HISTORY][LINE];
};

/* Some pages of one spot, side by side, and their addresses */
struct range {
	int spot, first, count;
	char *addr;
	size_t size;
};

extern struct world *world;
extern struct spot spots[SPOTS];
extern struct cell cells[SPOTS][CELLS]; /* of this process; fork copies it */
extern int slot;

static inline unsigned int pick(unsigned int limit)
{
	return rng_below(&world->rng, limit);
}

/* world.c */
void world_create(uint64_t seed, long turns, enum sabotage sabotage);
void spots_find(void);
char *cell_addr(int spot, int i);
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
__attribute__((noreturn, format(printf, 1, 2)))
void wrong(const char *format, ...);

/* model.c: the content of a cell, and checks of real pages against cells */
void page_make(uint64_t *page, uint64_t tag);
void cell_check(int spot, int i, bool write, const char *when);
void range_check(const struct range *r, bool write, const char *when);
void others_check(int count, const char *when);
void object_check(int object, const char *when);

/* range.c: choosing what to do it with */
struct range range_of(int spot, int first, int count);
struct range range_any(void);
bool range_mapped(struct range *r);
const char *range_name(const struct range *r);

/* ops.c, ops_move.c, ops_object.c: one operation each */
void op_map(void);
void op_unmap(void);
void op_protect(void);
void op_dontneed(void);
void op_free(void);
void op_pageout(void);
void op_move(void);
void op_grow(void);
void op_grow_moving(void);
void op_object_write(void);
void op_punch(void);
void op_truncate(void);

/* churn.c: other address spaces come and go */
void op_churn(void);

#endif
