// SPDX-License-Identifier: GPL-2.0
/* poll.c - the timeouts of everything that waits for descriptors or signals. */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "child.h"
#include "timers.h"

#define WAIT (7 * MS)

static void timeouts_check(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	struct timespec ts = timespec_of(WAIT);
	struct timeval tv = { 0, WAIT / 1000 };
	struct epoll_event event;
	int epoll = CHECK_SYS(epoll_create1(EPOLL_CLOEXEC));
	long begin = now();
	fd_set set;

	CHECK(poll(&pollfd, 1, WAIT / MS) == 0, "poll");
	duration_check("poll", begin, WAIT);
	begin = now();
	CHECK(ppoll(&pollfd, 1, &ts, NULL) == 0, "ppoll");
	duration_check("ppoll", begin, WAIT);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	begin = now();
	CHECK(select(fd + 1, &set, NULL, NULL, &tv) == 0, "select");
	duration_check("select", begin, WAIT);
	event.events = EPOLLIN;
	CHECK_SYS(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	begin = now();
	CHECK(epoll_wait(epoll, &event, 1, WAIT / MS) == 0, "epoll_wait");
	duration_check("epoll_wait", begin, WAIT);
	CHECK(poll(&pollfd, 1, 0) == 0, "poll without a wait");
	CHECK_SYS(close(epoll));
}

static void others_check(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
	struct timespec ts = timespec_of(WAIT);
	sigset_t set;
	long begin;

	CHECK_SYS(sigemptyset(&set));
	CHECK_SYS(sigaddset(&set, SIGUSR1));
	begin = now();
	CHECK(sigtimedwait(&set, NULL, &ts) == -1 && errno == EAGAIN,
	      "sigtimedwait: %s", strerror(errno));
	duration_check("sigtimedwait", begin, WAIT);
	begin = now();
	ts = timespec_of(begin + WAIT);
	CHECK(pthread_mutex_lock(&mutex) == 0, "lock");
	CHECK(pthread_cond_clockwait(&cond, &mutex, CLOCK_MONOTONIC, &ts) ==
	      ETIMEDOUT, "condition without a signal");
	CHECK(pthread_mutex_unlock(&mutex) == 0, "unlock");
	duration_check("pthread_cond_clockwait", begin, WAIT);
}

static void writer_body(void *arg)
{
	usleep(3000);
	CHECK(write(*(int *)arg, "x", 1) == 1, "%s", strerror(errno));
}

/* What comes before the timeout ends the wait, at once. */
static void event_check(int *pipe_fd)
{
	struct pollfd pollfd = { .fd = pipe_fd[0], .events = POLLIN };
	long begin = now();
	pid_t pid = child_start(writer_body, &pipe_fd[1]);

	CHECK(poll(&pollfd, 1, 30000) == 1 && pollfd.revents == POLLIN,
	      "poll: revents %#x", pollfd.revents);
	duration_check("poll for an event", begin, 3 * MS);
	child_check(pid, "writer");
}

void poll_check(void *arg)
{
	int pipe_fd[2];

	(void)arg;
	CHECK_SYS(pipe(pipe_fd));
	timeouts_check(pipe_fd[0]);
	others_check();
	event_check(pipe_fd);
}
