// SPDX-License-Identifier: GPL-2.0
/* model.c - the model itself: what a page should hold and how it may be used. */
#define _GNU_SOURCE
#include "model.h"

#include <sys/mman.h>

#include "arena.h"

#define NOTES 12

struct shared *shared;
struct space space;

/* The last operations of this process, printed when something is wrong */
static char notes[NOTES][96];
static unsigned int note_next;

void model_create(uint64_t seed)
{
	char *far = arena_find_512g(), *base;

	base = arena_find(3 * ARENA_1G);
	space.seg[0] = base + ARENA_1G / 2 + ARENA_2M;
	space.seg[1] = base + ARENA_1G;
	space.seg[2] = far ? far : base + 2 * ARENA_1G + 2 * ARENA_2M;
	for (int i = 0; i < SEGS; i++)
		space.seg[i] -= SEG_PAGES / 2 * PAGE;
	space.rng.state = seed;
	shared = shared_alloc(sizeof(*shared));
	shared->serial = 1;
}

char *page_addr(int page)
{
	return space.seg[page / SEG_PAGES] + page % SEG_PAGES * PAGE;
}

/*
 * A random run of pages inside one segment. from >= 0: it starts there. The
 * result is the first page.
 */
int run_pick(int from, int *count)
{
	int start = from >= 0 ? from : (int)rng_below(&space.rng, PAGES);
	int left = SEG_PAGES - start % SEG_PAGES;

	*count = 1 + rng_below(&space.rng, left < 6 ? left : 6);
	if (from < 0 && rng_below(&space.rng, 8) == 0) {
		/* now and then the whole segment: its page tables go, too */
		start -= start % SEG_PAGES;
		*count = SEG_PAGES;
	}
	return start;
}

/* The longest run of mapped pages at a random place: its start and length (or 0) */
int run_pick_mapped(int *start)
{
	int count = 0, page = rng_below(&space.rng, PAGES), tries = PAGES;

	while (tries-- && space.page[page].kind == KIND_HOLE)
		page = (page + 1) % PAGES;
	*start = page;
	do {
		if (space.page[page].kind == KIND_HOLE)
			break;
		count++;
	} while (++page % SEG_PAGES);
	return count;
}

static int own_copy(const struct page_model *p)
{
	return p->copied && p->cut == shared->object[p->object].cut[p->index];
}

struct content model_content(const struct page_model *p)
{
	if (p->kind == KIND_ANON || (p->kind == KIND_PRIVATE && own_copy(p)))
		return p->own;
	return shared->object[p->object].content[p->index];
}

/* What a user access to the page must do, as a result of probe.h */
int model_expect(const struct page_model *p, int write)
{
	if (p->kind == KIND_HOLE)
		return PROBE_MAPERR;
	if (!(p->prot & (write ? PROT_WRITE : PROT_READ)))
		return PROBE_ACCERR;
	if (p->kind == KIND_SHARED || (p->kind == KIND_PRIVATE && !own_copy(p)))
		if (p->index >= shared->object[p->object].pages)
			return PROBE_BUS;
	return PROBE_OK;
}

/* The page was written through this mapping and now holds that. */
void model_written(struct page_model *p, struct content now)
{
	if (p->kind == KIND_SHARED) {
		shared->object[p->object].content[p->index] = now;
		return;
	}
	p->own = now;
	if (p->kind == KIND_PRIVATE) {
		p->copied = 1;
		p->cut = shared->object[p->object].cut[p->index];
	}
}

/* Says who wrote it: slot and serial number can be read in a hex dump. */
uint64_t tag_new(void)
{
	return 0xabcd000000000000 | (uint64_t)space.slot << 40 | shared->serial++;
}

void note(const char *format, ...)
{
	char *line = notes[note_next++ % NOTES];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(notes[0]), format, args);
	va_end(args);
}

/* Say which page is wrong, and what this process did before. */
void fail(int page, const char *format, ...)
{
	static const char *const kinds[] = { "hole", "anon", "shared", "private" };
	const struct page_model *p = &space.page[page];
	char text[200];
	va_list args;

	for (unsigned int i = 0; i < NOTES; i++) {
		const char *line = notes[(note_next + i) % NOTES];

		if (line[0])
			printf("  slot %d: %s\n", space.slot, line);
	}
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	FAIL("slot %d, its operation %lu, segment %d page %d at %p (%s, prot %d, "
	     "object %d page %d%s): %s", space.slot, space.ops,
	     page / SEG_PAGES, page % SEG_PAGES, page_addr(page), kinds[p->kind],
	     p->prot, p->object, p->index,
	     p->kind == KIND_PRIVATE && own_copy(p) ? ", own copy" : "", text);
}
