// SPDX-License-Identifier: GPL-2.0
/*
 * mconsole_run.c - the management console: when a request is carried out.
 *
 * An interrupt takes the requests from the socket. What a machine that is stuck
 * should still do is done there, the rest by a thread, one after the other.
 *
 * A stopped machine sleeps on the socket, with interrupts disabled. For a request
 * of the thread's it runs again for as long as that takes, but no task gets back to
 * user mode (user_gate.h): so a sync can be done while all programs stand still.
 *
 * What ends the machine does not queue behind a thread that waits for a dead disk.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/un.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <irq_kern.h>
#include <irq_user.h>
#include <os.h>
#include <uml/machine_end.h>
#include <uml/user_gate.h>
#include "mconsole.h"

#define WAITING_MAX	100

struct entry {
	struct list_head list;
	mc_function run;
	struct mc_request request;
};

static int console_fd = -1;
static char console_path[UNIX_PATH_MAX];
static bool stopped;

static DEFINE_SPINLOCK(waiting_lock);
static LIST_HEAD(waiting);
static unsigned int waiting_count;
static DECLARE_WAIT_QUEUE_HEAD(thread_queue);

void mconsole_later(const struct mc_request *req, mc_function run)
{
	struct entry *entry = NULL;
	unsigned long flags;

	if (waiting_count < WAITING_MAX)
		entry = kmalloc(sizeof(*entry), GFP_NOWAIT | __GFP_NOWARN);
	if (!entry) {
		mconsole_reply(req, waiting_count < WAITING_MAX ?
			       "Out of memory" : "Too many requests wait", 1, 0);
		return;
	}
	entry->run = run;
	entry->request = *req;
	spin_lock_irqsave(&waiting_lock, flags);
	list_add_tail(&entry->list, &waiting);
	waiting_count++;
	spin_unlock_irqrestore(&waiting_lock, flags);
	wake_up(&thread_queue);
}

static struct entry ending;	/* .run: there is one */

static void ending_run(struct work_struct *unused)
{
	ending.run(&ending.request);
}

static DECLARE_WORK(ending_work, ending_run);

void mconsole_end(const struct mc_request *req, mc_function run)
{
	if (ending.run) {
		mconsole_reply(req, "The machine ends already", 1, 0);
		return;
	}
	ending.request = *req;
	WRITE_ONCE(ending.run, run);
	schedule_work(&ending_work);
}

static struct entry *entry_take(void)
{
	struct entry *entry;
	unsigned long flags;

	spin_lock_irqsave(&waiting_lock, flags);
	entry = list_first_entry_or_null(&waiting, struct entry, list);
	if (entry) {
		list_del(&entry->list);
		waiting_count--;
	}
	spin_unlock_irqrestore(&waiting_lock, flags);
	return entry;
}

static void waiting_run(void)
{
	struct entry *entry;

	while ((entry = entry_take())) {
		entry->run(&entry->request);
		kfree(entry);
	}
}

/* Interrupts are disabled. */
static void socket_drain(void)
{
	static struct mc_request req;
	const struct mc_command *command;

	while (mconsole_receive(console_fd, &req)) {
		command = mconsole_command(&req);
		if (!command)
			mconsole_reply(&req, "Unknown command", 1, 0);
		else if (command->at_once)
			command->run(&req);
		else
			mconsole_later(&req, command->run);
	}
}

static irqreturn_t mconsole_interrupt(int irq, void *dev)
{
	socket_drain();
	return IRQ_HANDLED;
}

static int thread_run(void *unused)
{
	for (;;) {
		wait_event_idle(thread_queue, READ_ONCE(waiting_count));
		waiting_run();
	}
	return 0;
}

/* At once, for the thread may be busy with what has to wait for a program. */
static void go_on(void)
{
	WRITE_ONCE(stopped, false);
	user_gate_open();
}

void mconsole_stop(struct mc_request *req)
{
	if (stopped) {
		mconsole_reply(req, "Already stopped", 1, 0);
		return;
	}
	WRITE_ONCE(stopped, true);
	user_gate_close();
	local_irq_disable();
	mconsole_reply(req, "stopped", 0, 0);
	while (READ_ONCE(stopped)) {
		socket_drain();
		/* a machine that shall end has to run */
		if (end_button_pressed())
			go_on();
		if (waiting_count || ending.run) {
			local_irq_enable();
			waiting_run();
			flush_work(&ending_work);
			local_irq_disable();
		} else if (READ_ONCE(stopped)) {
			mconsole_wait(console_fd);
		}
	}
	/* nobody was late, the machine stood still */
	rcu_cpu_stall_reset();
	local_irq_enable();
}

void mconsole_go(struct mc_request *req)
{
	if (!stopped) {
		mconsole_reply(req, "Not stopped", 1, 0);
		return;
	}
	go_on();
	mconsole_reply(req, "", 0, 0);
}

/* From here on there is nothing that could answer. */
static int mconsole_reboot_notify(struct notifier_block *self, unsigned long what,
				  void *data)
{
	mconsole_socket_remove(console_path);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_block = {
	.notifier_call = mconsole_reboot_notify,
};

static int __init mconsole_start(void)
{
	struct task_struct *thread;
	int fd, err;

	err = umid_file_name("mconsole", console_path, sizeof(console_path));
	if (err)
		return err;
	thread = kthread_run(thread_run, NULL, "mconsole");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	fd = os_create_unix_socket(console_path, sizeof(console_path), 1);
	if (fd < 0) {
		pr_err("mconsole: socket %s: error %d\n", console_path, fd);
		return fd;
	}
	console_fd = fd;
	err = os_set_fd_block(fd, 0);
	if (!err)
		err = um_request_irq(MCONSOLE_IRQ, fd, IRQ_READ, mconsole_interrupt,
				     0, "mconsole", &console_fd);
	if (err < 0) {
		pr_err("mconsole: no interrupt for its socket: error %d\n", err);
		os_close_file(fd);
		return err;
	}
	register_reboot_notifier(&reboot_block);
	mconsole_tell(MCONSOLE_SOCKET, console_path, strlen(console_path) + 1);
	pr_info("mconsole (version 2) initialized on %s\n", console_path);
	return 0;
}
__initcall(mconsole_start);
