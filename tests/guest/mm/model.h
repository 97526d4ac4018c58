/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model.h - what every page of the test's address space should be.
 *
 * An address space has SEGS segments of SEG_PAGES pages. Each segment lies
 * across a boundary of page tables (2 MiB, 1 GiB, 512 GiB), with nothing else
 * near, so that page-table pages come and go with its mappings. All processes
 * use the same addresses; which pages are there, and what they hold, differs.
 *
 * What belongs to a process (which pages are mapped, private contents) is in
 * ordinary memory, so that fork() copies the model with the address space.
 * What is shared (the contents of objects) is in a shared mapping. Processes
 * take turns (ring.h), so no two change the model at the same time.
 */
#ifndef MM_MODEL_H
#define MM_MODEL_H

#include <stdint.h>
#include <sys/types.h>

#include "page.h"
#include "probe.h"
#include "ring.h"
#include "rng.h"

#define SEGS	  3
#define SEG_PAGES 16
#define PAGES	  (SEGS * SEG_PAGES)

#define SLOTS	     6	 /* processes at the same time */
#define FILES	     3	 /* objects 0..2 have a descriptor: 2 memfds, 1 file */
#define OBJECTS	     128 /* the others are shared anonymous mappings */
#define OBJECT_PAGES 16

#define POKE_WORD 300 /* the word of a page that a poke changes */

/* What a page holds: page_word(tag, i), but `poke` (if not 0) at POKE_WORD */
struct content {
	uint64_t tag;
	uint64_t poke;
};

enum kind {
	KIND_HOLE,	/* nothing mapped */
	KIND_ANON,	/* private, anonymous */
	KIND_SHARED,	/* a page of an object */
	KIND_PRIVATE,	/* a page of an object, own copy after a write */
};

struct page_model {
	enum kind kind;
	int prot;
	int object;	/* KIND_SHARED, KIND_PRIVATE: page `index` of it */
	int index;
	int copied;	/* KIND_PRIVATE: `own` is what it holds, ... */
	uint32_t cut;	/* ... unless the object's page was cut off since */
	uint32_t vma;	/* neighbours with the same number are in one VMA */
	struct content own;
};

struct object {
	int pages;			/* size; beyond it SIGBUS */
	struct content content[OBJECT_PAGES];
	uint32_t cut[OBJECT_PAGES];	/* how often truncation took the page */
};

/* One for all processes */
struct shared {
	struct object object[OBJECTS];
	int objects;			/* how many are in use */
	struct ring ring;
	long turns;			/* that are still to be taken */
	uint64_t serial;		/* for tags: no two writes are alike */
	unsigned long ops, faults;
};

/* One for each process */
struct space {
	struct page_model page[PAGES];
	char *seg[SEGS];
	struct rng rng;
	int slot;
	int life;			/* turns before it ends; 0: no end */
	uint32_t vmas;
	unsigned long ops;
};

extern struct shared *shared;
extern struct space space;
extern int file_fd[FILES];
extern int scratch_fd;

/* model.c */
void model_create(uint64_t seed);
char *page_addr(int page);
int run_pick(int from, int *count);
int run_pick_mapped(int *start);
struct content model_content(const struct page_model *p);
int model_expect(const struct page_model *p, int write);
void model_written(struct page_model *p, struct content now);
uint64_t tag_new(void);
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));
void fail(int page, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* verify.c */
void verify_page(int page);
void verify_run(int start, int count);
void verify_all(void);
void content_write(int page, int poke);

/* ops.c, ops_object.c */
void op_random(void);
void op_object_random(void);
void op_fork_prepare(void);
void op_fork_parent(void);
int object_new(int pages);

#endif
