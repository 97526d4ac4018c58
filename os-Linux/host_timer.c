// SPDX-License-Identifier: GPL-2.0
/*
 * host_timer.c - see host_timer.h.
 *
 * A POSIX timer (timer_create(2)) where there can be one. It needs a place in the
 * queue of pending signals (ulimit -i), and a sandbox may forbid it: then the
 * process's interval timer (setitimer(2)), which needs neither and is as good but
 * for its resolution of a microsecond.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <os.h>
#include <uml/host_timer.h>
#include <uml/start.h>

#define NS_PER_US	1000

static timer_t timer;
static bool posix;

int host_timer_start(void)
{
	static const struct itimerval off;
	int err;

	posix = timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0;
	if (posix)
		return 0;
	err = errno;
	if (setitimer(ITIMER_REAL, &off, NULL) < 0)
		start_fail("no timer: the host refuses timer_create (%s) and setitimer (%s); permit one of them",
			   strerror(err), strerror(errno));
	os_info("timer_create: %s; taking setitimer\n", strerror(err));
	return 0;
}

/* Never 0, which would be: off */
static struct timeval microseconds(const struct timespec *time)
{
	return (struct timeval){
		.tv_sec = time->tv_sec + (time->tv_nsec + NS_PER_US - 1) / 1000000000,
		.tv_usec = (time->tv_nsec + NS_PER_US - 1) / NS_PER_US % 1000000,
	};
}

int host_timer_set(const struct itimerspec *its)
{
	struct itimerval value;

	if (posix)
		return timer_settime(timer, 0, its, NULL) < 0 ? -errno : 0;
	value.it_value = microseconds(&its->it_value);
	value.it_interval = microseconds(&its->it_interval);
	return setitimer(ITIMER_REAL, &value, NULL) < 0 ? -errno : 0;
}

int host_timer_runs(void)
{
	struct itimerspec its = { };
	struct itimerval value = { };

	if (posix) {
		if (timer_gettime(timer, &its) < 0)
			return 0;
		return its.it_value.tv_sec || its.it_value.tv_nsec;
	}
	if (getitimer(ITIMER_REAL, &value) < 0)
		return 0;
	return value.it_value.tv_sec || value.it_value.tv_usec;
}
