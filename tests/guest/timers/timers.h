/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TIMERS_H
#define TIMERS_H

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

#define MS 1000000l	/* nanoseconds */
#define LATE (2000 * MS) /* nothing comes so late, even on a busy machine */

/* From the kernel, never from the vdso (the program `vdso` compares them) */
static inline long clock_ns(clockid_t clock)
{
	struct timespec ts;

	CHECK_SYS(syscall(SYS_clock_gettime, clock, &ts));
	return ts.tv_sec * 1000 * MS + ts.tv_nsec;
}

static inline long now(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline struct timespec timespec_of(long ns)
{
	return (struct timespec){ ns / (1000 * MS), ns % (1000 * MS) };
}

/* Something that was to take `want` took this long: not less, not too much */
static inline void duration_check(const char *what, long begin, long want)
{
	long took = now() - begin;

	CHECK(took >= want && took < want + LATE, "%s: %ld us, should be %ld us",
	      what, took / 1000, want / 1000);
}

/* No system call, no libc: for the timer interrupt alone to end */
static inline void spin_until(volatile long *counter, long value)
{
	while (*counter < value)
		__builtin_ia32_pause();
}

void clock_check(void *arg);
void sleep_check(void *arg);
void poll_check(void *arg);
void itimer_check(void *arg);
void overrun_check(void *arg);
void spin_check(void *arg);

#endif
