// SPDX-License-Identifier: GPL-2.0
/*
 * page_tables.c - new tables for user mappings.
 *
 * Under skas the host's mappings follow the tables at the next entry to user
 * mode. A system call can free a table and make a new one at the same place
 * before that. The mark "changed" (_PAGE_NEWPAGE) of what was unmapped went
 * with the old table, so each entry of a new one starts with it: what stays
 * empty and is in the range to be synchronised is unmapped on the host. Else
 * the process would go on reading pages that belong to others by now.
 *
 * Where the CPU uses these tables themselves there is nothing to catch up with.
 */
#include <linux/mm.h>
#include <asm/pgalloc.h>
#include <asm/pgtable.h>

/* uml/tlb_work.h names the bits too, for what sees no kernel header */
static_assert(ENTRY_PRESENT == _PAGE_PRESENT && ENTRY_WRITE == _PAGE_RW &&
	      ENTRY_USER == _PAGE_USER && ENTRY_ACCESSED == _PAGE_ACCESSED &&
	      ENTRY_DIRTY == _PAGE_DIRTY && ENTRY_NX == _PAGE_NX &&
	      ENTRY_ADDRESS == PTE_PFN_MASK);
static_assert((ENTRY_SOFTWARE & (_PAGE_NEWPAGE | _PAGE_NEWPROT)) ==
	      (_PAGE_NEWPAGE | _PAGE_NEWPROT));

static void entries_mark(void *table)
{
	unsigned long *entry = table;
	unsigned int i;

	if (own_page_tables)
		return;
	for (i = 0; i < PAGE_SIZE / sizeof(*entry); i++)
		entry[i] = _PAGE_NEWPAGE;
}

pgtable_t pte_alloc_one(struct mm_struct *mm)
{
	pgtable_t page = __pte_alloc_one(mm, GFP_PGTABLE_USER);

	if (page)
		entries_mark(page_address(page));
	return page;
}

pmd_t *pmd_alloc_one(struct mm_struct *mm, unsigned long addr)
{
	bool user = mm != &init_mm;	/* kernel tables are not freed */
	struct ptdesc *table;

	table = pagetable_alloc(user ? GFP_PGTABLE_USER : GFP_PGTABLE_KERNEL, 0);
	if (!table)
		return NULL;
	if (!pagetable_pmd_ctor(table)) {
		pagetable_free(table);
		return NULL;
	}
	if (user)
		entries_mark(ptdesc_address(table));
	return ptdesc_address(table);
}

pud_t *pud_alloc_one(struct mm_struct *mm, unsigned long addr)
{
	pud_t *table = __pud_alloc_one(mm, addr);

	if (table && mm != &init_mm)
		entries_mark(table);
	return table;
}
