// SPDX-License-Identifier: GPL-2.0
/*
 * cputime checks what CPU time is charged to: user code to the user, system calls
 * to the system, by all the ways to ask for it; and the timers that count it.
 *
 * A host that takes the CPU away meanwhile spoils a measurement: one good round of
 * a few is enough.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "child.h"

#define ROUNDS	8
#define LENGTH	0.3	/* seconds of CPU time: 30 ticks of a kernel with HZ=100 */
#define BUFFER	(4 << 20)

struct spent {
	double user, system;
};

static char *buffer;
static int zero;

static double seconds(struct timeval t)
{
	return t.tv_sec + t.tv_usec / 1e6;
}

static double cpu_time(clockid_t clock)
{
	struct timespec t;

	CHECK_SYS(clock_gettime(clock, &t));
	return t.tv_sec + t.tv_nsec / 1e9;
}

static struct spent rusage(int who)
{
	struct rusage r;

	CHECK_SYS(getrusage(who, &r));
	return (struct spent){ seconds(r.ru_utime), seconds(r.ru_stime) };
}

static void user_work(void)
{
	volatile unsigned long sum = 0;

	for (int i = 0; i < 20000000; i++)
		sum += i;
}

static void call_work(void)
{
	for (int i = 0; i < 100; i++)
		syscall(SYS_getppid);
}

static void read_work(void)
{
	/* short if a signal comes */
	CHECK(read(zero, buffer, BUFFER) > 0, "%s", strerror(errno));
}

/* The share of the system in percent, over LENGTH of it */
static double share_measure(void (*work)(void), int who)
{
	struct spent before = rusage(who), after;
	struct tms ticks_before, ticks;
	double all, by_ticks, by_clock, start = cpu_time(CLOCK_PROCESS_CPUTIME_ID);

	times(&ticks_before);
	while (cpu_time(CLOCK_PROCESS_CPUTIME_ID) - start < LENGTH)
		work();
	after = rusage(who);
	by_clock = cpu_time(CLOCK_PROCESS_CPUTIME_ID) - start;
	times(&ticks);
	all = after.user + after.system - before.user - before.system;
	by_ticks = (double)(ticks.tms_utime + ticks.tms_stime - ticks_before.tms_utime -
			    ticks_before.tms_stime) / sysconf(_SC_CLK_TCK);
	CHECK(all > by_clock * .9 && all < by_clock * 1.1,
	      "getrusage() says %.3f s, the clock of the process %.3f s", all, by_clock);
	CHECK(by_ticks > all - .04 && by_ticks < all + .04,
	      "times() says %.2f s, getrusage() %.3f s", by_ticks, all);
	return (after.system - before.system) * 100 / all;
}

static void share_check(const char *what, void (*work)(void), int who, double least,
			double most)
{
	double share = 0;

	for (int i = 0; i < ROUNDS; i++) {
		share = share_measure(work, who);
		if (share >= least && share <= most)
			return;
	}
	FAIL("%s: %.0f%% of its time is the system's, should be %.0f to %.0f%%", what,
	     share, least, most);
}

/* A thread and a child that have ended are added up. */
static void *read_thread(void *arg)
{
	double start = cpu_time(CLOCK_THREAD_CPUTIME_ID);

	while (cpu_time(CLOCK_THREAD_CPUTIME_ID) - start < LENGTH / 10)
		read_work();
	return arg;
}

static void thread_work(void)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, read_thread, NULL), "no thread");
	CHECK(!pthread_join(thread, NULL), "pthread_join");
}

static void child_body(void *arg)
{
	double start = cpu_time(CLOCK_PROCESS_CPUTIME_ID);
	void (*work)(void) = arg;

	while (cpu_time(CLOCK_PROCESS_CPUTIME_ID) - start < LENGTH)
		work();
}

