// SPDX-License-Identifier: GPL-2.0
/*
 * model.c - what an access to a cell must do, and whether it does.
 *
 * A page that holds tag T has T in its first word, in the second code that
 * returns the low half of T, and then words that look like page-table entries
 * for low memory, made from T: should it once be taken for a page table, the
 * walk through it goes on, and ends in a page that isn't ours.
 */
#define _GNU_SOURCE
#include "probe.h"
#include "stale.h"

#define CODE_AT	  8	/* bytes from the start of the page */
#define SAMPLES	  6	/* words looked at, besides the first two */

/* What may come out of a probe: one of these bits */
#define CAN_OK	   1
#define CAN_MAPERR 2
#define CAN_ACCERR 4
#define CAN_BUS	   8
#define CAN_PKUERR 16

enum access { READ, WRITE, EXEC };
static const char *const access_names[] = { "read", "write", "execute" };

/* movl $low half of the tag, %eax; ret */
static uint64_t code_word(uint64_t tag)
{
	return 0xb8 | (tag & 0xffffffff) << 8 | 0xc3ull << 40;
}

static uint64_t word_of(uint64_t tag, unsigned int i)
{
	if (!tag || !i)
		return tag;
	if (i == CODE_AT / 8)
		return code_word(tag);
	return (tag & 0x7f) << 52 | ((tag * 61 + i) & 0x1fff) << 12 | 0x67;
}

void page_make(uint64_t *page, uint64_t tag)
{
	for (unsigned int i = 0; i < PAGE_WORDS; i++)
		((volatile uint64_t *)page)[i] = word_of(tag, i);
}

/* Does the cell see the file's own page? */
static bool sees_object(const struct cell *cell)
{
	const struct object *o = &world->object[cell->object];

	return cell->kind == FILED &&
	       (!cell->own || cell->epoch != o->epoch[cell->page]);
}

static uint64_t cell_tag(const struct cell *cell)
{
	if (sees_object(cell))
		return world->object[cell->object].tag[cell->page];
	return cell->tag;
}

static void cell_written(struct cell *cell, uint64_t tag)
{
	struct object *o = &world->object[cell->object];

	cell->maybe_zero = false;
	if (cell->kind == FILED && cell->shared) {
		o->tag[cell->page] = tag;
		return;
	}
	cell->tag = tag;
	if (cell->kind == FILED) {
		cell->own = true;
		cell->epoch = o->epoch[cell->page];
	}
}

/*
 * A page that may only be executed can't be read where Linux has a protection
 * key for that, and can elsewhere. A page beyond the end of its file that may not
 * be executed: Linux looks at that only once there is a page.
 */
static int outcome_wanted(const struct cell *cell, enum access access)
{
	bool beyond = sees_object(cell) &&
		      cell->page >= world->object[cell->object].pages;

	if (cell->kind == NOTHING)
		return CAN_MAPERR;
	if (!cell->prot)
		return CAN_ACCERR;
	if (cell->prot == PROT_EXEC && access == WRITE)
		return CAN_ACCERR | CAN_PKUERR;
	if (access == EXEC && !(cell->prot & PROT_EXEC))
		return CAN_ACCERR | (beyond ? CAN_BUS : 0);
	if (access == WRITE && !(cell->prot & PROT_WRITE))
		return CAN_ACCERR;
	return (beyond ? CAN_BUS : CAN_OK) |
	       (cell->prot == PROT_EXEC && access == READ ? CAN_PKUERR : 0);
}

static int outcome_bit(int result)
{
	switch (result) {
	case PROBE_OK:
		return CAN_OK;
	case PROBE_MAPERR:
		return CAN_MAPERR;
	case PROBE_ACCERR:
		return CAN_ACCERR;
	case PROBE_BUS:
		return CAN_BUS;
	case PROBE_RESULT(SIGSEGV, SEGV_PKUERR):
		return CAN_PKUERR;
	}
	return 0;
}

/* What is there, and what should be: for the message */
static const char *cell_name(const struct cell *cell)
{
	static char text[120];

	if (cell->kind == NOTHING)
		return "nothing mapped";
	snprintf(text, sizeof(text), "%s %s%s, prot %d, file %d page %d, tag %lu%s",
		 cell->shared ? "shared" : "private",
		 cell->kind == ANON ? "anonymous" : "file", cell->own ? ", own" : "",
		 cell->prot, cell->kind == FILED ? cell->object : -1, cell->page,
		 (unsigned long)cell_tag(cell), cell->maybe_zero ? " or 0" : "");
	return text;
}

