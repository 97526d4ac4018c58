/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ticks.h - a signal that comes every few milliseconds, whatever the process
 * is doing. Not ITIMER_REAL, which is the watchdog's (test_begin).
 */
#ifndef TESTS_TICKS_H
#define TESTS_TICKS_H

#include <signal.h>
#include <time.h>

#include "check.h"

/*
 * Longer than a handler's run on the slowest backend, where delivery and
 * sigreturn may cost a millisecond each: else nothing but handlers would run.
 */
#define TICK_MS 5

static inline timer_t ticks_start(int signo, int ms)
{
	struct itimerspec spec = { { 0, ms * 1000000 }, { 0, ms * 1000000 } };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL };
	timer_t timer;

	event.sigev_signo = signo;
	CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK_SYS(timer_settime(timer, 0, &spec, NULL));
	return timer;
}

static inline void ticks_stop(timer_t timer)
{
	CHECK_SYS(timer_delete(timer));
}

#endif
