// SPDX-License-Identifier: GPL-2.0
/* calls.c - single system calls, without and with a file, and polling. */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define FILE_NAME "calls-file"
#define FILE_SIZE 4711
#define PIPES 16

static int fd = -1, epoll_fd = -1, pipes[PIPES][2];

static unsigned long null_run(unsigned long ops)
{
	pid_t parent = getppid();
	unsigned long i;

	for (i = 0; i < ops; i++)
		CHECK(syscall(SYS_getppid) == parent);
	return ops;
}

static void zero_open(void)
{
	fd = CHECK_SYS(open("/dev/zero", O_RDONLY | O_CLOEXEC));
}

static void null_open(void)
{
	fd = CHECK_SYS(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static void fd_close(void)
{
	CHECK_SYS(close(fd));
}

static unsigned long read_run(unsigned long ops)
{
	unsigned long i;
	char c = 1;

	for (i = 0; i < ops; i++) {
		CHECK(read(fd, &c, 1) == 1 && c == 0);
		c = 1;
	}
	return ops;
}

static unsigned long write_run(unsigned long ops)
{
	unsigned long i;

	for (i = 0; i < ops; i++)
		CHECK(write(fd, "x", 1) == 1);
	return ops;
}

static void file_make(void)
{
	fd = CHECK_SYS(open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	CHECK_SYS(ftruncate(fd, FILE_SIZE));
	CHECK_SYS(close(fd));
}

static void file_remove(void)
{
	CHECK_SYS(unlink(FILE_NAME));
}

static unsigned long stat_run(unsigned long ops)
{
	struct stat st;
	unsigned long i;

	for (i = 0; i < ops; i++) {
		st.st_size = 0;
		CHECK_SYS(stat(FILE_NAME, &st));
		CHECK(st.st_size == FILE_SIZE);
	}
	return ops;
}

static unsigned long open_run(unsigned long ops)
{
	unsigned long i;

	for (i = 0; i < ops; i++)
		CHECK_SYS(close(CHECK_SYS(open(FILE_NAME, O_RDONLY | O_CLOEXEC))));
	return ops;
}

static unsigned long clock_run(unsigned long ops)
{
	struct timespec t, last = { 0, 0 };
	unsigned long i;

	for (i = 0; i < ops; i++) {
		CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &t));
		CHECK(t.tv_sec > last.tv_sec || (t.tv_sec == last.tv_sec &&
		      t.tv_nsec >= last.tv_nsec), "the clock went back");
		last = t;
	}
	return ops;
}

/* Sixteen pipes, the last one has something to read. */
static void poll_begin(void)
{
	struct epoll_event event = { .events = EPOLLIN };
	int i;

	epoll_fd = CHECK_SYS(epoll_create1(EPOLL_CLOEXEC));
	for (i = 0; i < PIPES; i++) {
		CHECK_SYS(pipe2(pipes[i], O_CLOEXEC));
		event.data.u32 = i;
		CHECK_SYS(epoll_ctl(epoll_fd, EPOLL_CTL_ADD, pipes[i][0], &event));
	}
	bench_write(pipes[PIPES - 1][1], "x", 1);
}

static void poll_end(void)
{
	int i;

	CHECK_SYS(close(epoll_fd));
	for (i = 0; i < PIPES; i++) {
		CHECK_SYS(close(pipes[i][0]));
		CHECK_SYS(close(pipes[i][1]));
	}
}

static unsigned long select_run(unsigned long ops)
{
	int j, last = pipes[PIPES - 1][0], top = 0;
	unsigned long i;
	fd_set all, set;

	FD_ZERO(&all);
	for (j = 0; j < PIPES; j++) {
		FD_SET(pipes[j][0], &all);
		top = pipes[j][0] > top ? pipes[j][0] : top;
	}
	for (i = 0; i < ops; i++) {
		set = all;
		CHECK(select(top + 1, &set, NULL, NULL, NULL) == 1 &&
		      FD_ISSET(last, &set));
	}
	return ops;
}

static unsigned long epoll_run(unsigned long ops)
{
	struct epoll_event events[PIPES];
	unsigned long i;

	for (i = 0; i < ops; i++) {
		events[0].data.u32 = 0;
		CHECK(epoll_wait(epoll_fd, events, PIPES, -1) == 1 &&
		      events[0].data.u32 == PIPES - 1);
	}
	return ops;
}

static const struct figure figures[] = {
	{ "syscall/null", "ns", NULL, null_run, NULL, 0 },
	{ "syscall/read", "ns", zero_open, read_run, fd_close, 0 },
	{ "syscall/write", "ns", null_open, write_run, fd_close, 0 },
	{ "syscall/stat", "ns", file_make, stat_run, file_remove, 0 },
	{ "syscall/open-close", "ns", file_make, open_run, file_remove, 0 },
	{ "syscall/clock_gettime", "ns", NULL, clock_run, NULL, 0 },
	{ "poll/select-16", "ns", poll_begin, select_run, poll_end, 0 },
	{ "poll/epoll-16", "ns", poll_begin, epoll_run, poll_end, 0 },
};

BENCH_MAIN(figures)
