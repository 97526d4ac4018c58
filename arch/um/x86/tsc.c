// SPDX-License-Identifier: GPL-2.0
/*
 * tsc.c - the kernel's clock is the processor's time stamp counter, where the
 * host trusts it: reading it takes no call of the host, and user mode can do it.
 *
 * Its frequency is measured against the host's CLOCK_MONOTONIC_RAW over the time
 * the kernel took to get here. That is good to a few ppm, and the host's
 * CLOCK_MONOTONIC is slewed by its NTP besides; nobody does that in here. So once
 * in a while the pace of all our clocks (but CLOCK_MONOTONIC_RAW) is set such
 * that they meet the host's CLOCK_MONOTONIC again: by the base of what adjtimex
 * sets, so that it never jumps and adjtimex works as ever.
 *
 * A counter that does not keep pace with the host's clock any more (a laptop
 * that slept, a host that moved to another machine) is given up: the clock is
 * then the host's again, as it is under time-travel modes and where the host's
 * kernel has another clocksource than the TSC.
 */
#include <linux/clocksource.h>
#include <linux/init.h>
#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/sched/clock.h>
#include <linux/time-internal.h>
#include <linux/timekeeper_internal.h>
#include <linux/timex.h>
#include <linux/workqueue.h>
#include <uml/tsc.h>
#include <vdso/datapage.h>
#include <vdso/vsyscall.h>

#define CALIBRATE_NS	(20 * NSEC_PER_MSEC)	/* at least */
#define FOLLOW_NS	(4 * NSEC_PER_SEC)	/* time between two measurements */
#define CATCH_UP_S	16	/* what we are behind is made good in that time */
#define PACE_MAX	(10 * 1000 * 1000)	/* 1%, in ns per second */
#define LOOKS_PER_S	10	/* at most, after the host's clock */
#define JUMP_NS		NSEC_PER_MSEC		/* wrong by that, and */
#define JUMP_PART	1000			/* that part of the interval */

int64_t user_tsc_offset;
int user_tsc_usable = 1;

static struct host_clock first;		/* early in boot */
static struct host_clock last;		/* at the last measurement */
static u64 tsc_hz;			/* 0: the counter is not our clock */
static s64 pace;			/* what is added, in ns per second */
static s64 behind;			/* the host's clock less ours, in ns */
static bool followed;			/* the pace is set: it is the clocksource */

static u64 clocksource_tsc_read(struct clocksource *cs)
{
	return tsc_read();
}

/* The pace is for this counter: with another clocksource (sysfs) there is none. */
static int clocksource_tsc_enable(struct clocksource *cs)
{
	host_clock_read(&last);
	behind = 0;
	followed = true;
	return 0;
}

static void clocksource_tsc_disable(struct clocksource *cs)
{
	followed = false;
	pace = 0;
	ntp_base_adjust(0);
}

static struct clocksource clocksource_tsc = {
	.name		 = "tsc",
	.rating		 = 400,
	.read		 = clocksource_tsc_read,
	.enable		 = clocksource_tsc_enable,
	.disable	 = clocksource_tsc_disable,
	.mask		 = CLOCKSOURCE_MASK(64),
	.flags		 = CLOCK_SOURCE_IS_CONTINUOUS,
	.vdso_clock_mode = VDSO_CLOCKMODE_TSC,
};

static u64 tsc_ns(u64 ticks)
{
	return mul_u64_u64_div_u64(ticks, NSEC_PER_SEC, tsc_hz);
}

/* The clocks are wrong until this has run: not by a delayed work, which needs them */
static void tsc_give_up(struct work_struct *work)
{
	int err = clocksource_unregister(&clocksource_tsc);

	pr_warn("tsc: it does not keep pace with the host's clock, which takes over%s\n",
		err ? ": failed" : "");
}

static DECLARE_WORK(give_up_work, tsc_give_up);

static bool tsc_jumped(const struct host_clock *now)
{
	u64 host = now->raw - last.raw;
	s64 wrong;

	if (now->tsc < last.tsc)
		return true;
	wrong = tsc_ns(now->tsc - last.tsc) - host;
	return abs(wrong) > JUMP_NS + host / JUMP_PART;
}

/* Set the pace for the next seconds from that of the last ones. */
static void pace_set(const struct host_clock *now)
{
	s64 ours = tsc_ns(now->tsc - last.tsc);
	s64 host = now->mono - last.mono;

	behind += host - ours - ours / 1000 * pace / 1000000;
	pace = (host - ours) * 1000000 / (ours / 1000) + behind / CATCH_UP_S;
	pace = clamp_t(s64, pace, -PACE_MAX, PACE_MAX);
	ntp_base_adjust(pace * (1LL << NTP_SCALE_SHIFT));
}

void tsc_tick(void)
{
	static u64 looked;
	struct host_clock now;

	/* a counter that went back is far ahead here */
	if (!tsc_hz || tsc_read() - looked < tsc_hz / LOOKS_PER_S)
		return;
	host_clock_read(&now);
	looked = now.tsc;
	if (tsc_jumped(&now)) {
		tsc_hz = 0;
		sched_clock_use_tsc(0);
		schedule_work(&give_up_work);
	} else if (now.raw - last.raw >= FOLLOW_NS) {
		if (followed)
			pace_set(&now);
		last = now;
	}
}

/* The vdso's data hold the offset: see that it has the present one. */
void user_tsc_changed(void)
{
	unsigned long flags = vdso_update_begin();
	struct vdso_data *data = __arch_get_k_vdso_data();

	vdso_tsc_update(data);
	vdso_update_end(flags);
}

void __init tsc_begin(void)
{
	host_clock_read(&first);
}

static int __init tsc_init(void)
{
	char why[64];
	u32 khz;

	if (time_travel_mode != TT_MODE_OFF)
		return 0;
	if (!host_tsc_trusted(why, sizeof(why))) {
		pr_info("tsc: not our clock: %s\n", why);
		return 0;
	}
	do
		host_clock_read(&last);
	while (last.raw - first.raw < CALIBRATE_NS);
	khz = mul_u64_u64_div_u64(last.tsc - first.tsc, NSEC_PER_MSEC,
				  last.raw - first.raw);
	pr_info("tsc: our clock, %u.%03u MHz: %s\n", khz / 1000, khz % 1000, why);
	tsc_hz = khz * 1000ULL;
	sched_clock_use_tsc(tsc_hz);
	return clocksource_register_khz(&clocksource_tsc, khz);
}
arch_initcall(tsc_init);
