/* SPDX-License-Identifier: GPL-2.0 */
/*
 * table_work.h - page-table entries whose old contents the host may still use.
 *
 * A host that shadows the guest's page tables (PVM, kvm_intel with ept=0, kvm_amd with
 * npt=0) sees stores of the guest, not ours. So each entry, of any level and any
 * mm, that was present and became less is collected here, and guest-entry stores
 * to it before user code runs on. A table that is freed has had all its entries
 * cleared, so it is in here entry by entry. When there are too many the list
 * says so, and the host is made to forget everything.
 *
 * Host and kernel objects and tests share this header, like tlb_work.h.
 */
#ifndef UML_TABLE_WORK_H
#define UML_TABLE_WORK_H

#include "tlb_work.h"

#define TABLE_WORK_ENTRIES 500

/**
 * struct table_work - the collection, one for the machine
 * @count:	entries in @entry; more than TABLE_WORK_ENTRIES: too many
 * @entry:	their guest-physical addresses
 */
struct table_work {
	uint32_t count;
	uint32_t reserved;
	uint64_t entry[TABLE_WORK_ENTRIES];
};

static inline int table_work_overflow(const struct table_work *work)
{
	return work->count > TABLE_WORK_ENTRIES;
}

static inline void table_work_clear(struct table_work *work)
{
	work->count = 0;
}

/* Add the entry at the guest-physical address @entry */
static inline void table_work_put(struct table_work *work, uint64_t entry)
{
	if (table_work_overflow(work))
		return;
	/* cleared, then set anew: often the same one twice */
	if (work->count && work->entry[work->count - 1] == entry)
		return;
	if (work->count < TABLE_WORK_ENTRIES)
		work->entry[work->count] = entry;
	work->count++;
}

/* Set by the backend when it starts, before the kernel runs: the host shadows */
extern int table_work_wanted;

/* The run loop empties it before it enters user mode */
extern struct table_work table_work;

/* The present entry at @entry, in guest memory, became less. Any context. */
extern void table_work_note(const void *entry);

#endif
