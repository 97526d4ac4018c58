// SPDX-License-Identifier: GPL-2.0
/*
 * table_work.c - the kernel's side of uml/table_work.h.
 */
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <asm/page.h>
#include <uml/table_work.h>

int table_work_wanted __ro_after_init;
EXPORT_SYMBOL(table_work_wanted);

struct table_work table_work;

void table_work_note(const void *entry)
{
	unsigned long flags;

	local_irq_save(flags);
	table_work_put(&table_work, __pa(entry));
	local_irq_restore(flags);
}
EXPORT_SYMBOL(table_work_note);
