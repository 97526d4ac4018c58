/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UML_TLB_WORK_H
#define UML_TLB_WORK_H
#ifdef __UM_HOST__
#include <stdint.h>
#else
#include <linux/types.h>
#endif
#define TLB_WORK_PAGES 32
struct tlb_work { uint32_t count; uint32_t reserved; uint64_t page[TLB_WORK_PAGES]; };
static inline int tlb_work_is_all(const struct tlb_work *w) { return w->count > TLB_WORK_PAGES; }
static inline void tlb_work_clear(struct tlb_work *w) { w->count = 0; }
#define TABLE_WORK_ENTRIES 500
struct table_work { uint32_t count; uint64_t entry[TABLE_WORK_ENTRIES]; };
extern struct table_work table_work;
extern int table_work_wanted;
static inline int table_work_overflow(const struct table_work *w) { return w->count > TABLE_WORK_ENTRIES; }
static inline void table_work_clear(struct table_work *w) { w->count = 0; }
#endif
