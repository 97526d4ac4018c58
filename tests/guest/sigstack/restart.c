/* SPDX-License-Identifier: GPL-2.0 */
/* restart.c - what a signal does to a system call that waits: see signal(7). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>

#include "sigstack.h"
#include "ticks.h"

static volatile int runs;
static volatile int end_fd = -1;		/* the second run writes here */

static void tick_handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
	if (++runs == 2 && end_fd >= 0)
		CHECK_SYS(write(end_fd, "x", 1));
}

static timer_t ticks_with(int flags, int write_fd)
{
	runs = 0;
	end_fd = write_fd;
	handler_set(SIGUSR1, tick_handler, flags);
	return ticks_start(SIGUSR1, TICK_MS);
}

/* `ret`, the result of a call, must be -1 with EINTR after a handler's run. */
static void check_interrupted(const char *what, long ret)
{
	CHECK(ret == -1 && errno == EINTR, "%s: %ld, %s", what, ret,
	      strerror(errno));
	CHECK(runs >= 1, "%s: no handler ran", what);
}

void test_interrupted(void)
{
	int fds[2];
	struct timespec second = { 1, 0 }, left = { 7, 7 };
	struct pollfd poll_fd = { .events = POLLIN };
	timer_t ticks;
	char byte;

	CHECK_SYS(pipe2(fds, O_CLOEXEC));
	poll_fd.fd = fds[0];
	ticks = ticks_with(0, -1);
	check_interrupted("read", read(fds[0], &byte, 1));
	runs = 0;
	check_interrupted("pause", pause());
	ticks_stop(ticks);

	/* These are not restarted even if the handler says so. */
	ticks = ticks_with(SA_RESTART, -1);
	check_interrupted("poll", poll(&poll_fd, 1, -1));
	runs = 0;
	check_interrupted("nanosleep", nanosleep(&second, &left));
	ticks_stop(ticks);
	CHECK(left.tv_sec == 0 && left.tv_nsec > 0, "%ld.%09ld s left of 1 s",
	      left.tv_sec, left.tv_nsec);
}

static void wait_for_byte(void *arg)
{
	char byte;

	CHECK(read(*(int *)arg, &byte, 1) == 1, "read: %s", strerror(errno));
}

void test_restarted(void)
{
	int fds[2];
	timer_t ticks;
	char byte = 0;
	int status;
	pid_t pid;

	CHECK_SYS(pipe2(fds, O_CLOEXEC));
	ticks = ticks_with(SA_RESTART, fds[1]);
	CHECK(read(fds[0], &byte, 1) == 1 && byte == 'x', "read: %s",
	      strerror(errno));
	CHECK(runs >= 2, "%d handlers before the byte came", runs);
	ticks_stop(ticks);

	pid = child_start(wait_for_byte, &fds[0]);
	ticks = ticks_with(SA_RESTART, fds[1]);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0,
	      "waitpid: %s, status 0x%x", strerror(errno), status);
	CHECK(runs >= 2, "%d handlers before the child ended", runs);
	ticks_stop(ticks);
}

/* What has been written when the signal comes is the result. */
void test_partial(void)
{
	int fds[2];
	static char buffer[2 * 65536];
	timer_t ticks;
	long n;

	CHECK_SYS(pipe2(fds, O_CLOEXEC));
	CHECK_SYS(fcntl(fds[0], F_SETPIPE_SZ, 65536));
	ticks = ticks_with(SA_RESTART, -1);
	n = write(fds[1], buffer, sizeof(buffer));
	ticks_stop(ticks);
	CHECK(n == 65536, "write to a full pipe: %ld, %s", n, strerror(errno));
}

static void sleep_whole(void *arg)
{
	struct timespec pause = { 0, *(int *)arg * 1000000l }, start, end;
	long ns;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &start));
	CHECK_SYS(nanosleep(&pause, NULL));
	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &end));
	ns = (end.tv_sec - start.tv_sec) * 1000000000 + end.tv_nsec -
	     start.tv_nsec;
	CHECK(ns >= pause.tv_nsec, "slept %ld ns of %ld", ns, pause.tv_nsec);
}

/*
 * Stop the child while it sleeps, and let it go on. On a busy machine it may
 * have ended before the stop: 0, and that tells nothing.
 */
static int stop_sleeper(int ms)
{
	struct timespec pause = { 0, 10000000 };
	pid_t pid = child_start(sleep_whole, &ms);
	int status;

	CHECK_SYS(nanosleep(&pause, NULL));
	CHECK_SYS(kill(pid, SIGSTOP));
	CHECK_SYS(waitpid(pid, &status, WUNTRACED));
	if (status == 0)
		return 0;
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP, "status 0x%x",
	      status);
	CHECK_SYS(kill(pid, SIGCONT));
	child_check(pid, "nanosleep, stopped in between");
	return 1;
}

/* Without a handler nothing is interrupted: stop and go, ignored, blocked. */
void test_not_interrupted(void)
{
	timer_t ticks;
	int ms = 40;

	while (!stop_sleeper(ms))
		CHECK((ms *= 2) < 1000, "the sleeper is always too early");

	ms = 15;
	ticks = ticks_with(0, -1);
	CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR, "signal");
	sleep_whole(&ms);
	handler_set(SIGUSR1, tick_handler, 0);
	mask_set(SIG_BLOCK, SIGUSR1);
	sleep_whole(&ms);
	ticks_stop(ticks);
	runs = 0;
	mask_set(SIG_UNBLOCK, SIGUSR1);
	CHECK(runs <= 1, "%d ticks were pending", runs);
}
