/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UML_PAGE_TABLES_H
#define UML_PAGE_TABLES_H

/* Does the CPU run user code on the kernel's page tables? The backend's answer. */
extern int own_page_tables;

/* kernel/page_tables.c has these instead of asm-generic/pgalloc.h */
#define __HAVE_ARCH_PTE_ALLOC_ONE
#define __HAVE_ARCH_PMD_ALLOC_ONE
#define __HAVE_ARCH_PUD_ALLOC_ONE
extern pgtable_t pte_alloc_one(struct mm_struct *mm);
extern pmd_t *pmd_alloc_one(struct mm_struct *mm, unsigned long addr);
extern pud_t *pud_alloc_one(struct mm_struct *mm, unsigned long addr);

#endif