static void children_sum_check(void)
{
	struct spent before = rusage(RUSAGE_CHILDREN), after;
	double share = 0;

	for (int i = 0; i < ROUNDS; i++) {
		child_run("a child that reads", child_body, read_work);
		after = rusage(RUSAGE_CHILDREN);
		share = (after.system - before.system) / LENGTH * 100;
		if (share > 60 && after.user - before.user < LENGTH / 2)
			return;
		before = after;
	}
	FAIL("of a child that reads %.0f%% of %.1f s are the system's", share, LENGTH);
}

static volatile int virtuals, profs;

static void timer_handler(int signo)
{
	if (signo == SIGVTALRM)
		virtuals++;
	else
		profs++;
}

/* ITIMER_VIRTUAL counts user code, ITIMER_PROF both. */
static void timers_measure(void (*work)(void))
{
	struct itimerval when = { { 0, 0 }, { 0, LENGTH / 2 * 1e6 } }, off = { 0 };
	double start = cpu_time(CLOCK_PROCESS_CPUTIME_ID);

	virtuals = profs = 0;
	CHECK_SYS(setitimer(ITIMER_VIRTUAL, &when, NULL));
	CHECK_SYS(setitimer(ITIMER_PROF, &when, NULL));
	while (cpu_time(CLOCK_PROCESS_CPUTIME_ID) - start < LENGTH)
		work();
	CHECK_SYS(setitimer(ITIMER_VIRTUAL, &off, NULL));
	CHECK_SYS(setitimer(ITIMER_PROF, &off, NULL));
}

static void timers_check(const char *what, void (*work)(void), int want_virtual)
{
	for (int i = 0; i < ROUNDS; i++) {
		timers_measure(work);
		if (profs == 1 && virtuals == want_virtual)
			return;
	}
	FAIL("%s: %d signals of ITIMER_VIRTUAL, %d of ITIMER_PROF", what, virtuals, profs);
}

/* /proc/stat of a machine that does nothing else */
static void stat_check(void)
{
	unsigned long was[4], is[4];
	long all = 0;

	for (int i = 0; i < ROUNDS; i++) {
		for (int k = 0; k < 2; k++) {
			unsigned long *v = k ? is : was;
			FILE *f = fopen("/proc/stat", "re");

			CHECK(f && fscanf(f, "cpu %lu %lu %lu %lu", v, v + 1, v + 2,
					  v + 3) == 4, "/proc/stat");
			fclose(f);
			if (!k)
				share_measure(read_work, RUSAGE_SELF);
		}
		all = is[0] + is[1] + is[2] - was[0] - was[1] - was[2];
		if ((is[2] - was[2]) * 10 >= 6ul * all && all > LENGTH * 80)
			return;
	}
	FAIL("/proc/stat: %ld of %ld ticks are the system's", is[2] - was[2], all);
}

int main(void)
{
	const char *backend = getenv("BACKEND");
	int inside = backend && strcmp(backend, "-") && *backend;

	test_begin(120);
	signal(SIGVTALRM, timer_handler);
	signal(SIGPROF, timer_handler);
	zero = CHECK_SYS(open("/dev/zero", O_RDONLY | O_CLOEXEC));
	buffer = malloc(BUFFER);
	CHECK(buffer, "no memory");
	memset(buffer, 1, BUFFER);
	share_check("user code", user_work, RUSAGE_SELF, 0, 15);
	share_check("user code of a thread", user_work, RUSAGE_THREAD, 0, 15);
	share_check("reads", read_work, RUSAGE_SELF, 75, 100);
	share_check("threads that read", thread_work, RUSAGE_SELF, 70, 100);
	/* natively it depends on the CPU, and on where it takes interrupts */
	share_check("getppid()", call_work, RUSAGE_SELF, inside ? 40 : 10, 100);
	children_sum_check();
	timers_check("user code", user_work, 1);
	timers_check("reads", read_work, 0);
	if (inside)
		stat_check();
	return 0;
}
