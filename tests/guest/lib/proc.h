/* SPDX-License-Identifier: GPL-2.0 */
/*
 * proc.h - child processes that never outlive the test, and the guard
 * against hangs.
 */
#ifndef TESTS_PROC_H
#define TESTS_PROC_H

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static inline void hang_report(int signo)
{
	static const char line[] = "FAIL: still running when the alarm came\n";

	(void)signo;
	if (write(STDOUT_FILENO, line, sizeof(line) - 1) < 0)
		_exit(TEST_FAILED + 1);
	_exit(TEST_FAILED);
}

/* End the program as failed after so many seconds (a child needs its own). */
static inline void hang_guard(unsigned int seconds)
{
	struct sigaction action = { .sa_handler = hang_report };

	CHECK_SYS(sigaction(SIGALRM, &action, NULL));
	alarm(seconds);
}

/* In a new child: die when the parent dies, however that happens. */
static inline void child_bind(pid_t parent)
{
	CHECK_SYS(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0));
	if (getppid() != parent)
		_exit(TEST_FAILED);
}

/* fork() that can't fail and leaves nothing behind */
static inline pid_t child_fork(void)
{
	pid_t parent = getpid(), pid;

	fflush(stdout);
	pid = CHECK_SYS(fork());
	if (pid == 0)
		child_bind(parent);
	return pid;
}

/* Wait for this child; the result is its wait status. */
static inline int child_wait(pid_t pid)
{
	int status;
	pid_t ended;

	do
		ended = waitpid(pid, &status, 0);
	while (ended == -1 && errno == EINTR);
	CHECK(ended == pid, "waitpid(%d) = %d: %s", pid, ended, strerror(errno));
	return status;
}

/* Wait for this child, which must have passed (it printed what was wrong). */
static inline void child_passed(pid_t pid)
{
	int status = child_wait(pid);

	if (WIFEXITED(status) && WEXITSTATUS(status) == TEST_SKIPPED)
		_exit(TEST_SKIPPED);
	CHECK(status == 0, "child %d ended with wait status 0x%x", pid, status);
}

#endif
