// SPDX-License-Identifier: GPL-2.0
/* itimer.c - the three interval timers, all while user code spins. */
#define _GNU_SOURCE
#include <sys/time.h>

#include "timers.h"

#define TICK  (10 * MS)
#define TICKS 8

static volatile long ticks;

static void handler(int signo)
{
	(void)signo;
	ticks = ticks + 1;
}

static void timer_set(int which, long interval, int repeat)
{
	struct itimerval timer = { .it_value = { 0, interval / 1000 } };

	if (repeat)
		timer.it_interval = timer.it_value;
	CHECK_SYS(setitimer(which, &timer, NULL));
}

/* What is left may be rounded up to ticks of the kernel. */
static void timer_stop(int which, long interval)
{
	struct itimerval none = { .it_value = { 0, 0 } }, old;

	CHECK_SYS(setitimer(which, &none, &old));
	CHECK(old.it_value.tv_sec == 0 &&
	      old.it_value.tv_usec <= (interval + 2 * TICK) / 1000,
	      "timer %d had %ld.%06ld s left", which, (long)old.it_value.tv_sec,
	      (long)old.it_value.tv_usec);
}

/* Signals interrupt a loop that does nothing else, and none comes too early. */
static void real_check(void)
{
	long begin = now(), left;

	ticks = 0;
	timer_set(ITIMER_REAL, TICK, 1);
	for (int i = 1; i <= TICKS; i++) {
		long before = ticks;

		spin_until(&ticks, before + 1);
		/* read the count first: more may have come when the clock is read */
		before = ticks;
		left = now() - begin;
		CHECK(left >= before * TICK, "tick %ld came after %ld us", before,
		      left / 1000);
		CHECK(left < before * TICK + TICKS * LATE, "tick %ld only after %ld us",
		      before, left / 1000);
	}
	timer_stop(ITIMER_REAL, TICK);
	ticks = 0;
	timer_set(ITIMER_REAL, TICK, 0);
	spin_until(&ticks, 1);
	usleep(2 * TICK / 1000);
	CHECK(ticks == 1, "a single shot came %ld times", ticks);
}

/* CPU time: it goes on while the process computes, not while it sleeps. */
static void cpu_check(int which, int signo)
{
	long cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	CHECK(signal(signo, handler) != SIG_ERR, "%s", strerror(errno));
	ticks = 0;
	timer_set(which, 2 * TICK, 1);
	spin_until(&ticks, 3);
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	/* Times are counted in ticks of the kernel: these are samples. */
	CHECK(cpu >= 3 * TICK, "timer %d: 3 periods of 20 ms in %ld us of CPU time",
	      which, cpu / 1000);
	CHECK(cpu < 3 * 2 * TICK + LATE,
	      "timer %d: 3 periods of 20 ms only after %ld us of CPU time", which,
	      cpu / 1000);
	timer_stop(which, 2 * TICK);
	ticks = 0;
	timer_set(which, 3 * TICK, 1);
	usleep(5 * TICK / 1000);
	CHECK(ticks == 0, "timer %d came %ld times in a sleep", which, ticks);
	timer_stop(which, 3 * TICK);
}

void itimer_check(void *arg)
{
	(void)arg;
	CHECK(signal(SIGALRM, handler) != SIG_ERR, "%s", strerror(errno));
	real_check();
	cpu_check(ITIMER_VIRTUAL, SIGVTALRM);
	cpu_check(ITIMER_PROF, SIGPROF);
}
