/* SPDX-License-Identifier: GPL-2.0 */
/*
 * backing.h - a page is handed out only when the host has memory for it.
 *
 * The machine's memory is a file without contents; the host finds memory for a
 * page when it is written to. If it can't, that is a SIGBUS in the middle of
 * anything. So the page allocator asks here first, and what the host can't back
 * is no memory: allocations fail, processes are killed for want of memory, and
 * the machine lives.
 *
 * Kernel objects only.
 */
#ifndef UML_BACKING_H
#define UML_BACKING_H

#include <linux/bitmap.h>
#include <linux/mm.h>

#define BACKING_CHUNK_SHIFT	21	/* asked for at once: 2 MiB */
#define BACKING_CHUNKS		(1UL << 18)	/* 512 GiB; beyond it's slow */

extern unsigned long backing_done[];

extern bool backing_make(struct page *page, unsigned int order);
extern void backing_hold(struct page *page, unsigned int order);
extern void backing_forget(void *addr);

/* Whether the host backs this free block, now if not already. Any context. */
static inline bool backing_there(struct page *page, unsigned int order)
{
	unsigned long chunk = page_to_phys(page) >> BACKING_CHUNK_SHIFT;

	if (likely(order <= BACKING_CHUNK_SHIFT - PAGE_SHIFT &&
		   chunk < BACKING_CHUNKS && test_bit(chunk, backing_done)))
		return true;
	return backing_make(page, order);
}

/*
 * For a block that was just taken off the free lists: true if it can't be used.
 * It is out of the allocator then.
 */
static inline bool backing_missing(struct page *page, unsigned int order)
{
	if (likely(backing_there(page, order)))
		return false;
	backing_hold(page, order);
	return true;
}

#endif
