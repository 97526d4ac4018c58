// SPDX-License-Identifier: GPL-2.0
/*
 * sched_clock.c - nanoseconds since the start, for the scheduler, the CPU time
 * of processes and the time stamps of printk. The kernel's default counts
 * ticks of 10 ms.
 */
#include <linux/jiffies.h>
#include <linux/sched/clock.h>
#include <linux/time-internal.h>
#include <os.h>

unsigned long long notrace sched_clock(void)
{
	static unsigned long long start;

	if (time_travel_mode != TT_MODE_OFF)	/* the ticks are what travels */
		return (unsigned long long)(jiffies - INITIAL_JIFFIES) * TICK_NSEC;
	if (!start)
		start = os_nsecs();
	return os_nsecs() - start;
}
