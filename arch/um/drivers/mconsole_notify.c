// SPDX-License-Identifier: GPL-2.0
/*
 * mconsole_notify.c - what the machine says of its own accord to the socket of
 * mconsole=notify: that it has a management console, that it panics, and what a
 * program inside writes to /proc/mconsole.
 */
#include <linux/init.h>
#include <linux/panic_notifier.h>
#include <linux/printk.h>
#include <linux/proc_fs.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <init.h>
#include "mconsole.h"

static char *notify_socket;

char *mconsole_notify_socket(void)
{
	return notify_socket;
}
EXPORT_SYMBOL(mconsole_notify_socket);

void mconsole_tell(enum mc_message type, const void *data, int len)
{
	int err;

	if (!notify_socket)
		return;
	err = mconsole_message(notify_socket, type, data, len);
	if (err)
		pr_err("mconsole=notify:%s: error %d\n", notify_socket, err);
}

static int __init notify_setup(char *text)
{
	static const char notify[] = "notify:";

	if (!strncmp(text, notify, strlen(notify)))
		notify_socket = text + strlen(notify);
	else
		pr_err("mconsole=%s: there is notify:<socket>\n", text);
	return 1;
}
__setup("mconsole=", notify_setup);

__uml_help(notify_setup,
"mconsole=notify:<socket>\n"
"    Requests that the mconsole driver send a message to the named Unix\n"
"    socket containing the name of the mconsole socket.  This also serves\n"
"    to notify outside processes when UML has booted far enough to respond\n"
"    to mconsole requests.\n\n"
);

static ssize_t notify_write(struct file *file, const char __user *from,
			    size_t count, loff_t *pos)
{
	char data[MCONSOLE_MAX_DATA];
	size_t used = min(count, sizeof(data));

	if (copy_from_user(data, from, used))
		return -EFAULT;
	mconsole_tell(MCONSOLE_USER_NOTIFY, data, used);
	return count;
}

static const struct proc_ops notify_ops = {
	.proc_write = notify_write,
	.proc_lseek = noop_llseek,
};

/* Clients that wait for the end of an answer have to hear that this was it. */
static int notify_panic(struct notifier_block *self, unsigned long unused,
			void *message)
{
	mconsole_output_finish();
	mconsole_tell(MCONSOLE_PANIC, message, strlen(message) + 1);
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call = notify_panic,
	.priority = INT_MAX,	/* before the one that ends the machine */
};

static int __init notify_init(void)
{
	atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
	if (notify_socket && !proc_create("mconsole", 0200, NULL, &notify_ops))
		pr_err("no /proc/mconsole\n");
	return 0;
}
__initcall(notify_init);
