/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tlb_work.h - what a change of a page-table entry asks for where the CPU uses
 * the kernel's own tables: which translations of an mm it has to forget before
 * user code runs on. The kernel records it at the flush points of the common mm
 * code, guest-entry does it.
 *
 * Host and kernel objects and tests share this header: C99 types, no libc, no
 * kernel.
 */
#ifndef UML_TLB_WORK_H
#define UML_TLB_WORK_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdint.h>
#endif

/* Bits of an x86-64 entry, any level; <asm/pgtable.h> has them as _PAGE_... */
#define ENTRY_PRESENT	0x001ULL
#define ENTRY_WRITE	0x002ULL
#define ENTRY_USER	0x004ULL
#define ENTRY_ACCESSED	0x020ULL
#define ENTRY_DIRTY	0x040ULL
#define ENTRY_SOFTWARE	0x7ff0000000000e00ULL	/* bits 9-11, 52-62: the CPU ignores them */
#define ENTRY_NX	0x8000000000000000ULL
#define ENTRY_ADDRESS	0x000ffffffffff000ULL

/* A write-protected page may lack D in the table while a TLB has it: D counts as a right */
#define ENTRY_RIGHTS	(ENTRY_WRITE | ENTRY_USER | ENTRY_DIRTY)

#define TLB_WORK_PAGES	32
#define TLB_WORK_PAGE_SIZE 4096ULL

/**
 * struct tlb_work - translations of one mm that the CPU must forget
 * @count:	pages in @page; more than TLB_WORK_PAGES: all of the mm
 * @page:	their addresses
 */
struct tlb_work {
	uint32_t count;
	uint32_t reserved;
	uint64_t page[TLB_WORK_PAGES];
};

static inline void tlb_work_clear(struct tlb_work *work)
{
	work->count = 0;
}

static inline void tlb_work_all(struct tlb_work *work)
{
	work->count = TLB_WORK_PAGES + 1;
}

static inline void tlb_work_add_page(struct tlb_work *work, uint64_t page)
{
	uint32_t i;

	for (i = 0; i < work->count; i++)
		if (work->page[i] == page)
			return;
	if (work->count == TLB_WORK_PAGES)
		tlb_work_all(work);
	else
		work->page[work->count++] = page;
}

/* Forget the pages from @start up to @end */
static inline void tlb_work_add(struct tlb_work *work, uint64_t start, uint64_t end)
{
	uint64_t page = start & ~(TLB_WORK_PAGE_SIZE - 1);

	if (start >= end)
		return;
	if ((end - 1 - page) / TLB_WORK_PAGE_SIZE >= TLB_WORK_PAGES) {
		tlb_work_all(work);
		return;
	}
	for (; page < end && work->count <= TLB_WORK_PAGES; page += TLB_WORK_PAGE_SIZE)
		tlb_work_add_page(work, page);
}

/*
 * The changed bits that make a translation made from @old wrong under @new: it
 * leads elsewhere or allows more. What an entry that was not present or only
 * allowed less left behind, a page fault puts right.
 */
static inline uint64_t entry_harm(uint64_t old, uint64_t new)
{
	uint64_t changed = (old ^ new) & ~ENTRY_SOFTWARE;

	if (!(old & ENTRY_PRESENT))
		return 0;
	changed &= ~(new & (ENTRY_RIGHTS | ENTRY_ACCESSED));	/* added */
	return changed & ~(old & ENTRY_NX);			/* may execute now */
}

/*
 * Does old -> new need the TLB to forget? Not when only A is cleared: what the
 * CPU loses is that it does not set A again soon.
 */
static inline int entry_needs_flush(uint64_t old, uint64_t new)
{
	return (entry_harm(old, new) & ~ENTRY_ACCESSED) != 0;
}

/*
 * Has the guest to be seen storing to the entry, where the host shadows the
 * tables (table_work.h)?
 */
static inline int entry_needs_note(uint64_t old, uint64_t new)
{
	return entry_harm(old, new) != 0;
}

/* The entry for the page at @addr changes, without a flush by the caller */
static inline void tlb_work_entry(struct tlb_work *work, uint64_t addr,
				  uint64_t old, uint64_t new)
{
	if (entry_needs_flush(old, new))
		tlb_work_add(work, addr, addr + TLB_WORK_PAGE_SIZE);
}

/*
 * The end of an unmapping, by common mm code's mmu_gather. An upper-level entry
 * can be cached apart from what is below it, so freed tables take everything.
 */
static inline void tlb_work_gathered(struct tlb_work *work, uint64_t start,
				     uint64_t end, int freed_tables)
{
	if (freed_tables)
		tlb_work_all(work);
	else
		tlb_work_add(work, start, end);
}

#endif
