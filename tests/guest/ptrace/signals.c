/* SPDX-License-Identifier: GPL-2.0 */
/* signals.c - a tracer decides what becomes of its tracee's signals. */
#define _GNU_SOURCE
#include "ptrace.h"
#include "raw.h"
#include "tracee.h"

static volatile int runs, last_signo, last_value;

static void note_handler(int signo, siginfo_t *info, void *context)
{
	(void)context;
	runs++;
	last_signo = signo;
	last_value = info->si_value.sival_int;
}

static void handlers_set(void)
{
	struct sigaction action = { .sa_sigaction = note_handler };

	action.sa_flags = SA_SIGINFO;
	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	CHECK_SYS(sigaction(SIGUSR2, &action, NULL));
}

static void raising_tracee(void *arg)
{
	union sigval value = { .sival_int = 1 };

	(void)arg;
	handlers_set();
	CHECK_SYS(sigqueue(getpid(), SIGUSR1, value));
	CHECK(runs == 0, "the suppressed signal was delivered");
	CHECK_SYS(sigqueue(getpid(), SIGUSR1, value));
	CHECK(runs == 1 && last_signo == SIGUSR2, "%d handlers, signal %d", runs,
	      last_signo);
	CHECK_SYS(sigqueue(getpid(), SIGUSR1, value));
	CHECK(runs == 2 && last_signo == SIGUSR1 && last_value == 42,
	      "%d handlers, signal %d, value %d", runs, last_signo, last_value);
	CHECK_SYS(sigqueue(getpid(), SIGUSR1, value));
	CHECK(runs == 3 && last_value == 1, "%d handlers, value %d", runs,
	      last_value);
	for (;;)
		CHECK_SYS(sigqueue(getpid(), SIGUSR1, value));
}

void test_signals(void)
{
	pid_t pid = tracee_start(raising_tracee, NULL);
	siginfo_t info;

	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "signal 1", SIGUSR1);
	TRACE(PTRACE_GETSIGINFO, pid, 0, &info);
	CHECK(info.si_signo == SIGUSR1 && info.si_code == SI_QUEUE &&
	      info.si_pid == pid && info.si_value.sival_int == 1,
	      "siginfo: signal %d, code %d, pid %d", info.si_signo,
	      info.si_code, info.si_pid);
	TRACE(PTRACE_CONT, pid, 0, 0);

	tracee_expect(pid, "signal 2", SIGUSR1);
	TRACE(PTRACE_CONT, pid, 0, SIGUSR2);

	tracee_expect(pid, "signal 3", SIGUSR1);
	TRACE(PTRACE_GETSIGINFO, pid, 0, &info);
	info.si_value.sival_int = 42;
	TRACE(PTRACE_SETSIGINFO, pid, 0, &info);
	TRACE(PTRACE_CONT, pid, 0, SIGUSR1);

	tracee_expect(pid, "signal 4", SIGUSR1);
	TRACE(PTRACE_CONT, pid, 0, SIGUSR1);

	tracee_expect(pid, "signal 5", SIGUSR1);
	tracee_dies(pid, "SIGTERM instead of SIGUSR1", SIGTERM);
}

static void kill_tracee(void *arg)
{
	long ret;

	(void)arg;
	handlers_set();
	STOP_HERE();
	ret = RAW2(SYS_kill, RAW0(SYS_getpid), SIGUSR1);
	CHECK(ret == 0 && runs == 1, "kill: %ld, %d handlers", ret, runs);
}

/* Through kill, handler and sigreturn: afterwards all registers as before. */
void test_sigreturn(void)
{
	static const long calls[] = { SYS_getpid, SYS_getpid, SYS_kill, SYS_kill };
	pid_t pid = tracee_start_stopped(kill_tracee, NULL);
	struct user_regs_struct before, regs;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		TRACE(PTRACE_SYSCALL, pid, 0, 0);
		tracee_expect(pid, "entry or exit", SIGTRAP | 0x80);
		before = regs_get(pid);
		CHECK(before.orig_rax == (uint64_t)calls[i], "call %lld",
		      before.orig_rax);
	}
	TRACE(PTRACE_SYSCALL, pid, 0, 0);
	tracee_expect(pid, "signal", SIGUSR1);
	TRACE(PTRACE_SYSCALL, pid, 0, SIGUSR1);
	tracee_expect(pid, "entry of sigreturn", SIGTRAP | 0x80);
	regs = regs_get(pid);
	CHECK(regs.orig_rax == SYS_rt_sigreturn, "call %lld", regs.orig_rax);
	TRACE(PTRACE_SYSCALL, pid, 0, 0);
	tracee_expect(pid, "exit of sigreturn", SIGTRAP | 0x80);
	regs = regs_get(pid);
	regs.orig_rax = before.orig_rax;	/* not a register */
	CHECK(!memcmp(&regs, &before, sizeof(regs)),
	      "registers changed: rax 0x%llx, rip 0x%llx, rsp 0x%llx, rcx 0x%llx",
	      regs.rax, regs.rip, regs.rsp, regs.rcx);
	tracee_end(pid, "sigreturn");
}
