/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pgtable-4level.h - the page tables of x86-64 CPUs: four levels of 512
 * entries (Intel SDM vol. 3, 4.5; AMD APM vol. 2, 5.3). A p4d is a pgd entry.
 *
 * An upper-level entry that is not present holds nothing but _PAGE_NEWPAGE. In
 * a present one the CPU sets A; D is ignored there.
 */
#ifndef UML_PGTABLE_4LEVEL_H
#define UML_PGTABLE_4LEVEL_H

#define PGDIR_SHIFT	39
#define PGDIR_SIZE	(1UL << PGDIR_SHIFT)
#define PGDIR_MASK	(~(PGDIR_SIZE - 1))
#define PUD_SHIFT	30
#define PUD_SIZE	(1UL << PUD_SHIFT)
#define PUD_MASK	(~(PUD_SIZE - 1))
#define PMD_SHIFT	21
#define PMD_SIZE	(1UL << PMD_SHIFT)
#define PMD_MASK	(~(PMD_SIZE - 1))

#define PTRS_PER_PGD	512
#define PTRS_PER_PUD	512
#define PTRS_PER_PMD	512
#define PTRS_PER_PTE	512

/* The lower half is the user's whatever TASK_SIZE is; each mm shares the upper */
#define USER_PTRS_PER_PGD 256

#include <asm-generic/pgtable-nop4d.h>

typedef struct { unsigned long pud; } pud_t;
#define pud_val(x)	((x).pud)
#define __pud(x)	((pud_t) { (x) })

#include <uml/page_tables.h>
#include <uml/table_work.h>

#define pte_ERROR(e) pr_err("%s:%d: bad pte %016lx\n", __FILE__, __LINE__, pte_val(e))
#define pmd_ERROR(e) pr_err("%s:%d: bad pmd %016lx\n", __FILE__, __LINE__, pmd_val(e))
#define pud_ERROR(e) pr_err("%s:%d: bad pud %016lx\n", __FILE__, __LINE__, pud_val(e))
#define pgd_ERROR(e) pr_err("%s:%d: bad pgd %016lx\n", __FILE__, __LINE__, pgd_val(e))

/* Low bits that an entry with a table behind it may have in any combination */
#define TABLE_FREE_BITS	(_PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)

static inline int table_entry_bad(unsigned long entry)
{
	return (entry & ~PAGE_MASK & ~TABLE_FREE_BITS) !=
	       (_PAGE_PRESENT | _PAGE_RW);
}

#define pud_none(x)	(!(pud_val(x) & ~_PAGE_NEWPAGE))
#define pud_bad(x)	table_entry_bad(pud_val(x))
#define pud_present(x)	(pud_val(x) & _PAGE_PRESENT)
#define p4d_none(x)	(!(p4d_val(x) & ~_PAGE_NEWPAGE))
#define p4d_bad(x)	table_entry_bad(p4d_val(x))
#define p4d_present(x)	(p4d_val(x) & _PAGE_PRESENT)

/* Each store to an entry of any level, but for _PAGE_NEWPAGE and _PAGE_NEWPROT */
static inline void table_entry_set(unsigned long *entry, unsigned long value)
{
	if (unlikely(table_work_wanted) && entry_needs_note(*entry, value))
		table_work_note(entry);
	*entry = value;
}

#define set_pmd(ptr, value)	table_entry_set(&pmd_val(*(ptr)), pmd_val(value))
#define set_pud(ptr, value)	table_entry_set(&pud_val(*(ptr)), pud_val(value))
#define set_p4d(ptr, value)	table_entry_set(&p4d_val(*(ptr)), p4d_val(value))

#define pud_clear(ptr)	set_pud(ptr, __pud(_PAGE_NEWPAGE))
#define p4d_clear(ptr)	set_p4d(ptr, __p4d(_PAGE_NEWPAGE))

#define pud_populate(mm, ptr, table) \
	set_pud(ptr, __pud(_PAGE_TABLE | __pa(table)))
#define p4d_populate(mm, ptr, table) \
	set_p4d(ptr, __p4d(_PAGE_TABLE | __pa(table)))

#define pud_pfn(x)	((pud_val(x) & PTE_PFN_MASK) >> PAGE_SHIFT)
#define pud_page(x)	pfn_to_page(pud_pfn(x))
#define pud_pgtable(x)	((pmd_t *) __va(pud_val(x) & PTE_PFN_MASK))
#define p4d_page(x)	phys_to_page(p4d_val(x) & PTE_PFN_MASK)
#define p4d_pgtable(x)	((pud_t *) __va(p4d_val(x) & PTE_PFN_MASK))

/* for um_tlb_sync(): what there is to say about a pgd entry, the p4d says */
static inline int pgd_newpage(pgd_t pgd) { return 0; }
static inline void pgd_mkuptodate(pgd_t pgd) { }

static inline unsigned long pte_pfn(pte_t pte)
{
	return phys_to_pfn(pte_val(pte) & PTE_PFN_MASK);
}

static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return __pte(pfn_to_phys(pfn) | pgprot_val(prot));
}

static inline pmd_t pfn_pmd(unsigned long pfn, pgprot_t prot)
{
	return __pmd(pfn_to_phys(pfn) | pgprot_val(prot));
}

#endif
