// SPDX-License-Identifier: GPL-2.0
/*
 * adjust.c - the vdso agrees with the kernel while somebody sets and slews the
 * clock, or takes another one. Natively that is the clock of everybody: not done.
 */
#define _GNU_SOURCE
#include "vdso.h"

#include <sys/timex.h>

#include "child.h"
#include "maps.h"

#define STEP_US  3000000
#define PPM      (1 << 16)
#define READINGS 400

static long last;	/* CLOCK_MONOTONIC */

/* Each clock between two readings of the kernel, and no step back */
static void readings_check(const char *what)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_TAI,
					    CLOCK_MONOTONIC, CLOCK_BOOTTIME,
					    CLOCK_MONOTONIC_RAW };

	for (int i = 0; i < READINGS; i++) {
		clockid_t clock = clocks[i % 5];
		long before = kernel_ns(clock), seen = vdso_ns(clock);
		long after = kernel_ns(clock), now = vdso_ns(CLOCK_MONOTONIC);

		CHECK(before <= seen && seen <= after,
		      "%s: clock %d: %ld, the kernel says %ld before and %ld after",
		      what, clock, seen, before, after);
		CHECK(now >= last, "%s: CLOCK_MONOTONIC went back from %ld to %ld", what,
		      last, now);
		last = now;
	}
}

static void clock_step(long us)
{
	struct timespec ts;
	long ns = kernel_ns(CLOCK_REALTIME) + us * 1000, off;

	ts.tv_sec = ns / SECOND;
	ts.tv_nsec = ns % SECOND;
	CHECK_SYS(clock_settime(CLOCK_REALTIME, &ts));
	off = vdso_ns(CLOCK_REALTIME) - ns;
	CHECK(off >= 0 && off < STEP_US * 1000l / 2, "set by %ld us, off by %ld ns", us,
	      off);
}

static void clock_slew(long ppm, long tick)
{
	struct timex t = { .modes = ADJ_FREQUENCY | ADJ_TICK,
			   .freq = ppm * PPM, .tick = tick };

	CHECK_SYS(adjtimex(&t));
}

static void clocksource_write(const char *name)
{
	FILE *file = fopen(CLOCKSOURCE, "we");

	CHECK(file, "%s: %s", CLOCKSOURCE, strerror(errno));
	CHECK(fputs(name, file) >= 0 && fclose(file) == 0, "clocksource %s: %s", name,
	      strerror(errno));
}

/* The host's clock, which user mode has to ask the kernel for, and back */
static void clocksource_change(void)
{
	char name[32];

	clocksource_read(name, sizeof(name));
	clocksource_write("timer");
	readings_check("clocksource timer");
	agree_check();
	clocksource_write(name);
	readings_check(name);
}

void adjust_check(long rounds)
{
	char *cpu = proc_text("/proc/cpuinfo");
	struct timex keep = { .modes = 0 };

	if (!strstr(cpu, "User Mode Linux")) {
		NOTE("this machine's clock is not changed");
		return;
	}
	CHECK_SYS(adjtimex(&keep));
	last = vdso_ns(CLOCK_MONOTONIC);
	for (long i = 0; i < rounds / 5; i++) {
		clock_step(STEP_US);
		readings_check("set forward");
		clock_slew(500, keep.tick + keep.tick / 10);
		readings_check("fast");
		clock_step(-STEP_US);
		readings_check("set back");
		clock_slew(-500, keep.tick - keep.tick / 10);
		readings_check("slow");
	}
	clock_slew(keep.freq / PPM, keep.tick);
	clocksource_change();
}
