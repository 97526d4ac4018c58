// SPDX-License-Identifier: GPL-2.0
/*
 * overrun.c - no tick is lost: timers that count what could not be delivered
 * one by one. Each count must lie between what the clock says just before
 * and just after.
 */
#define _GNU_SOURCE
#include <sys/timerfd.h>

#include "timers.h"

#define TICK (2 * MS)

struct started {
	long before, after; /* the timer was started between these */
};

static volatile long total, signals;
static struct started start;
static timer_t timer_id;

/* So many ticks were counted between the moments `from` and now. */
static void count_check(const char *what, long count, struct started s, long from)
{
	long least = (from - s.after) / TICK, most = (now() - s.before) / TICK;

	CHECK(count >= least && count <= most, "%s: %ld ticks, should be %ld to %ld",
	      what, count, least, most);
}

static struct itimerspec period(void)
{
	return (struct itimerspec){ timespec_of(TICK), timespec_of(TICK) };
}

static void timerfd_check(void)
{
	int fd = CHECK_SYS(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
	struct itimerspec spec = period();
	struct started s = { .before = now() };
	uint64_t count, sum = 0;

	CHECK_SYS(timerfd_settime(fd, 0, &spec, NULL));
	s.after = now();
	for (int i = 0; i < 6; i++) {
		long from;

		usleep(i * 3000);
		from = now();
		CHECK(read(fd, &count, sizeof(count)) == sizeof(count), "%s",
		      strerror(errno));
		sum += count;
		count_check("timerfd", sum, s, from);
	}
	CHECK_SYS(close(fd));
}

static void timer_start(int signo)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = signo };
	struct itimerspec spec = period();

	event.sigev_value.sival_int = 4321;
	CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &timer_id));
	start.before = now();
	CHECK_SYS(timer_settime(timer_id, 0, &spec, NULL));
	start.after = now();
}

/* Blocked: one signal tells of all the ticks since the last one. */
static void blocked_check(void)
{
	long sum = 0, from;
	sigset_t set;
	siginfo_t info;

	CHECK_SYS(sigemptyset(&set));
	CHECK_SYS(sigaddset(&set, SIGUSR1));
	CHECK_SYS(sigprocmask(SIG_BLOCK, &set, NULL));
	timer_start(SIGUSR1);
	for (int i = 0; i < 6; i++) {
		usleep(i * 3000);
		from = now();
		CHECK(sigwaitinfo(&set, &info) == SIGUSR1, "%s", strerror(errno));
		CHECK(info.si_code == SI_TIMER && info.si_value.sival_int == 4321,
		      "si_code %d, value %d", info.si_code,
		      info.si_value.sival_int);
		sum += 1 + info.si_overrun;
		count_check("blocked signal", sum, start, from);
	}
	CHECK_SYS(timer_delete(timer_id));
	/* One more may be pending: older kernels keep it. */
	CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR, "%s", strerror(errno));
	CHECK_SYS(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

static void handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	total = total + 1 + info->si_overrun;
	signals = signals + 1;
}

/* With a handler, over a busy loop */
static void handler_check(void)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	long from;
	sigset_t set;
	siginfo_t info;

	CHECK_SYS(sigaction(SIGUSR2, &action, NULL));
	CHECK_SYS(sigemptyset(&set));
	CHECK_SYS(sigaddset(&set, SIGUSR2));
	timer_start(SIGUSR2);
	while (total < 40)
		spin_until(&total, total + 1);
	/* The last one without the handler: what is under way is counted, too. */
	CHECK_SYS(sigprocmask(SIG_BLOCK, &set, NULL));
	from = now();
	CHECK(sigwaitinfo(&set, &info) == SIGUSR2, "%s", strerror(errno));
	handler(SIGUSR2, &info, NULL);
	count_check("handler", total, start, from);
	CHECK_SYS(timer_delete(timer_id));
	CHECK(signals > 0 && signals <= total, "%ld signals for %ld ticks", signals,
	      total);
}

/* A timer that tells nobody can still be asked. */
static void silent_check(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct itimerspec spec = { .it_value = timespec_of(1000 * MS) }, left;

	CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &timer_id));
	CHECK_SYS(timer_settime(timer_id, 0, &spec, NULL));
	usleep(4000);
	CHECK_SYS(timer_gettime(timer_id, &left));
	CHECK(left.it_value.tv_sec == 0 && left.it_value.tv_nsec <= 996 * MS,
	      "%ld.%09ld s left of 1 s after 4 ms", (long)left.it_value.tv_sec,
	      left.it_value.tv_nsec);
	CHECK_SYS(timer_delete(timer_id));
}

void overrun_check(void *arg)
{
	(void)arg;
	timerfd_check();
	blocked_check();
	handler_check();
	silent_check();
}
