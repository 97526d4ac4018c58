// SPDX-License-Identifier: GPL-2.0
/* sleep.c - nanosleep: never early, interrupted, stopped and continued. */
#define _GNU_SOURCE
#include <sys/time.h>

#include "child.h"
#include "timers.h"

static void handler(int signo)
{
	(void)signo;
}

static void lengths_check(void)
{
	static const long lengths[] = { 0, 1, 1000, 100000, MS, 3 * MS, 11 * MS };

	for (unsigned int i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct timespec wait = timespec_of(lengths[i]), until;
		long begin = now();

		CHECK_SYS(nanosleep(&wait, NULL));
		duration_check("nanosleep", begin, lengths[i]);
		begin = now();
		until = timespec_of(begin + lengths[i]);
		CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL)
		      == 0, "clock_nanosleep");
		duration_check("clock_nanosleep", begin, lengths[i]);
	}
}

/* The best of some tries tells how exact a short sleep can be. */
static void best_check(void)
{
	struct timespec wait = timespec_of(MS);
	long best = LATE;

	for (int i = 0; i < 5; i++) {
		long begin = now(), took;

		CHECK_SYS(nanosleep(&wait, NULL));
		took = now() - begin;
		if (took < best)
			best = took;
	}
	printf("timers: a sleep of 1000 us takes %ld us\n", best / 1000);
	CHECK(best < 100 * MS, "the best of 5 sleeps of 1 ms: %ld us", best / 1000);
}

/* A signal ends it; the rest is what was left. */
static void interrupt_check(void)
{
	/* again and again: the first may come before the sleep has begun */
	struct itimerval timer = { { 0, 8000 }, { 0, 8000 } }, none = { { 0, 0 }, { 0, 0 } };
	struct timespec wait = timespec_of(5000 * MS), rest = { 0, 0 };
	long begin = now(), took, left;

	CHECK(signal(SIGALRM, handler) != SIG_ERR, "%s", strerror(errno));
	CHECK_SYS(setitimer(ITIMER_REAL, &timer, NULL));
	CHECK(nanosleep(&wait, &rest) == -1 && errno == EINTR,
	      "SIGALRM did not end nanosleep: %s", strerror(errno));
	took = now() - begin;
	CHECK_SYS(setitimer(ITIMER_REAL, &none, NULL));
	left = rest.tv_sec * 1000 * MS + rest.tv_nsec;
	CHECK(took >= 8 * MS && took < 8 * MS + LATE, "%ld us until SIGALRM",
	      took / 1000);
	CHECK(left < 5000 * MS && left + took >= 5000 * MS,
	      "%ld us after the begin the rest of 5 s is %ld us", took / 1000,
	      left / 1000);
}

static void stopped_body(void *arg)
{
	struct timespec wait = timespec_of(40 * MS);
	long begin = now();

	*(volatile int *)arg = 1;
	CHECK(nanosleep(&wait, NULL) == 0, "SIGSTOP ended nanosleep: %s",
	      strerror(errno));
	duration_check("nanosleep with a stop", begin, 40 * MS);
}

/* A stop does not: the kernel goes on with the rest of the sleep. */
static void stop_check(void)
{
	volatile int *started = shared_alloc(4096);
	pid_t pid = child_start(stopped_body, (void *)started);
	siginfo_t info;

	while (!*started)
		usleep(1000);
	usleep(5000);
	CHECK_SYS(kill(pid, SIGSTOP));
	CHECK_SYS(waitid(P_PID, pid, &info, WSTOPPED));
	usleep(5000);
	CHECK_SYS(kill(pid, SIGCONT));
	child_check(pid, "stopped");
}

/* alarm() tells how much was left. */
static void alarm_check(void)
{
	unsigned int left;

	alarm(100);
	left = alarm(50);
	CHECK(left == 100 || left == 99, "alarm(100) has %u s left", left);
	left = alarm(0);
	CHECK(left == 50 || left == 49, "alarm(50) has %u s left", left);
	CHECK(alarm(0) == 0, "an alarm after alarm(0)");
}

void sleep_check(void *arg)
{
	(void)arg;
	lengths_check();
	best_check();
	interrupt_check();
	alarm_check();
	stop_check();
}
