// SPDX-License-Identifier: GPL-2.0
/*
 * table_work.c - the kernel's side of uml/table_work.h.
 */
#include <linux/init.h>
#include <linux/irqflags.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <asm/page.h>
#include <uml/table_work.h>

int table_work_wanted __ro_after_init;
EXPORT_SYMBOL(table_work_wanted);

static struct table_work table_work;

void table_work_note(const void *entry)
{
	unsigned long flags;

	local_irq_save(flags);
	table_work_put(&table_work, __pa(entry));
	local_irq_restore(flags);
}
EXPORT_SYMBOL(table_work_note);

unsigned int table_work_take(uint64_t *pages, unsigned int max)
{
	unsigned long flags;
	unsigned int got;

	local_irq_save(flags);
	got = table_work_get(&table_work, pages, max);
	local_irq_restore(flags);
	return got;
}

/* Before the first process: the kernel's own tables are nothing to the guest */
static int __init table_work_init(void)
{
	unsigned long words = DIV_ROUND_UP(max_pfn, 64);

	if (!table_work_wanted)
		return 0;
	table_work.noted = kvcalloc(words, sizeof(uint64_t), GFP_KERNEL);
	if (!table_work.noted)
		panic("no memory for the bitmap of page tables\n");
	table_work.words = words;
	return 0;
}
early_initcall(table_work_init);
