// SPDX-License-Identifier: GPL-2.0
/*
 * hostcosts.c - what this host's own ways into a process cost, measured natively:
 * a system call, and a round trip of PTRACE_SYSEMU, which is what the skas
 * backend pays for each system call of a guest.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static pid_t tracee;

static unsigned long getppid_run(unsigned long ops)
{
	pid_t parent = getppid();
	unsigned long i;

	for (i = 0; i < ops; i++)
		CHECK(syscall(SYS_getppid) == parent);
	return ops;
}

static void stop_wait(int signo)
{
	int status;

	CHECK(waitpid(tracee, &status, 0) == tracee, "%s", strerror(errno));
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == signo,
	      "the tracee's wait status is 0x%x", status);
}

static void tracee_begin(void)
{
	tracee = CHECK_SYS(fork());
	if (!tracee) {
		CHECK_SYS(prctl(PR_SET_PDEATHSIG, SIGKILL));
		CHECK_SYS(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
		CHECK_SYS(raise(SIGSTOP));
		for (;;)
			syscall(SYS_getppid);
	}
	stop_wait(SIGSTOP);
	CHECK_SYS(ptrace(PTRACE_SETOPTIONS, tracee, NULL, PTRACE_O_TRACESYSGOOD));
}

/* One system call caught, its registers read, a result put in. */
static unsigned long sysemu_run(unsigned long ops)
{
	struct user_regs_struct regs;
	unsigned long i;

	for (i = 0; i < ops; i++) {
		CHECK_SYS(ptrace(PTRACE_SYSEMU, tracee, NULL, NULL));
		stop_wait(SIGTRAP | 0x80);
		CHECK_SYS(ptrace(PTRACE_GETREGS, tracee, NULL, &regs));
		CHECK(regs.orig_rax == SYS_getppid);
		regs.rax = 1;
		CHECK_SYS(ptrace(PTRACE_SETREGS, tracee, NULL, &regs));
	}
	return ops;
}

static void tracee_end(void)
{
	CHECK_SYS(kill(tracee, SIGKILL));
	CHECK(waitpid(tracee, NULL, 0) == tracee);
}

static const struct figure figures[] = {
	{ "host/getppid", "ns", NULL, getppid_run, NULL, 0 },
	{ "host/ptrace-sysemu", "ns", tracee_begin, sysemu_run, tracee_end, 0 },
};

BENCH_MAIN(figures)
