/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UML_PAGE_TABLES_H
#define UML_PAGE_TABLES_H

/* kernel/page_tables.c has these instead of asm-generic/pgalloc.h */
#define __HAVE_ARCH_PTE_ALLOC_ONE
#define __HAVE_ARCH_PMD_ALLOC_ONE
extern pgtable_t pte_alloc_one(struct mm_struct *mm);
extern pmd_t *pmd_alloc_one(struct mm_struct *mm, unsigned long addr);

#endif
