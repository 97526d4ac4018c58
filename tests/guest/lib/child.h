/* SPDX-License-Identifier: GPL-2.0 */
/*
 * child.h - parts of a test that run in a process of their own: because they
 * are expected to die, or because two of them have to exist side by side.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

/*
 * First call of each main: no hang lasts longer than `seconds` (on a native host), and programs
 * that die on purpose leave no core file. Lines are written out one by one, so
 * that a child never writes its parent's unwritten lines a second time.
 */
static inline void test_begin(unsigned int seconds)
{
	struct rlimit none = { 0, 0 };

	setvbuf(stdout, NULL, _IOLBF, 0);
	CHECK_SYS(setrlimit(RLIMIT_CORE, &none));
	alarm(seconds * check_slow());
}

/* Memory that children share with their parent, zero at first. */
static inline void *shared_alloc(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED, "mmap of %zu bytes: %s", size, strerror(errno));
	return p;
}

/* Start fn(arg) in a child, which dies with its parent. Wait for it! */
static inline pid_t child_start(void (*fn)(void *), void *arg)
{
	pid_t parent = getpid();
	pid_t pid = CHECK_SYS(fork());

	if (pid)
		return pid;
	CHECK_SYS(prctl(PR_SET_PDEATHSIG, SIGKILL));
	if (getppid() != parent)
		_exit(TEST_FAILED);
	fn(arg);
	_exit(0);
}

static inline int child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) != pid)
		CHECK(errno == EINTR, "waitpid: %s", strerror(errno));
	return status;
}

/* Wait for a child that checks itself: its own FAIL line has been printed. */
static inline void child_check(pid_t pid, const char *what)
{
	int status = child_wait(pid);

	CHECK(status == 0, "%s: child's wait status is 0x%x", what, status);
}

/*
 * Wait for `count` children, all that there are, in whatever order they end:
 * the first that fails ends the test, and with it those that wait for it.
 */
static inline void children_check(int count, const char *what)
{
	int status;

	while (count--) {
		while (waitpid(-1, &status, 0) < 0)
			CHECK(errno == EINTR, "%s: waitpid: %s", what,
			      strerror(errno));
		CHECK(status == 0, "%s: a child's wait status is 0x%x", what,
		      status);
	}
}

static inline void child_run(const char *what, void (*fn)(void *), void *arg)
{
	child_check(child_start(fn, arg), what);
}

/* fn(arg) must be killed by signal signo, in a child. */
static inline void child_dies(const char *what, void (*fn)(void *), void *arg,
			      int signo)
{
	int status = child_wait(child_start(fn, arg));

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signo,
	      "%s: wait status 0x%x, expected death by signal %d", what, status,
	      signo);
}

#endif
