// SPDX-License-Identifier: GPL-2.0
/* child.c - processes and pipes of bench programs, see bench.h. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

pid_t bench_child(void (*fn)(void *), void *arg)
{
	pid_t parent = getpid();
	pid_t pid = CHECK_SYS(fork());

	if (!pid) {
		CHECK_SYS(prctl(PR_SET_PDEATHSIG, SIGKILL));
		if (getppid() != parent)
			_exit(TEST_FAILED);
		fn(arg);
		_exit(0);
	}
	return pid;
}

void bench_child_end(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	CHECK(status == 0, "a child ended with wait status 0x%x", status);
}

void bench_read(int fd, void *data, size_t size)
{
	char *at = data;
	ssize_t n;

	while (size) {
		n = CHECK_SYS(read(fd, at, size));
		CHECK(n > 0, "end of file, %zu bytes early", size);
		at += n;
		size -= n;
	}
}

void bench_write(int fd, const void *data, size_t size)
{
	const char *at = data;
	ssize_t n;

	while (size) {
		n = CHECK_SYS(write(fd, at, size));
		at += n;
		size -= n;
	}
}
