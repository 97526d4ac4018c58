// SPDX-License-Identifier: GPL-2.0
/*
 * power.c - the power button (SIGTERM to ./linux), and what is left to do when
 * the kernel has panicked or wants to restart.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/syscalls.h>
#include <linux/workqueue.h>
#include <init.h>
#include <irq_kern.h>
#include <os.h>
#include <uml/line_output.h>
#include <uml/machine_end.h>

/* Where no init has taken ctrl-alt-del over, it restarts at once. */
static void button_work_run(struct work_struct *unused)
{
	ksys_sync();
	ctrl_alt_del();
}

static DECLARE_WORK(button_work, button_work_run);

static irqreturn_t button_interrupt(int irq, void *dev)
{
	end_button_read((long)dev);
	line_output_hurry();
	pr_info("power button: ctrl-alt-del\n");
	schedule_work(&button_work);
	return IRQ_HANDLED;
}

static int __init button_init(void)
{
	int fd = end_button_open(), err;

	if (fd < 0) {
		pr_err("no power button: %d\n", fd);
		return fd;
	}
	err = um_request_irq(UM_IRQ_ALLOC, fd, IRQ_READ, button_interrupt, 0,
			     "power button", (void *)(long)fd);
	if (err < 0)
		pr_err("no power button: request of its interrupt: %d\n", err);
	return err < 0 ? err : 0;
}
late_initcall(button_init);

/* The button means off, though ctrl-alt-del restarts. */
void restart_or_end(void)
{
	if (end_button_pressed())
		halt_skas();
	reboot_skas();
}

/*
 * A panic notifier's last word. With panic=<seconds> panic() goes on: it waits
 * and restarts.
 */
void panic_finish(void)
{
	if (panic_timeout > 0)
		return;
	line_output_finish_all();
	if (panic_timeout < 0)
		end_now(END_STATUS_PANIC);
	end_panic();
}

__uml_help(panic_finish,
"panic=<seconds>\n"
"    What a kernel panic does. By default, and with 0, ./linux ends: with a core\n"
"    dump if the limit (ulimit -c) allows one, else with exit status 1. A positive\n"
"    number restarts the machine after so many seconds, or with noreboot ends it\n"
"    with status 1. A negative one ends it at once with status 1.\n\n"
);
