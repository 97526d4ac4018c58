// SPDX-License-Identifier: GPL-2.0
/*
 * spin.c - user code that makes no system call can't keep the processor, and
 * time goes on while it runs.
 */
#define _GNU_SOURCE
#include "child.h"
#include "timers.h"

struct shared {
	volatile long count[2];
};

static void spinner0(void *arg)
{
	struct shared *s = arg;

	for (;;)
		s->count[0]++;
}

static void spinner1(void *arg)
{
	struct shared *s = arg;

	for (;;)
		s->count[1]++;
}

/* Two processes spin; this one still wakes up, and both get on. */
static void preempt_check(void)
{
	struct shared *s = shared_alloc(sizeof(*s));
	pid_t pid[2] = { child_start(spinner0, s), child_start(spinner1, s) };
	struct timespec wait = timespec_of(10 * MS);
	long begin = now();

	while (!s->count[0] || !s->count[1]) {
		CHECK_SYS(nanosleep(&wait, NULL));
		CHECK(now() - begin < 20 * LATE, "counts %ld and %ld", s->count[0],
		      s->count[1]);
	}
	begin = now();
	for (int i = 0; i < 3; i++)
		CHECK_SYS(nanosleep(&wait, NULL));
	duration_check("3 sleeps of 10 ms beside busy processes", begin, 30 * MS);
	for (int i = 0; i < 2; i++) {
		CHECK_SYS(kill(pid[i], SIGKILL));
		CHECK(child_wait(pid[i]) == SIGKILL, "spinner %d", i);
	}
}

/* The same loop again and again: does the clock see all of its time? */
static void time_check(void)
{
	volatile long work;
	long begin, cpu, took[2];

	for (int i = 0; i < 2; i++) {
		/* took holds cpu: the host may take us off its CPU anywhere */
		begin = now();
		cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		for (work = 0; work < 4000000 * (i + 1); work = work + 1)
			;
		cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
		took[i] = now() - begin;
		CHECK(took[i] > 0, "a busy loop took %ld ns", took[i]);
		CHECK(cpu > 0 && cpu <= took[i] + 20 * MS,
		      "a busy loop of %ld us used %ld us of CPU", took[i] / 1000,
		      cpu / 1000);
	}
}

void spin_check(void *arg)
{
	(void)arg;
	preempt_check();
	time_check();
}
