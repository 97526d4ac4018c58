// SPDX-License-Identifier: GPL-2.0
/*
 * interrupts.c - the kernel's soft interrupt flag and what waits behind it.
 *
 * The host's signal handlers do no more than mark what came (interrupt_mark) and
 * kick the CPU out of user mode. interrupts_deliver() alone runs handlers: as
 * soon as interrupts are enabled, which may be at once, from within the signal
 * handler. Nothing in here calls the host.
 *
 * The lock-free protocol is that of a CPU: a handler marks, then looks whether
 * interrupts are on; who enables them does so, then looks for marks. It is one
 * host thread, so compiler barriers order them.
 */
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/time-internal.h>
#include <as-layout.h>
#include <irq_user.h>
#include <kern_util.h>
#include <os.h>
#include <uml/aio_irq.h>
#include <uml/interrupts.h>

int signals_enabled;
void (*host_kick)(void);

static atomic_t pending;

/* The handlers of what is pending, with interrupts off */
static void interrupts_run(struct uml_pt_regs *regs)
{
	static struct uml_pt_regs kernel_regs;	/* is_user: 0, the rest is unknown */
	int what = atomic_xchg(&pending, 0);

	if (!regs)
		regs = &kernel_regs;
	/* first what is not the timer's: that one may take longer */
	if (what & INTERRUPT_IO)
		sigio_handler(0, NULL, regs);
	if (what & (INTERRUPT_AIO | INTERRUPT_AIO_FOUND))
		aio_interrupt(regs, what & INTERRUPT_AIO);
	if (what & INTERRUPT_WINCH)
		winch(0, NULL, regs);
	if (what & INTERRUPT_WAKE)
		uml_pm_wake();
	if (what & INTERRUPT_TIMER)
		timer_handler(0, NULL, regs);
}

/* Look at all descriptors, as soon as interrupts are enabled */
void mark_sigio_pending(void)
{
	atomic_or(INTERRUPT_IO, &pending);
}

int interrupts_pending(void)
{
	return atomic_read(&pending) != 0;
}

void interrupts_deliver(struct uml_pt_regs *regs)
{
#ifdef CONFIG_UML_TIME_TRAVEL_SUPPORT
	/* interrupt_mark() says when: messages about time can't wait */
	if (!signals_enabled) {
		sigio_run_timetravel_handlers();
		return;
	}
#endif
	while (atomic_read(&pending)) {
		block_signals();
		um_trace_signals_off();
		interrupts_run(regs);
		um_trace_signals_on();
		signals_enabled = 1;
		barrier();
	}
}

void block_signals(void)
{
	signals_enabled = 0;
	barrier();
}

void unblock_signals(void)
{
	if (signals_enabled)
		return;
	signals_enabled = 1;
#ifdef CONFIG_UML_TIME_TRAVEL_SUPPORT
	deliver_time_travel_irqs();
#endif
	barrier();
	if (unlikely(atomic_read(&pending)))
		interrupts_deliver(NULL);
}

int um_set_signals(int enable)
{
	int before = signals_enabled;

	if (before == enable)
		return before;
	if (enable)
		unblock_signals();
	else
		block_signals();
	return before;
}

int um_set_signals_trace(int enable)
{
	int before = signals_enabled;

	if (before == enable)
		return before;
	if (enable)
		unblock_signals_trace();
	else
		block_signals_trace();
	return before;
}

/* The tick of time-travel, which no signal announces */
void deliver_alarm(void)
{
	if (interrupt_mark(INTERRUPT_TIMER))
		interrupts_deliver(NULL);
}

#ifdef CONFIG_UML_TIME_TRAVEL_SUPPORT

/*
 * With time-travel=ext a SIGIO may be a message about time, and its handler runs
 * although interrupts are off. While we wait for an answer on that descriptor
 * not even that may happen: SIGIOs are counted (hard_missed), and made good after
 * the last unblock_signals_hard().
 */
static int hard_blocked;
static atomic_t hard_missed;

static bool hard_block_keeps(unsigned int what)
{
	if (what != INTERRUPT_IO || (!hard_blocked && !atomic_read(&hard_missed)))
		return false;
	atomic_inc(&hard_missed);
	return true;
}

void block_signals_hard(void)
{
	hard_blocked++;
	barrier();
}

/* One round for a SIGIO that was missed */
static void hard_missed_deliver(void)
{
	if (!signals_enabled) {
		sigio_run_timetravel_handlers();
		return;
	}
	mark_sigio_pending();
	interrupts_deliver(NULL);
}

void unblock_signals_hard(void)
{
	static bool delivering;

	if (!hard_blocked)
		panic("unblocking signals while not blocked");
	if (--hard_blocked)
		return;
	barrier();
	/*
	 * What is delivered here may block and unblock again. Only the outermost
	 * makes good, or the count would come down while one is not finished.
	 */
	if (delivering)
		return;
	delivering = true;
	/* a SIGIO that comes now still counts itself: until it is 0, nothing is lost */
	while (atomic_read(&hard_missed)) {
		hard_missed_deliver();
		if (atomic_dec_return(&hard_missed) < 0)
			panic("more SIGIOs made good than missed");
	}
	delivering = false;
}

#else

static bool hard_block_keeps(unsigned int what)
{
	return false;
}

#endif

void interrupt_pend(unsigned int what)
{
	atomic_or(what, &pending);
}

int interrupt_mark(unsigned int what)
{
	if (host_kick)
		host_kick();
	if (hard_block_keeps(what))
		return 0;
	if (what == INTERRUPT_IO && !signals_enabled &&
	    time_travel_mode == TT_MODE_EXTERNAL)
		return 1;
	atomic_or(what, &pending);
	return signals_enabled;
}
