/* SPDX-License-Identifier: GPL-2.0 */
/*
 * model.h - a kernel that changes page tables and a CPU that remembers them.
 *
 * machine.c changes tables as the common mm code and <asm/pgtable.h> do, with the
 * decisions of <uml/tlb_work.h> and <uml/table_work.h>. cpu.c runs user code on
 * them: it caches as much as a CPU may, forgets only what it is told, and
 * says what it then still believes and the tables deny.
 */
#ifndef TLB_MODEL_H
#define TLB_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"
#include "rng.h"
#include "table_work.h"

#define TABLES	80	/* pages for page tables; machine memory begins with them */
#define SLOTS	512	/* user pages: 8 leaf tables, 64 used entries in each */
#define LEAF	64
#define MMS	3
#define PAGE	4096ULL

/* What the kernel must not forget; each is left out once to see that it shows */
enum point {
	POINT_NONE,
	POINT_REPLACE,		/* set_ptes() over a present entry */
	POINT_PAGE,		/* flush_tlb_page() */
	POINT_RANGE,		/* flush_tlb_range() */
	POINT_MM,		/* flush_tlb_mm() */
	POINT_GATHER,		/* mmu_gather, pages only */
	POINT_TABLES,		/* mmu_gather, tables were freed */
	POINT_NEW_MM,		/* init_new_context() */
	POINT_NOTE_LEAF,	/* table_work: set_pte(), pte_clear() */
	POINT_NOTE_UPPER,	/* set_pmd() and up */
	POINTS,
};

struct mm {
	int pgd;		/* table number, 0: no such mm */
	struct tlb_work tlb;
};

struct machine {
	enum point omit;
	struct rng rng;
	struct mm mm[MMS];
	uint64_t table[TABLES][512];
	int level[TABLES];	/* 4 (pgd) to 1, 0: free */
	int unused[TABLES], unused_count;
	struct table_work notes;
	uint64_t next_page;
};

extern struct machine machine;

extern void machine_start(enum point omit, uint64_t seed);
extern void machine_step(void);	/* one system call or fault of some mm */
extern uint64_t *entry_of(const struct mm *mm, int slot, int level);

/* A user page's address, and the index into the table of a level */
extern uint64_t slot_address(int slot);
extern int slot_index(int slot, int level);

extern void cpu_start(bool shadow);
/* Enter user mode in @mm and touch pages. Returns what is wrong, NULL: nothing */
extern const char *cpu_run(struct mm *mm);

static inline int table_of(uint64_t entry)
{
	return (entry & ENTRY_ADDRESS) / PAGE;
}

#endif
