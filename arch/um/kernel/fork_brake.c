// SPDX-License-Identifier: GPL-2.0
/*
 * fork_brake.c - see fork_brake.h.
 *
 * What a fork that failed had allocated, its stack above all, is freed by RCU after a
 * while. Some tasks that only fork and fail, at the limit of their processes say, make
 * such stacks faster than that: up to 10,000 (rcutree.qhimark) of four pages, each of
 * them a mapping of the host, which allows 65,530. The next one ended the machine.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/stat.h>
#include <uml/fork_brake.h>

#define FAILED_MOST	64

static long attempts;
static long settled;	/* so many had failed when nothing was left of them */

static DEFINE_MUTEX(brake_mutex);

/* Those that are under way count as failed until they have not. */
static bool too_many_failed(void)
{
	return attempts - (long)total_forks - settled >= FAILED_MOST;
}

void fork_brake(void)
{
	attempts++;
	if (likely(!too_many_failed()))
		return;
	mutex_lock(&brake_mutex);
	if (too_many_failed()) {
		rcu_barrier();
		settled = attempts - (long)total_forks;
	}
	mutex_unlock(&brake_mutex);
}
