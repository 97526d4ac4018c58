// SPDX-License-Identifier: GPL-2.0
/*
 * proc_um.c - /proc/um, where a guest finds out what it runs on.
 *
 *	backend	how user code is run
 *	umid	the machine's name on the host
 *	host	the host's kernel, CPU, and size of a task's extended
 *		state, what the backend found out about it
 *	exits	how often the backend did what, see uml/exits.h
 *	input	what /dev/console reads from: a terminal (or socket), a stream (file,
 *		pipe) that has an end, or none (drivers/chan_input.c)
 *	entry	the addresses of its own pages in each address space
 *	memory	the memory file, and how much of it the host backs (backing.c)
 */
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <os.h>
#include <uml/backend.h>
#include <uml/host_info.h>
#include <uml/proc_um.h>
#include <uml/xstate.h>

static struct proc_dir_entry *folder;

void proc_um_add(const char *name, int (*show)(struct seq_file *, void *))
{
	if (!folder)
		folder = proc_mkdir("um", NULL);
	if (!folder || !proc_create_single(name, 0444, folder, show))
		pr_err("/proc/um/%s can't be made\n", name);
}

static int backend_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s\n", backend->name);
	return 0;
}

static int umid_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s\n", get_umid());
	return 0;
}

static int host_show(struct seq_file *m, void *unused)
{
	char text[256];

	host_kernel_name(text, sizeof(text));
	seq_printf(m, "kernel: %s\n", text);
	host_cpu_name(text, sizeof(text));
	seq_printf(m, "cpu: %s\n", text);
	seq_printf(m, "xstate: %u bytes\n", xstate_info.size);
	if (backend->report)
		seq_puts(m, backend->report());
	return 0;
}

static int __init proc_um_init(void)
{
	proc_um_add("backend", backend_show);
	proc_um_add("umid", umid_show);
	proc_um_add("host", host_show);
	return 0;
}
device_initcall(proc_um_init);
