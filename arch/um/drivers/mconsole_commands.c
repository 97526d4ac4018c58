// SPDX-License-Identifier: GPL-2.0
/*
 * mconsole_commands.c - the commands of the management console, and those that need
 * no more than a few lines.
 */
#include <linux/array_size.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/sched/debug.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/sysrq.h>
#include <linux/utsname.h>
#include <linux/workqueue.h>
#include <uml/line_output.h>
#include "mconsole.h"

static void run_version(struct mc_request *req)
{
	struct new_utsname *name = utsname();
	char text[sizeof(*name)];

	snprintf(text, sizeof(text), "%s %s %s %s %s", name->sysname,
		 name->nodename, name->release, name->version, name->machine);
	mconsole_reply(req, text, 0, 0);
}

static void run_help(struct mc_request *req)
{
	mconsole_reply(req,
		"Commands:\n"
		"    version              the kernel's version\n"
		"    help                 this text\n"
		"    halt                 end the machine now, without a shutdown\n"
		"    reboot               start it anew, without a shutdown\n"
		"    config DEV=SETTING   add a device, as on the command line\n"
		"    config DEV           how a device is configured\n"
		"    config mem=-SIZE     give memory back to the host; +SIZE: take it again\n"
		"    remove DEV           remove a device\n"
		"    sysrq LETTER         what the SysRq key and this letter do; h lists them\n"
		"    cad                  press ctrl-alt-del\n"
		"    stop                 stop the machine, until it gets a 'go'\n"
		"    go                   go on\n"
		"    log TEXT             put the text into the kernel's log\n"
		"    proc FILE            what is in /proc/FILE\n"
		"    stack PID            the kernel stack of a task\n"
		"To copy a disk: stop, sysrq s, copy the file, go.\n", 0, 0);
}

/* Neither shuts down, so that they work whatever state the machine is in. */
static void halt_now(struct mc_request *req)
{
	mconsole_reply(req, "", 0, 0);
	machine_halt();
}

static void reboot_now(struct mc_request *req)
{
	mconsole_reply(req, "", 0, 0);
	machine_restart(NULL);
}

static void run_halt(struct mc_request *req)
{
	mconsole_end(req, halt_now);
}

static void run_reboot(struct mc_request *req)
{
	mconsole_end(req, reboot_now);
}

static void run_cad(struct mc_request *req)
{
	mconsole_reply(req, "", 0, 0);
	line_output_hurry();
	ctrl_alt_del();
}

static void run_log(struct mc_request *req)
{
	/* uml_mconsole sends the end of the line as a text of its own */
	if (*mconsole_args(req))
		pr_warn("%s\n", mconsole_args(req));
	mconsole_reply(req, "", 0, 0);
}

static void stack_show(void *task)
{
	show_stack(task, NULL, KERN_INFO);
}

static void run_stack(struct mc_request *req)
{
	struct task_struct *task;
	int pid;

	if (kstrtoint(mconsole_args(req), 10, &pid)) {
		mconsole_reply(req, "Please specify a pid", 1, 0);
		return;
	}
	rcu_read_lock();
	task = find_task_by_pid_ns(pid, &init_pid_ns);
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	if (!task) {
		mconsole_reply(req, "Couldn't find that pid", 1, 0);
		return;
	}
	mconsole_with_output(req, stack_show, task);
	put_task_struct(task);
}

#ifdef CONFIG_MAGIC_SYSRQ
static void key_press(void *key)
{
	handle_sysrq(*(char *)key);
}

/* As handle_sysrq() does it, but that only starts one, which waits for no journal. */
static void sync_all(void *key)
{
	int mask = sysrq_mask();

	if (mask != 1 && !(mask & SYSRQ_ENABLE_SYNC)) {
		key_press(key);
		return;
	}
	pr_info("sysrq: Emergency Sync\n");
	ksys_sync();
	pr_info("Emergency Sync complete\n");
}

/* What schedule_work() uses; in older 6.12 kernels that is system_wq. */
extern struct workqueue_struct *system_percpu_wq __weak;

/* What a key leaves to a worker is done when it is answered. */
static void key_finish(void *key)
{
	key_press(key);
	__flush_workqueue(&system_percpu_wq ? system_percpu_wq : system_wq);
}

static void key_sync(struct mc_request *req)
{
	mconsole_with_output(req, sync_all, mconsole_args(req));
}

static void key_slow(struct mc_request *req)
{
	mconsole_with_output(req, key_finish, mconsole_args(req));
}

static void key_now(struct mc_request *req)
{
	mconsole_with_output(req, key_press, mconsole_args(req));
}

static void run_sysrq(struct mc_request *req)
{
	switch (*mconsole_args(req)) {
	case 's':
		mconsole_later(req, key_sync);
		break;
	case 'f': case 'j': case 'u':
		mconsole_later(req, key_slow);
		break;
	case 'b':
		/* devices can't be ended in an interrupt */
		mconsole_end(req, key_now);
		break;
	default:
		key_now(req);
	}
}
#else
static void run_sysrq(struct mc_request *req)
{
	mconsole_reply(req, "Sysrq not compiled in", 1, 0);
}
#endif

static const struct mc_command commands[] = {
	{ "version", run_version },
	{ "help", run_help, .at_once = 1 },
	{ "halt", run_halt, .at_once = 1 },
	{ "reboot", run_reboot, .at_once = 1 },
	{ "config", mconsole_config },
	{ "remove", mconsole_remove },
	{ "sysrq", run_sysrq, .at_once = 1 },
	{ "cad", run_cad, .at_once = 1 },
	{ "stop", mconsole_stop },
	{ "go", mconsole_go, .at_once = 1 },
	{ "log", run_log, .at_once = 1 },
	{ "proc", mconsole_proc },
	{ "stack", run_stack, .at_once = 1 },
};

const struct mc_command *mconsole_command(struct mc_request *req)
{
	unsigned int i;
	size_t length;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		length = strlen(commands[i].name);
		if (strncmp(req->text, commands[i].name, length) ||
		    (req->text[length] && !isspace(req->text[length])))
			continue;
		req->args = skip_spaces(req->text + length) - req->text;
		return &commands[i];
	}
	return NULL;
}
