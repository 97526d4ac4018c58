// SPDX-License-Identifier: GPL-2.0
/*
 * cpu_time.c - user and system time of tasks by the clock, instead of whole ticks
 * for what the timer happens to interrupt.
 *
 * Of the time that a task had the CPU user code had its part, which the backend
 * measures (uml/user_time.h); the rest is the system's.
 */
#include <linux/irqflags.h>
#include <linux/kernel_stat.h>
#include <linux/math64.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/time-internal.h>
#include <asm/irq_regs.h>
#include <asm/pgtable.h>
#include <uml/cpu_time.h>
#include <uml/user_time.h>

static u64 charged;		/* up to here, in ns of sched_clock() */
static u64 charged_ticks;	/* the same by the time stamp counter */

#define SHARE_LEAST	64	/* no less than this part is believed */

/*
 * How much of a CPU the host gives us when we want one: @got of @wanted ns, of the
 * last eight ticks or so. Where it takes it away we are mostly in a stretch of user
 * code, as that is where the time goes, be it only by what it costs to get there:
 * that cost, as the clock sees it, grows by as much.
 *
 * Where user code runs in a process of its own the host says how much of what we
 * got that one had: @user of @both. It includes some of what it costs to get there.
 */
static struct {
	u64 got, wanted, user, both;
	u64 clock, ours, theirs;	/* at the last look */
	int pid;	/* of the process with the user code; -1: we were idle since */
} share = { .got = 1, .wanted = 1, .pid = -1 };

/* The host process of the present user code; 0: there is none */
static int user_pid(void)
{
	return own_page_tables || !current->mm ? 0 : current->mm->context.id.pid;
}

static u64 decayed(u64 sum, u64 more)
{
	return sum - sum / 8 + more;
}

static void share_look(u64 now)
{
	int pid = user_pid();
	u64 ours = host_cpu_time(0), theirs = pid ? host_cpu_time(pid) : 0;
	u64 user = theirs - share.theirs, both = user + ours - share.ours;

	if (pid != share.pid) {
		share.user = share.both = 0;
	} else if (now > share.clock) {
		share.got = decayed(share.got, both);
		share.wanted = decayed(share.wanted, now - share.clock);
		share.user = decayed(share.user, user);
		share.both = decayed(share.both, both);
	}
	share.clock = now;
	share.ours = ours;
	share.theirs = theirs;
	share.pid = pid;
}

/* No more of @passed than the host says */
static u64 share_limit(u64 user, u64 passed)
{
	if (!share.pid || share.pid != user_pid() || share.user >= share.both)
		return user;
	return min(user, mul_u64_u64_div_u64(passed, share.user, share.both));
}

/* What it took to enter and leave user mode, in ticks of the counter */
static u64 overhead(void)
{
	u64 least = user_time.count * user_time.least;

	if (share.wanted < share.got)
		return least;
	if (share.wanted / SHARE_LEAST > share.got)
		return least * SHARE_LEAST;
	return mul_u64_u64_div_u64(least, share.wanted, share.got);
}

/*
 * How much of @passed ns was user code. The counter has measured it against
 * itself, so its frequency does not matter. With time-travel, time passes when it
 * is made to: then it was user code if that is what was interrupted.
 */
static u64 user_part(u64 passed)
{
	u64 now = user_time_now(), all = now - charged_ticks, user = user_time.sum;
	struct pt_regs *regs = get_irq_regs();

	user -= min(user, overhead());
	charged_ticks = now;
	user_time.sum = 0;
	user_time.count = 0;
	if (time_travel_mode != TT_MODE_OFF)
		return regs && user_mode(regs) ? passed : 0;
	if (user >= all)
		return user ? share_limit(passed, passed) : 0;
	return share_limit(mul_u64_u64_div_u64(passed, user, all), passed);
}

/* @hardirqs: the part of hardirq_count() that is the caller's own interrupt */
static void charge(struct task_struct *task, int hardirqs)
{
	u64 now = sched_clock(), passed = now > charged ? now - charged : 0;
	u64 user = user_part(passed);

	charged = now;
	if (is_idle_task(task)) {
		share.pid = -1;
		return;
	}
	if (user)
		account_user_time(task, user);
	if (passed > user)
		account_system_time(task, hardirqs, passed - user);
}

void cpu_time_tick(struct task_struct *task)
{
	charge(task, HARDIRQ_OFFSET);
	share_look(charged);
}

void cpu_time_switch(struct task_struct *task)
{
	charge(task, 0);
}

void cpu_time_update(void)
{
	unsigned long flags;

	local_irq_save(flags);
	charge(current, hardirq_count());
	local_irq_restore(flags);
}
