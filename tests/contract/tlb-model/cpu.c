// SPDX-License-Identifier: GPL-2.0
/*
 * cpu.c - the CPU of the model, and a host that shadows page tables.
 *
 * It is a bad one: a flush of a page drops the translation of that page and
 * nothing else, not the upper-level entries on the way to it as real ones do.
 */
#include "model.h"

/* What it remembers of the loaded root: an entry for each page and each upper level */
static struct {
	int root;
	uint64_t seen[5][SLOTS]; /* by level; the first slot that an entry covers */
} tlb;

/* What the host remembers of each table that was used as one of this level */
static bool shadowing;
static struct {
	bool used;
	uint64_t entry[512];
} shadow[TABLES][5];

static int first_slot(int slot, int level)
{
	int size = level == 1 ? 1 : LEAF << (level - 2);

	return slot / size * size;
}

/* Does a remembered entry allow what the true one does not? */
static bool stale(uint64_t seen, uint64_t true_entry)
{
	uint64_t rights = ENTRY_WRITE | ENTRY_USER | ENTRY_DIRTY;

	if (!(seen & ENTRY_PRESENT))
		return false;
	if (!(true_entry & ENTRY_PRESENT) || table_of(seen) != table_of(true_entry))
		return true;
	return (seen & rights & ~true_entry) || (true_entry & ENTRY_NX & ~seen);
}

static const char *shadows_check(void)
{
	for (int t = 0; t < TABLES; t++) {
		for (int level = 1; level <= 4; level++) {
			if (!shadow[t][level].used)
				continue;
			for (int i = 0; i < 512; i++) {
				if (machine.level[t] != level) {
					if (shadow[t][level].entry[i] & ENTRY_PRESENT)
						return "the host has an entry of a table that was freed";
					continue;
				}
				if (stale(shadow[t][level].entry[i], machine.table[t][i]))
					return level == 1 ? "the host has an old leaf entry"
							  : "the host has an old upper entry";
			}
		}
	}
	return NULL;
}

static const char *tlb_check(const struct mm *mm)
{
	for (int level = 4; level >= 1; level--) {
		for (int slot = 0; slot < SLOTS; slot = first_slot(slot, level) +
		     (level == 1 ? 1 : LEAF << (level - 2))) {
			uint64_t *entry = entry_of(mm, slot, level);

			if (stale(tlb.seen[level][slot], entry ? *entry : 0))
				return level == 1 ? "the TLB has an old page"
						  : "the TLB has an old upper entry";
		}
	}
	return NULL;
}

/*
 * The stores that guest-entry does: the host drops what it had of these entries,
 * of whatever level it took the table for. Too many: it drops everything.
 */
static void shadows_forget(void)
{
	struct table_work *notes = &machine.notes;

	if (table_work_overflow(notes)) {
		memset(shadow, 0, sizeof(shadow));
	} else {
		for (unsigned int i = 0; i < notes->count; i++)
			for (int level = 1; level <= 4; level++)
				shadow[notes->entry[i] / PAGE][level]
					.entry[notes->entry[i] % PAGE / 8] = 0;
	}
	table_work_clear(notes);
}

static void tlb_forget(struct mm *mm)
{
	if (tlb.root != mm->pgd || mm->tlb.count > TLB_WORK_PAGES) {
		memset(&tlb, 0, sizeof(tlb));
		tlb.root = mm->pgd;
	} else {
		for (unsigned int i = 0; i < mm->tlb.count; i++)
			for (int slot = 0; slot < SLOTS; slot++)
				if (slot_address(slot) == mm->tlb.page[i])
					tlb.seen[1][slot] = 0;
	}
	tlb_work_clear(&mm->tlb);
}

static uint64_t entry_read(int table, int level, int index, bool again)
{
	uint64_t *copy = &shadow[table][level].entry[index];

	if (!shadowing)
		return machine.table[table][index];
	if (again || !(*copy & ENTRY_PRESENT)) {
		*copy = machine.table[table][index];
		shadow[table][level].used = true;
	}
	return *copy;
}

static bool allows(uint64_t entry, bool write)
{
	return (entry & ENTRY_PRESENT) && (!write || (entry & ENTRY_WRITE));
}

/* Touch a page. A fault is not handled: the kernel's steps come by themselves. */
static void touch(int slot, bool write)
{
	uint64_t entry = 0;
	int table = tlb.root;

	for (int level = 4; level > 1; level--) {
		uint64_t *seen = &tlb.seen[level][first_slot(slot, level)];

		if (!(*seen & ENTRY_PRESENT))
			*seen = entry_read(table, level, slot_index(slot, level), false);
		if (!(*seen & ENTRY_PRESENT))
			return;
		table = table_of(*seen);
	}
	entry = tlb.seen[1][slot];
	for (int again = 0; again < 2 && !allows(entry, write); again++)
		entry = entry_read(table, 1, slot_index(slot, 1), again);
	if (!allows(entry, write)) {
		tlb.seen[1][slot] = 0; /* as a page fault does */
		return;
	}
	entry |= ENTRY_ACCESSED | (write ? ENTRY_DIRTY : 0);
	machine.table[table][slot_index(slot, 1)] |= entry & (ENTRY_ACCESSED | ENTRY_DIRTY);
	if (shadowing)
		shadow[table][1].entry[slot_index(slot, 1)] = entry;
	tlb.seen[1][slot] = entry;
}

void cpu_start(bool with_shadow)
{
	memset(&tlb, 0, sizeof(tlb));
	memset(shadow, 0, sizeof(shadow));
	shadowing = with_shadow;
}

const char *cpu_run(struct mm *mm)
{
	const char *wrong = NULL;

	shadows_forget();
	tlb_forget(mm);
	if (shadowing)
		wrong = shadows_check();
	if (!wrong)
		wrong = tlb_check(mm);
	if (wrong)
		return wrong;
	for (int i = rng_below(&machine.rng, 40); i > 0; i--)
		touch(rng_below(&machine.rng, SLOTS), rng_below(&machine.rng, 2));
	return NULL;
}
