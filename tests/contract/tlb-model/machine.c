// SPDX-License-Identifier: GPL-2.0
/* machine.c - the kernel of the model: see model.h. */
#include "model.h"

#define TABLE_BITS (ENTRY_PRESENT | ENTRY_WRITE | ENTRY_USER | ENTRY_ACCESSED | ENTRY_DIRTY)
#define PROTNONE   0x100
#define EMPTY	   0x200 /* _PAGE_NEWPAGE stays in a cleared entry */

struct machine machine;

static unsigned int below(unsigned int limit)
{
	return rng_below(&machine.rng, limit);
}

uint64_t slot_address(int slot)
{
	uint64_t address = 0;

	for (int level = 1; level <= 4; level++)
		address |= (uint64_t)slot_index(slot, level) << (3 + 9 * level);
	return address;
}

int slot_index(int slot, int level)
{
	/* neighbours and far apart */
	static const int index[5][2] = { { 0, 0 }, { 0, 0 }, { 0, 1 }, { 511, 0 }, { 0, 255 } };

	if (level == 1)
		return slot % LEAF;
	return index[level][slot / (LEAF << (level - 2)) % 2];
}

/* The entry of @level for a page, NULL where the level above has nothing */
uint64_t *entry_of(const struct mm *mm, int slot, int level)
{
	int table = mm->pgd;

	for (int l = 4; l > level; l--) {
		uint64_t entry = machine.table[table][slot_index(slot, l)];

		if (!(entry & ENTRY_PRESENT))
			return NULL;
		table = table_of(entry);
	}
	return &machine.table[table][slot_index(slot, level)];
}

static void note(const uint64_t *entry, enum point point)
{
	if (machine.omit != point)
		table_work_put(&machine.notes, (entry - machine.table[0]) * sizeof(*entry));
}

/* table_entry_set() of asm/pgtable-4level.h */
static void entry_set(uint64_t *entry, uint64_t value, int level)
{
	if (entry_needs_note(*entry, value))
		note(entry, level == 1 ? POINT_NOTE_LEAF : POINT_NOTE_UPPER);
	*entry = value;
}

static int table_alloc(int level)
{
	int table;

	CHECK(machine.unused_count, "the model's memory is too small");
	/* the last freed first: it comes back while the CPU may remember it */
	table = machine.unused[--machine.unused_count];
	memset(machine.table[table], 0, sizeof(machine.table[table]));
	machine.level[table] = level;
	return table;
}

static void table_free(int table)
{
	machine.level[table] = 0;
	machine.unused[machine.unused_count++] = table;
}

static uint64_t *leaf_alloc(struct mm *mm, int slot)
{
	for (int level = 4; level > 1; level--) {
		uint64_t *entry = entry_of(mm, slot, level);

		if (!(*entry & ENTRY_PRESENT))
			entry_set(entry, table_alloc(level - 1) * PAGE | TABLE_BITS, level);
	}
	return entry_of(mm, slot, 1);
}

/* set_ptes() for one page */
static void set_pte(struct mm *mm, int slot, uint64_t value)
{
	uint64_t *pte = entry_of(mm, slot, 1);

	if (machine.omit != POINT_REPLACE)
		tlb_work_entry(&mm->tlb, slot_address(slot), *pte, value);
	entry_set(pte, value, 1);
}

static uint64_t get_and_clear(uint64_t *pte)
{
	uint64_t old = *pte;

	entry_set(pte, EMPTY, 1);
	return old;
}

static void flush(struct mm *mm, int from, int to, enum point point)
{
	if (machine.omit != point)
		tlb_work_add(&mm->tlb, slot_address(from), slot_address(to - 1) + PAGE);
}

static uint64_t page_new(void)
{
	uint64_t bits = ENTRY_PRESENT | ENTRY_USER;

	bits |= below(2) ? ENTRY_WRITE | ENTRY_DIRTY : 0;
	bits |= below(2) ? ENTRY_NX : 0;
	bits |= below(2) ? ENTRY_ACCESSED : 0;
	return ++machine.next_page * PAGE | bits;
}

static void map(struct mm *mm, int from, int to)
{
	for (int slot = from; slot < to; slot++)
		if (!(*leaf_alloc(mm, slot) & ENTRY_PRESENT))
			set_pte(mm, slot, page_new());
}

/* One page that is there, in place of, or with more or less rights than before */
static void page_change(struct mm *mm, int slot, uint64_t *pte)
{
	uint64_t old = *pte;

	switch (below(6)) {
	case 0: /* a fault: may be written now */
		set_pte(mm, slot, old | ENTRY_WRITE | ENTRY_DIRTY | ENTRY_ACCESSED);
		break;
	case 1:
		set_pte(mm, slot, old & ~ENTRY_NX);
		break;
	case 2: /* written back */
		set_pte(mm, slot, old & ~(ENTRY_DIRTY | (below(2) ? ENTRY_WRITE : 0)));
		break;
	case 3: /* looked at by reclaim */
		set_pte(mm, slot, old & ~ENTRY_ACCESSED);
		break;
	case 4:
		set_pte(mm, slot, page_new());
		break;
	case 5: /* copied on write */
		get_and_clear(pte);
		flush(mm, slot, slot + 1, POINT_PAGE);
		set_pte(mm, slot, page_new());
		break;
	}
}

