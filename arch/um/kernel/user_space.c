// SPDX-License-Identifier: GPL-2.0
/*
 * user_space.c - the address space that is loaded in a CPU; see user_space.h. Used
 * by backends that run user code on the kernel's own page tables.
 *
 * CR3 stays when a task leaves user mode and goes: the CPU walks the kernel half
 * of that table until another one is loaded. So the mm that it belongs to is held,
 * as natively a kernel thread holds the mm that it borrows.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>
#include <as-layout.h>
#include <uml/backend.h>
#include <uml/proc_um.h>
#include <uml/tlb_work.h>
#include <uml/user_space.h>

extern unsigned long uml_reserved, high_physmem;

static struct mm_struct *loaded_mm, *left_mm;

unsigned long user_space_root(void)
{
	struct mm_struct *mm = current->mm;

	if (loaded_mm != mm) {
		mmgrab(mm);
		left_mm = loaded_mm;
		loaded_mm = mm;
	}
	return __pa(mm->pgd);
}

void user_space_left(void)
{
	if (!left_mm)
		return;
	mmdrop(left_mm);
	left_mm = NULL;
}

struct tlb_work *user_space_tlb(void)
{
	return &current->mm->context.tlb;
}

int user_work_pending(void)
{
	return test_thread_flag(TIF_NEED_RESCHED) || test_thread_flag(TIF_SIGPENDING) ||
		test_thread_flag(TIF_NOTIFY_SIGNAL) || test_thread_flag(TIF_NOTIFY_RESUME);
}

int user_code_prefix(unsigned char byte)
{
	switch (byte) {
	case 0x26: case 0x2e: case 0x36: case 0x3e: case 0x64: case 0x65:
	case 0x66: case 0x67: case 0xf0: case 0xf2: case 0xf3:
		return 1;
	}
	return (byte & 0xf0) == 0x40;	/* REX */
}

int user_step_sets_flag(unsigned long ip)
{
	unsigned int i;
	u8 code[15];

	if (copy_from_user(code, (void __user *)ip, sizeof(code)) &&
	    copy_from_user(code, (void __user *)ip, 2))
		return 0;
	for (i = 0; i < sizeof(code) && user_code_prefix(code[i]); i++)
		;
	return i < sizeof(code) && (code[i] == 0x9d || code[i] == 0xcf);
}

static int exits_show(struct seq_file *m, void *unused)
{
	const char *name;
	unsigned long value;
	unsigned int i;

	for (i = 0; (name = backend->count(i, &value)); i++)
		seq_printf(m, "%s %lu\n", name, value);
	return 0;
}

/* Where the backend's own pages are in every address space. */
static int entry_show(struct seq_file *m, void *unused)
{
	unsigned long start, end;

	backend->entry_region(&start, &end);
	seq_printf(m, "%lx-%lx\n", start, end);
	return 0;
}

static int __init exits_init(void)
{
	if (backend->count)
		proc_um_add("exits", exits_show);
	if (backend->entry_region)
		proc_um_add("entry", entry_show);
	return 0;
}
device_initcall(exits_init);

/* Before the first mm is made, which copies the kernel half of this table. */
static int __init user_memory_init(void)
{
	int err;

	if (!backend->own_page_tables)
		return 0;
	err = backend->memory_add(__pa(uml_reserved), high_physmem - uml_reserved,
				  (void *)uml_reserved, "memory");
	if (!err && end_iomem > high_physmem)
		err = backend->memory_add(__pa(high_physmem), end_iomem - high_physmem,
					  (void *)high_physmem, "iomem");
	if (err)
		panic("backend %s can't have the memory of this machine; try backend=skas or less mem=",
		      backend->name);
	backend->root_init((unsigned long *)swapper_pg_dir);
	return 0;
}
early_initcall(user_memory_init);
