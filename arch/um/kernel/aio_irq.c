// SPDX-License-Identifier: GPL-2.0
/*
 * aio_irq.c - the kernel's side of the AIO service: its interrupt, its option,
 * its counts in /proc/um/aio. See aio.h.
 */
#include <linux/init.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <init.h>
#include <irq_kern.h>
#include <irq_user.h>
#include <kern_util.h>
#include <uml/aio.h>
#include <uml/aio_irq.h>
#include <uml/proc_um.h>

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "aio."

#define POLL_SHARE 8

/* 1024 machines' rings fit in what a host allows (fs.aio-max-nr, 65536) */
static unsigned int ring_size = 64;
module_param_named(ring, ring_size, uint, 0444);
__uml_help(ring_size,
"aio.ring=<number>\n"
"    How many disk requests the host shall hold at once for this machine, 64\n"
"    if not given. More wait in the machine. 0: use threads only.\n\n"
);

static DEFINE_MUTEX(start_lock);
static int aio_irq;	/* 0: not started */

static irqreturn_t aio_handler(int irq, void *unused)
{
	struct aio_request *request;
	unsigned long flags;

	local_irq_save(flags);
	while ((request = aio_next_done()))
		request->done(request);
	/* what found the ring full, and what done() has added */
	aio_submit();
	local_irq_restore(flags);
	return IRQ_HANDLED;
}

void aio_interrupt(struct uml_pt_regs *regs, bool signalled)
{
	if (signalled)
		aio_counts.interrupts++;
	else
		aio_counts.polls++;
	do_IRQ(aio_irq, regs);
}

/*
 * Few of many are not worth an interrupt: more will be done when user mode is left
 * next, and if that takes long the service's thread sends its signal.
 */
void aio_poll(struct uml_pt_regs *regs)
{
	unsigned int done = aio_done_count();
	unsigned long flags;

	if (!done || done < aio_counts.in_flight / POLL_SHARE)
		return;
	local_irq_save(flags);
	aio_interrupt(regs, false);
	local_irq_restore(flags);
}

static int aio_ready_make(void)
{
	char why[128];
	int err, irq;

	irq = um_request_irq(UM_IRQ_ALLOC, -1, IRQ_READ, aio_handler, 0, "aio", &aio_irq);
	if (irq < 0) {
		pr_err("aio: no interrupt, error %d\n", -irq);
		return irq;
	}
	aio_irq = irq;
	err = aio_start(ring_size, why, sizeof(why));
	if (err) {
		pr_err("aio: can't be started, error %d\n", -err);
		um_free_irq(irq, &aio_irq);
		aio_irq = 0;
	} else if (*why) {
		pr_notice("aio: %s\n", why);
	}
	return err;
}

int aio_get_ready(void)
{
	int err;

	mutex_lock(&start_lock);
	err = aio_irq ? 0 : aio_ready_make();
	mutex_unlock(&start_lock);
	return err;
}

static int aio_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "requests %llu\n", aio_counts.requests);
	seq_printf(m, "submissions %llu\n", aio_counts.submissions);
	seq_printf(m, "interrupts %llu\n", aio_counts.interrupts);
	seq_printf(m, "polls %llu\n", aio_counts.polls);
	seq_printf(m, "events %llu\n", aio_counts.events);
	seq_printf(m, "again %llu\n", aio_counts.again);
	seq_printf(m, "pool_requests %llu\n", aio_counts.pool);
	seq_printf(m, "instant %llu\n", aio_counts.instant);
	seq_printf(m, "in_flight %u\n", aio_counts.in_flight);
	seq_printf(m, "in_flight_max %u\n", aio_counts.in_flight_max);
	seq_printf(m, "threads %u\n", aio_threads());
	return 0;
}

static int __init aio_proc_init(void)
{
	proc_um_add("aio", aio_show);
	return 0;
}
device_initcall(aio_proc_init);
