/* SPDX-License-Identifier: GPL-2.0 */
/* tracee.h - starting, stopping and looking at a traced child. */
#ifndef TRACEE_H
#define TRACEE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "child.h"

#define TRACE(request, pid, addr, data) \
	CHECK_SYS(ptrace(request, pid, (void *)(unsigned long)(addr), \
			 (void *)(unsigned long)(data)))
#define USER_REG(name) offsetof(struct user, regs.name)

/* In the tracee: stop here with SIGTRAP. */
#define STOP_HERE() asm volatile("int3" : : : "memory")

/* The next stop, as the signal number, plus event << 8 if there is one. */
static inline int tracee_stop(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, __WALL) == pid, "waitpid: %s",
	      strerror(errno));
	CHECK(WIFSTOPPED(status), "wait status 0x%x, expected a stop", status);
	return status >> 8;
}

static inline void tracee_expect(pid_t pid, const char *what, int stop)
{
	int got = tracee_stop(pid);

	CHECK(got == stop, "%s: stopped by 0x%x, expected 0x%x", what, got, stop);
}

/* A child that runs fn(arg) traced; it is stopped before that. */
static inline pid_t tracee_start(void (*fn)(void *), void *arg)
{
	pid_t parent = getpid();
	pid_t pid = CHECK_SYS(fork());

	if (!pid) {
		CHECK_SYS(prctl(PR_SET_PDEATHSIG, SIGKILL));
		if (getppid() != parent)
			_exit(TEST_FAILED);
		CHECK_SYS(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		CHECK_SYS(raise(SIGSTOP));
		fn(arg);
		_exit(0);
	}
	tracee_expect(pid, "start", SIGSTOP);
	TRACE(PTRACE_SETOPTIONS, pid, 0,
	      PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
	return pid;
}

/* The same, and let it run to its first STOP_HERE. */
static inline pid_t tracee_start_stopped(void (*fn)(void *), void *arg)
{
	pid_t pid = tracee_start(fn, arg);

	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "STOP_HERE", SIGTRAP);
	return pid;
}

/* Let it go on: it must end with status 0. */
static inline void tracee_end(pid_t pid, const char *what)
{
	TRACE(PTRACE_CONT, pid, 0, 0);
	child_check(pid, what);
}

/* Let it go on with a signal: it must die of that. */
static inline void tracee_dies(pid_t pid, const char *what, int signo)
{
	int status;

	TRACE(PTRACE_CONT, pid, 0, signo);
	status = child_wait(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == signo,
	      "%s: wait status 0x%x, expected death by signal %d", what, status,
	      signo);
}

static inline struct user_regs_struct regs_get(pid_t pid)
{
	struct user_regs_struct regs;

	TRACE(PTRACE_GETREGS, pid, 0, &regs);
	return regs;
}

static inline void regs_set(pid_t pid, const struct user_regs_struct *regs)
{
	TRACE(PTRACE_SETREGS, pid, 0, regs);
}

/* PTRACE_PEEK* give the value, -1 being one too. */
static inline uint64_t peek(pid_t pid, enum __ptrace_request request,
			    const void *addr)
{
	long value;

	errno = 0;
	value = ptrace(request, pid, addr, NULL);
	CHECK(!errno, "peek at %p: %s", addr, strerror(errno));
	return value;
}

#endif