static bool outcome_check(int spot, int i, enum access access, int result,
			  const char *when)
{
	const struct cell *cell = &cells[spot][i];
	char *addr = cell_addr(spot, i) + (access == EXEC ? CODE_AT : 0);

	world->checks++;
	if (!(outcome_bit(result) & outcome_wanted(cell, access)))
		wrong("%s: %s %p: %s; it is %s", when, access_names[access], addr,
		      probe_name(result), cell_name(cell));
	if (!result)
		return true;
	world->faults++;
	if (!probe_addr_is(addr))
		wrong("%s: %s %p: si_addr is %#lx", when, access_names[access],
		      addr, probe_state.addr);
	return false;
}

/* The first word and some others, always other ones */
static void content_check(int spot, int i, const char *when)
{
	struct cell *cell = &cells[spot][i];
	volatile uint64_t *word = (void *)cell_addr(spot, i);
	uint64_t tag = cell_tag(cell), seen;

	if (cell->maybe_zero && !*word) {
		cell->maybe_zero = false;
		cell->tag = tag = 0;
	}
	for (int n = 0; n < SAMPLES + 2; n++) {
		unsigned int w = n < 2 ? (unsigned int)n : pick(PAGE_WORDS);

		seen = word[w];
		if (seen != word_of(tag, w))
			wrong("%s: %p, word %u, holds %#lx (the first word %#lx), "
			      "should be %#lx; it is %s", when, (void *)word, w,
			      (unsigned long)seen, (unsigned long)word[0],
			      (unsigned long)word_of(tag, w), cell_name(cell));
	}
}

static void cell_write(int spot, int i, const char *when)
{
	volatile uint64_t *word = (void *)cell_addr(spot, i);
	uint64_t tag = ++world->serial;

	if (!outcome_check(spot, i, WRITE, probe_store(word, tag), when))
		return;
	for (unsigned int w = 1; w < PAGE_WORDS; w++)
		word[w] = word_of(tag, w);
	cell_written(&cells[spot][i], tag);
}

static void cell_execute(int spot, int i, const char *when)
{
	struct cell *cell = &cells[spot][i];
	uint64_t tag = cell_tag(cell);
	unsigned long got = 0;

	/* Zeros are no code; and a page that can't be read may be one of them. */
	if (outcome_wanted(cell, EXEC) == CAN_OK && (!tag || cell->maybe_zero))
		return;
	if (!outcome_check(spot, i, EXEC,
			   probe_call(cell_addr(spot, i) + CODE_AT, &got), when))
		return;
	if (got != (tag & 0xffffffff))
		wrong("%s: execute %p: it is the code of tag %lu; it is %s", when,
		      cell_addr(spot, i), got, cell_name(cell));
}

/*
 * All three kinds of access, in some order: each of them can be the one that
 * still has its old translation, and makes a new one for the next.
 */
void cell_check(int spot, int i, bool write, const char *when)
{
	unsigned int order = pick(3);

	for (int n = 0; n < 3; n++) {
		switch ((order + n) % 3) {
		case READ:
			if (outcome_check(spot, i, READ,
					  probe_read(cell_addr(spot, i)), when))
				content_check(spot, i, when);
			break;
		case WRITE:
			if (write || outcome_wanted(&cells[spot][i], WRITE) != CAN_OK)
				cell_write(spot, i, when);
			break;
		case EXEC:
			cell_execute(spot, i, when);
		}
	}
}

void range_check(const struct range *r, bool write, const char *when)
{
	for (int i = r->first; i < r->first + r->count; i++)
		cell_check(r->spot, i, write, when);
}

void others_check(int count, const char *when)
{
	while (count--) {
		int spot = pick(SPOTS);

		cell_check(spot, pick(spots[spot].cells), pick(4) == 0, when);
	}
}

/* All pages that show this file: aliases of a page that was changed */
void object_check(int object, const char *when)
{
	for (int s = 0; s < SPOTS; s++)
		for (int i = 0; i < spots[s].cells; i++)
			if (cells[s][i].kind == FILED && cells[s][i].object == object)
				cell_check(s, i, false, when);
}
