/* SPDX-License-Identifier: GPL-2.0 */
/*
 * table_work.h - page tables whose old contents the host may still use.
 *
 * A host that shadows the guest's page tables (PVM, kvm_intel with ept=0, kvm_amd with
 * npt=0) sees stores of the guest, not ours. So the pages with page tables, of any
 * level and any mm, in which an entry that was present became less or that
 * were freed are collected here, and guest-entry stores to them before user code
 * runs on. Nothing is lost: pages beyond the list stay in the bitmap.
 *
 * Host and kernel objects and tests share this header, like tlb_work.h.
 */
#ifndef UML_TABLE_WORK_H
#define UML_TABLE_WORK_H

#include "tlb_work.h"

#define TABLE_WORK_PAGES 500

/**
 * struct table_work - the collection, one for the machine
 * @noted:	a bit for each page of guest-physical memory: it is in here
 * @words:	of @noted
 * @count:	pages in @page
 * @more:	there are others, only in @noted
 * @page:	guest-physical addresses
 */
struct table_work {
	uint64_t *noted;
	uint64_t words;
	uint32_t count;
	uint32_t more;
	uint64_t page[TABLE_WORK_PAGES];
};

/* Add the page at the guest-physical address @address */
static inline void table_work_put(struct table_work *work, uint64_t address)
{
	uint64_t page = address & ENTRY_ADDRESS, nr = page / TLB_WORK_PAGE_SIZE;
	uint64_t bit = 1ULL << nr % 64;

	if (nr / 64 >= work->words || (work->noted[nr / 64] & bit))
		return;
	work->noted[nr / 64] |= bit;
	if (work->count < TABLE_WORK_PAGES)
		work->page[work->count++] = page;
	else
		work->more = 1;
}

static inline unsigned int table_work_scan(struct table_work *work,
					   uint64_t *pages, unsigned int max)
{
	unsigned int got = 0;
	uint64_t i;

	for (i = 0; i < work->words; i++) {
		while (work->noted[i]) {
			uint64_t nr = i * 64 + __builtin_ctzll(work->noted[i]);

			if (got == max)
				return got;
			work->noted[i] &= work->noted[i] - 1;
			pages[got++] = nr * TLB_WORK_PAGE_SIZE;
		}
	}
	work->more = 0;
	return got;
}

/* Move up to @max pages to @pages; returns how many, 0: that was all */
static inline unsigned int table_work_get(struct table_work *work,
					  uint64_t *pages, unsigned int max)
{
	unsigned int got = 0;

	while (got < max && work->count) {
		uint64_t page = work->page[--work->count];
		uint64_t nr = page / TLB_WORK_PAGE_SIZE;

		work->noted[nr / 64] &= ~(1ULL << nr % 64);
		pages[got++] = page;
	}
	if (!got && work->more)
		got = table_work_scan(work, pages, max);
	return got;
}

/* Set by the backend when it starts, before the kernel runs: the host shadows */
extern int table_work_wanted;

/*
 * The page that @entry points into is a page table in which something became
 * less, or that is freed. Any context.
 */
extern void table_work_note(const void *entry);

/* The run loop, before it enters user mode: repeat until it returns 0. */
extern unsigned int table_work_take(uint64_t *pages, unsigned int max);

#endif
