// SPDX-License-Identifier: GPL-2.0
/*
 * vdso checks that clock_gettime, gettimeofday, time and getcpu of the vdso
 * agree with the system calls: each reading of the vdso lies between two of the
 * kernel; in this process, in a child and in a thread, while the clock is set
 * and slewed, and in a time namespace. Where the clock is the TSC none of them
 * makes a system call. The vdso is mapped somewhere else each time, and can be
 * moved.
 */
#define _GNU_SOURCE
#include "vdso.h"

#include <pthread.h>
#include <sys/time.h>
#include <time.h>

#include "child.h"
#include "probe.h"
#include "raw.h"

#define ROUNDS 30
#define TRIES  5
#define SILENT_ROUNDS 20000 /* of 5 functions */

struct vdso_functions vdso;

static int rounds;

long kernel_ns(clockid_t clock)
{
	struct timespec ts = { 0, -1 };
	long result = RAW2(SYS_clock_gettime, clock, &ts);

	CHECK(result == 0, "clock_gettime(%d) = %ld", clock, result);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

long vdso_ns(clockid_t clock)
{
	struct timespec ts = { 0, -1 };
	int result = vdso.clock(clock, &ts);

	CHECK(result == 0, "the vdso's clock_gettime(%d) = %d", clock, result);
	CHECK(ts.tv_nsec >= 0 && ts.tv_nsec < SECOND, "clock %d: tv_nsec %ld", clock,
	      ts.tv_nsec);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

static long timeofday_ns(clockid_t clock)
{
	struct timeval tv = { 0, -1 };
	int result = vdso.timeofday(&tv, NULL);

	(void)clock;
	CHECK(result == 0, "the vdso's gettimeofday = %d", result);
	CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000, "tv_usec %ld", tv.tv_usec);
	return tv.tv_sec * SECOND + tv.tv_usec * 1000;
}

static long time_ns(clockid_t clock)
{
	time_t seconds = 0, same = vdso.time(&seconds);

	(void)clock;
	CHECK(seconds == same, "time() = %ld stores %ld", same, seconds);
	return same * SECOND;
}

/*
 * `read` of the vdso, in units of `unit` ns, must not be before what the
 * kernel said before, nor after what it says afterwards. (Somebody may set
 * CLOCK_REALTIME: it gets some tries.)
 */
static void between_check(const char *what, long (*read)(clockid_t),
			  clockid_t clock, clockid_t lower, long unit)
{
	for (int try = 1;; try++) {
		long before = kernel_ns(lower), seen = read(clock);
		long after = kernel_ns(clock);

		if (seen >= before - before % unit && seen <= after)
			return;
		CHECK(try < TRIES && lower != CLOCK_MONOTONIC,
		      "%s: %ld, the kernel says %ld before and %ld after", what,
		      seen, before, after);
	}
}

static void clocks_check(void)
{
	static const struct {
		const char *name;
		clockid_t clock;
	} clocks[] = {
		{ "CLOCK_MONOTONIC", CLOCK_MONOTONIC },
		{ "CLOCK_REALTIME", CLOCK_REALTIME },
		{ "CLOCK_BOOTTIME", CLOCK_BOOTTIME },
		{ "CLOCK_TAI", CLOCK_TAI },
		{ "CLOCK_MONOTONIC_RAW", CLOCK_MONOTONIC_RAW },
		{ "CLOCK_MONOTONIC_COARSE", CLOCK_MONOTONIC_COARSE },
		{ "CLOCK_REALTIME_COARSE", CLOCK_REALTIME_COARSE },
		/* not in the vdso: it must ask the kernel */
		{ "CLOCK_PROCESS_CPUTIME_ID", CLOCK_PROCESS_CPUTIME_ID },
	};

	for (int i = 0; i < rounds; i++) {
		for (unsigned int c = 0; c < sizeof(clocks) / sizeof(clocks[0]); c++)
			between_check(clocks[c].name, vdso_ns, clocks[c].clock,
				      clocks[c].clock, 1);
		between_check("gettimeofday", timeofday_ns, CLOCK_REALTIME,
			      CLOCK_REALTIME, 1000);
		/* time() counts the seconds of the last tick. */
		between_check("time", time_ns, CLOCK_REALTIME,
			      CLOCK_REALTIME_COARSE, SECOND);
	}
	CHECK(vdso.clock(1234, &(struct timespec){ 0, 0 }) == -EINVAL,
	      "a clock of number 1234: %d",
	      vdso.clock(1234, &(struct timespec){ 0, 0 }));
}

/* Many readings in a row, without a system call where the vdso is a real one */
static void forward_check(void)
{
	long last = vdso_ns(CLOCK_MONOTONIC);

	for (int i = 0; i < 20 * rounds; i++) {
		long now = vdso_ns(CLOCK_MONOTONIC);

		CHECK(now >= last, "CLOCK_MONOTONIC went back from %ld to %ld", last,
		      now);
		last = now;
	}
}

/* We may be moved to another processor between the calls, but not each time. */
static void cpu_check(void)
{
	for (int try = 0;; try++) {
		unsigned int cpu = 77777, node = 77777, cpu1, node1, cpu2;
		int result;

		CHECK(RAW3(SYS_getcpu, &cpu1, &node1, NULL) == 0, "getcpu");
		result = vdso.cpu(&cpu, &node, NULL);
		CHECK(result == 0, "the vdso's getcpu = %d", result);
		CHECK(RAW3(SYS_getcpu, &cpu2, NULL, NULL) == 0, "getcpu");
		if (cpu == cpu1 && node == node1)
			return;
		CHECK(cpu1 != cpu2 || try < 10 * TRIES,
		      "the vdso says processor %u node %u, the kernel %u, %u", cpu,
		      node, cpu1, node1);
	}
}

static void *all_check(void *arg)
{
	clocks_check();
	forward_check();
	cpu_check();
	return arg;
}

static void child_body(void *arg)
{
	all_check(arg);
}

/* For the other files: as much as is quick */
void agree_check(void)
{
	int all = rounds;

	rounds = 3;
	all_check(NULL);
	rounds = all;
}

static void resolution_check(void)
{
	for (clockid_t clock = 0; clock <= CLOCK_TAI; clock++) {
		struct timespec a = { -1, -1 }, b = { -2, -2 };
		long x = vdso.res(clock, &a);
		long y = RAW2(SYS_clock_getres, clock, &b);

		CHECK(x == y && (x || (a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec)),
		      "clock_getres(%d): %ld %ld.%09ld, the kernel %ld %ld.%09ld",
		      clock, x, a.tv_sec, a.tv_nsec, y, b.tv_sec, b.tv_nsec);
	}
}

static void functions_find(void)
{
	vdso.clock = vdso_find("__vdso_clock_gettime");
	vdso.res = vdso_find("__vdso_clock_getres");
	vdso.timeofday = vdso_find("__vdso_gettimeofday");
	vdso.time = vdso_find("__vdso_time");
	vdso.cpu = vdso_find("__vdso_getcpu");
	CHECK(vdso.clock && vdso.res && vdso.timeofday && vdso.time && vdso.cpu,
	      "functions at %p, %p, %p, %p, %p", (void *)vdso.clock,
	      (void *)vdso.res, (void *)vdso.timeofday, (void *)vdso.time,
	      (void *)vdso.cpu);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc > 2)
		return place_print();
	test_begin(60);
	probe_init();
	rounds = check_rounds(argc, argv, ROUNDS);
	functions_find();
	CHECK(!vdso_find("__vdso_nothing"), "a function that can't be there");
	PROBE_CHECK(write, (void *)vdso.clock, PROBE_ACCERR, "code of the vdso");
	resolution_check();
	all_check(NULL);
	silent_check(check_rounds(argc, argv, SILENT_ROUNDS));
	place_check(argv[0]);
	timens_check();
	adjust_check(rounds);
	rounds = rounds / 4 + 1;
	child_run("child", child_body, NULL);
	CHECK(pthread_create(&thread, NULL, all_check, NULL) == 0, "pthread_create");
	CHECK(pthread_join(thread, NULL) == 0, "pthread_join");
	return 0;
}