static uint64_t less(uint64_t pte)
{
	switch (below(4)) {
	case 0:
		return pte & ~(ENTRY_WRITE | ENTRY_DIRTY);
	case 1:
		return pte | ENTRY_NX;
	case 2:
		return (pte & ~ENTRY_PRESENT) | PROTNONE;
	default: /* swapped out */
		return (uint64_t)below(1000) << 11 | 3 << 3;
	}
}

/* change_protection(), or all of it under one flush_tlb_mm() */
static void protect(struct mm *mm, int from, int to, enum point point)
{
	for (int slot = from; slot < to; slot++) {
		uint64_t *pte = entry_of(mm, slot, 1);

		if (pte && (*pte & ENTRY_PRESENT))
			set_pte(mm, slot, less(get_and_clear(pte)));
	}
	if (point == POINT_RANGE)
		flush(mm, from, to, point);
	else if (machine.omit != point)
		tlb_work_all(&mm->tlb);
}

/* Fork: the parent's pages are write-protected one by one */
static void share(struct mm *mm, int from, int to)
{
	for (int slot = from; slot < to; slot++) {
		uint64_t *pte = entry_of(mm, slot, 1);

		if (pte && (*pte & ENTRY_WRITE))
			set_pte(mm, slot, *pte & ~ENTRY_WRITE);
	}
}

static void unmap_pages(struct mm *mm, int from, int to)
{
	for (int slot = from; slot < to; slot++) {
		uint64_t *pte = entry_of(mm, slot, 1);

		if (pte)
			get_and_clear(pte);
	}
}

/* Free what hangs on the entry of @level for @slot, as free_pgd_range() does */
static void tables_free(struct mm *mm, int slot, int level)
{
	uint64_t *entry = entry_of(mm, slot, level);
	int table, part = level > 2 ? LEAF << (level - 3) : 0;

	if (!entry || !(*entry & ENTRY_PRESENT))
		return;
	for (int half = 0; half < 2 && level > 2; half++)
		tables_free(mm, slot + half * part, level - 1);
	table = table_of(*entry);
	entry_set(entry, EMPTY, level);
	table_free(table);
}

/* munmap() of everything below one entry of @level */
static void unmap_tables(struct mm *mm, int slot, int level)
{
	int size = LEAF << (level - 2), from = slot / size * size;

	for (int i = from; i < from + size; i++) {
		uint64_t *pte = entry_of(mm, i, 1);

		if (pte && (get_and_clear(pte) & ENTRY_PRESENT))
			tlb_work_add(&mm->tlb, slot_address(i), slot_address(i) + PAGE);
	}
	tables_free(mm, from, level);
	tlb_work_gathered(&mm->tlb, slot_address(from), slot_address(from) + PAGE,
			  machine.omit != POINT_TABLES);
}

static void mm_start(struct mm *mm)
{
	mm->pgd = table_alloc(4);
	tlb_work_clear(&mm->tlb);
	if (machine.omit != POINT_NEW_MM)
		tlb_work_all(&mm->tlb);
}

static void mm_end(struct mm *mm)
{
	for (int slot = 0; slot < SLOTS; slot += SLOTS / 2) {
		unmap_pages(mm, slot, slot + SLOTS / 2);
		tables_free(mm, slot, 4);
	}
	table_free(mm->pgd);
	mm->pgd = 0;
}

void machine_start(enum point omit, uint64_t seed)
{
	memset(&machine, 0, sizeof(machine));
	machine.omit = omit;
	machine.rng.state = seed;
	machine.next_page = 1000;
	for (int i = 1; i < TABLES; i++) /* 0 means none */
		machine.unused[machine.unused_count++] = i;
	for (int i = 0; i < MMS; i++)
		mm_start(&machine.mm[i]);
}

void machine_step(void)
{
	struct mm *mm = &machine.mm[below(MMS)];
	int from = below(SLOTS), room = LEAF - from % LEAF;
	int to = from + 1 + below(below(4) ? (room < 4 ? room : 4) : room);
	uint64_t *pte = entry_of(mm, from, 1);

	switch (below(24)) {
	case 0 ... 7:
		map(mm, from, to);
		break;
	case 8 ... 13:
		if (pte && (*pte & ENTRY_PRESENT))
			page_change(mm, from, pte);
		break;
	case 14 ... 15:
		protect(mm, from, to, POINT_RANGE);
		break;
	case 16:
		protect(mm, from, to, POINT_MM);
		break;
	case 17:
		share(mm, from, to);
		break;
	case 18 ... 20:
		unmap_pages(mm, from, to);
		if (machine.omit != POINT_GATHER)
			tlb_work_gathered(&mm->tlb, slot_address(from),
					  slot_address(to - 1) + PAGE, 0);
		break;
	case 21 ... 22:
		unmap_tables(mm, from, 2 + below(3));
		break;
	case 23:
		if (below(4) == 0) {
			mm_end(mm);
			mm_start(mm);
		}
		break;
	}
}
