// SPDX-License-Identifier: GPL-2.0
/*
 * sched_clock.c - nanoseconds since the start, for the scheduler, the CPU time
 * of processes and the time stamps of printk. The kernel's default counts
 * ticks of 10 ms.
 */
#include <linux/clocksource.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/sched/clock.h>
#include <linux/time-internal.h>
#include <os.h>
#include <uml/tsc.h>

/* We are at base_ns when the counter is at base: host's ns, or TSC if mult is set */
static u64 base, base_ns;
static u32 mult, shift;

static u64 notrace counter_ns(void)
{
	if (!mult)
		return os_nsecs() - base;
	return mul_u64_u32_shr(tsc_read() - base, mult, shift);
}

unsigned long long notrace sched_clock(void)
{
	if (time_travel_mode != TT_MODE_OFF)	/* the ticks are what travels */
		return (unsigned long long)(jiffies - INITIAL_JIFFIES) * TICK_NSEC;
	if (!base)
		base = os_nsecs();
	return base_ns + counter_ns();
}

void sched_clock_use_tsc(uint64_t hz)
{
	unsigned long flags;

	local_irq_save(flags);
	base_ns = sched_clock();
	mult = 0;
	if (hz)		/* in kHz: the last digits don't matter here */
		clocks_calc_mult_shift(&mult, &shift, hz / 1000, NSEC_PER_MSEC, 0);
	base = hz ? tsc_read() : os_nsecs();
	local_irq_restore(flags);
}
