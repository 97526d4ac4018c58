// SPDX-License-Identifier: GPL-2.0
/* verify.c - compare pages with the model, and write to them. */
#define _GNU_SOURCE
#include "model.h"

static uint64_t content_word(const struct content *c, unsigned int i)
{
	if (i == POKE_WORD && c->poke)
		return c->poke;
	return page_word(c->tag, i);
}

static void content_check(int page, struct content want)
{
	const volatile uint64_t *word = (void *)page_addr(page);

	for (unsigned int i = 0; i < PAGE_WORDS; i++) {
		uint64_t seen = word[i];

		if (seen != content_word(&want, i))
			fail(page, "word %u is %#lx, should be %#lx", i,
			     (unsigned long)seen,
			     (unsigned long)content_word(&want, i));
	}
}

static void fault_seen(int page, int write, int seen, int wanted, const void *addr)
{
	if (seen)
		shared->faults++;
	if (seen != wanted)
		fail(page, "%s at %p: signal %d si_code %d, should be %d %d",
		     write ? "write" : "read", addr, seen >> 16, (int16_t)seen,
		     wanted >> 16, (int16_t)wanted);
	if (seen && !probe_addr_is(addr))
		fail(page, "%s at %p: si_addr is %#lx", write ? "write" : "read",
		     addr, probe_state.addr);
}

static void read_check(int page, int wanted)
{
	char *addr = page_addr(page) + rng_below(&space.rng, PAGE);

	fault_seen(page, 0, probe_read(addr), wanted, addr);
}

/* Store this word (of a page that may be written), or see that it faults. */
static void store_check(int page, unsigned int word, uint64_t value, int wanted)
{
	uint64_t *addr = (uint64_t *)page_addr(page) + word;

	fault_seen(page, 1, probe_store(addr, value), wanted, addr);
}

static void write_fault_check(int page, int wanted)
{
	store_check(page, rng_below(&space.rng, PAGE_WORDS), 0xdead, wanted);
}

/* Everything about one page: up to two faults. */
void verify_page(int page)
{
	const struct page_model *p = &space.page[page];
	int read = model_expect(p, 0), write = model_expect(p, 1);

	read_check(page, read);
	if (read == PROBE_OK)
		content_check(page, model_content(p));
	/* A write would make a copy: only where it must fail. */
	if (write != PROBE_OK && (write != read || rng_below(&space.rng, 4) == 0))
		write_fault_check(page, write);
}

/*
 * All contents of a run, but only some of the faults that must come: a fault
 * costs far more, and a page with the wrong rights rarely comes alone.
 */
void verify_run(int start, int count)
{
	int faults = 2, first = rng_below(&space.rng, count);

	for (int i = 0; i < count; i++) {
		int page = start + (first + i) % count;
		const struct page_model *p = &space.page[page];

		if (model_expect(p, 0) == PROBE_OK) {
			read_check(page, PROBE_OK);
			content_check(page, model_content(p));
		} else if (faults-- > 0) {
			read_check(page, model_expect(p, 0));
		}
		if (i == 0 && model_expect(p, 1) != PROBE_OK)
			write_fault_check(page, model_expect(p, 1));
	}
}

void verify_all(void)
{
	for (int seg = 0; seg < SEGS; seg++)
		verify_run(seg * SEG_PAGES, SEG_PAGES);
}

/*
 * Write to a page: all of it, or only one word, so that the rest must come
 * from where the page was copied from.
 */
void content_write(int page, int poke)
{
	struct page_model *p = &space.page[page];
	unsigned int word = POKE_WORD;
	struct content now;

	if (model_expect(p, 1) != PROBE_OK) {
		write_fault_check(page, model_expect(p, 1));
		return;
	}
	now = model_content(p);
	if (poke) {
		now.poke = tag_new();
	} else {
		now.tag = tag_new();
		now.poke = 0;
		word = rng_below(&space.rng, PAGE_WORDS);
	}
	/* The first store, to any word, is the one that may fault. */
	store_check(page, word, content_word(&now, word), PROBE_OK);
	if (!poke)
		page_fill(page_addr(page), now.tag);
	model_written(p, now);
}
