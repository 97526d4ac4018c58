/* SPDX-License-Identifier: GPL-2.0 */
/*
 * page_tables.h - what our page tables add to <asm/pgtable.h> and pgalloc.h.
 */
#ifndef UML_PAGE_TABLES_H
#define UML_PAGE_TABLES_H

struct mm_struct;

/* Does the CPU run user code on the kernel's page tables? The backend's answer. */
extern int own_page_tables;

/*
 * The flush of [start, end) that common mm code asks for: recorded for the CPU,
 * or for um_tlb_sync(). The kernel's own mappings are always the host's.
 */
#define mm_range_flush(mm, start, end)					\
do {									\
	if (own_page_tables && (mm) != &init_mm)			\
		tlb_work_add(&(mm)->context.tlb, start, end);		\
	else								\
		um_tlb_mark_sync(mm, start, end);			\
} while (0)

/* kernel/page_tables.c has these instead of asm-generic/pgalloc.h */
#define __HAVE_ARCH_PTE_ALLOC_ONE
#define __HAVE_ARCH_PMD_ALLOC_ONE
#define __HAVE_ARCH_PUD_ALLOC_ONE
extern pgtable_t pte_alloc_one(struct mm_struct *mm);
extern pmd_t *pmd_alloc_one(struct mm_struct *mm, unsigned long addr);
extern pud_t *pud_alloc_one(struct mm_struct *mm, unsigned long addr);

#define __pud_free_tlb(tlb, pud, address)				\
do {									\
	pagetable_pud_dtor(virt_to_ptdesc(pud));			\
	tlb_remove_page_ptdesc(tlb, virt_to_ptdesc(pud));		\
} while (0)

#endif
