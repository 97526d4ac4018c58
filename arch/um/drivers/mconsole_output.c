// SPDX-License-Identifier: GPL-2.0
/*
 * mconsole_output.c - what the kernel prints while a command runs, for the client
 * that gave it: a console of printk.
 */
#include <linux/console.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <init.h>
#include "mconsole.h"

struct output {
	struct list_head list;
	const struct mc_request *req;
};

static DEFINE_SPINLOCK(outputs_lock);
static LIST_HEAD(outputs);

static void output_write(struct console *console, const char *text, unsigned int len)
{
	struct output *output;
	unsigned long flags;

	spin_lock_irqsave(&outputs_lock, flags);
	list_for_each_entry(output, &outputs, list)
		mconsole_reply_len(output->req, text, len, 0, 1);
	spin_unlock_irqrestore(&outputs_lock, flags);
}

static struct console output_console = {
	.name = "mc",
	.write = output_write,
	.flags = CON_ENABLED,
	.index = -1,
};

static int __init output_init(void)
{
	register_console(&output_console);
	return 0;
}
late_initcall(output_init);

/* Whoever takes it from the list says that this was all. */
static void output_end(struct output *output)
{
	unsigned long flags;

	spin_lock_irqsave(&outputs_lock, flags);
	if (!list_empty(&output->list)) {
		list_del_init(&output->list);
		mconsole_reply(output->req, "", 0, 0);
	}
	spin_unlock_irqrestore(&outputs_lock, flags);
}

void mconsole_with_output(struct mc_request *req, void (*proc)(void *), void *arg)
{
	struct output output = { .req = req };
	unsigned long flags;

	spin_lock_irqsave(&outputs_lock, flags);
	list_add(&output.list, &outputs);
	spin_unlock_irqrestore(&outputs_lock, flags);
	proc(arg);
	output_end(&output);
}

void mconsole_output_finish(void)
{
	struct output *output, *next;

	list_for_each_entry_safe(output, next, &outputs, list)
		output_end(output);
}

/* A restart or a halt within a command: sysrq b */
__uml_exitcall(mconsole_output_finish);
