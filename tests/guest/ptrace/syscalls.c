/* SPDX-License-Identifier: GPL-2.0 */
/* syscalls.c - a tracer sees and changes system calls. */
#define _GNU_SOURCE
#include <linux/audit.h>
#include <time.h>

#include "ptrace.h"
#include "raw.h"
#include "tracee.h"

#define SYSCALL_STOP	(SIGTRAP | 0x80)
#define ERESTARTNOHAND	514
#define ERESTART_RESTARTBLOCK 516

/* Go on to the next stop at a system call's entry or exit. */
static struct user_regs_struct syscall_next(pid_t pid, const char *what)
{
	TRACE(PTRACE_SYSCALL, pid, 0, 0);
	tracee_expect(pid, what, SYSCALL_STOP);
	return regs_get(pid);
}

static void check_entry(const struct user_regs_struct *regs, long nr)
{
	CHECK(regs->orig_rax == (uint64_t)nr, "entry: call %lld, expected %ld",
	      regs->orig_rax, nr);
	CHECK((long)regs->rax == -ENOSYS, "entry: rax is %lld", regs->rax);
}

static void check_exit(const struct user_regs_struct *regs, long nr, long ret)
{
	CHECK(regs->orig_rax == (uint64_t)nr, "exit: call %lld, expected %ld",
	      regs->orig_rax, nr);
	CHECK((long)regs->rax == ret, "exit: rax is %lld, expected %ld",
	      regs->rax, ret);
}

static void getpid_tracee(void *arg)
{
	long ret;

	(void)arg;
	STOP_HERE();
	ret = RAW6(SYS_getpid, 0x1111111111111111, 0x2222222222222222,
		   0x3333333333333333, 0x4444444444444444,
		   0x5555555555555555, 0x6666666666666666);
	STOP_HERE();
	CHECK(ret == getpid(), "getpid: %ld", ret);
}

void test_syscalls(void)
{
	pid_t pid = tracee_start_stopped(getpid_tracee, NULL);
	struct user_regs_struct regs = syscall_next(pid, "entry");
	uint64_t rip = regs.rip;

	check_entry(&regs, SYS_getpid);
	CHECK(regs.rdi == 0x1111111111111111 && regs.rsi == 0x2222222222222222 &&
	      regs.rdx == 0x3333333333333333 && regs.r10 == 0x4444444444444444 &&
	      regs.r8 == 0x5555555555555555 && regs.r9 == 0x6666666666666666,
	      "arguments 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx", regs.rdi,
	      regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9);
	CHECK((peek(pid, PTRACE_PEEKTEXT, (void *)(rip - 2)) & 0xffff) == 0x050f,
	      "rip 0x%lx is not behind a syscall instruction", rip);
	regs = syscall_next(pid, "exit");
	check_exit(&regs, SYS_getpid, pid);
	CHECK(regs.rip == rip, "rip is 0x%llx, expected 0x%lx", regs.rip, rip);
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "STOP_HERE", SIGTRAP);
	tracee_end(pid, "after the system call");
}

static void changed_tracee(void *arg)
{
	long got[5];

	(void)arg;
	STOP_HERE();
	got[0] = RAW0(SYS_getpid);	/* result changed */
	got[1] = RAW0(SYS_getpid);	/* other call instead */
	got[2] = RAW0(SYS_getpid);	/* no call at all */
	RAW1(SYS_umask, 0123);		/* other argument */
	got[3] = RAW1(SYS_umask, 022);
	got[4] = RAW0(SYS_getpid);	/* left alone */
	CHECK(got[0] == 12345, "changed result: %ld", got[0]);
	CHECK(got[1] == getppid(), "changed call: %ld", got[1]);
	CHECK(got[2] == 777, "skipped call: %ld", got[2]);
	CHECK(got[3] == 0456, "changed argument: 0%lo", got[3]);
	CHECK(got[4] == getpid(), "unchanged call: %ld", got[4]);
}

void test_change_syscalls(void)
{
	pid_t pid = tracee_start_stopped(changed_tracee, NULL);
	struct user_regs_struct regs = syscall_next(pid, "entry 1");

	regs = syscall_next(pid, "exit 1");
	regs.rax = 12345;
	regs_set(pid, &regs);

	regs = syscall_next(pid, "entry 2");
	check_entry(&regs, SYS_getpid);
	regs.orig_rax = SYS_getppid;
	regs_set(pid, &regs);
	regs = syscall_next(pid, "exit 2");
	check_exit(&regs, SYS_getppid, getpid());

	regs = syscall_next(pid, "entry 3");
	regs.orig_rax = -1;
	regs_set(pid, &regs);
	regs = syscall_next(pid, "exit 3");
	check_exit(&regs, -1, -ENOSYS);
	TRACE(PTRACE_POKEUSER, pid, USER_REG(rax), 777);

	regs = syscall_next(pid, "entry 4");
	check_entry(&regs, SYS_umask);
	TRACE(PTRACE_POKEUSER, pid, USER_REG(rdi), 0456);
	regs = syscall_next(pid, "exit 4");
	tracee_end(pid, "changed system calls");
}

static struct __ptrace_syscall_info info_get(pid_t pid, int op)
{
	struct __ptrace_syscall_info info;
	struct user_regs_struct regs = regs_get(pid);

	memset(&info, 0, sizeof(info));
	TRACE(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info);
	CHECK(info.op == op, "op is %d, expected %d", info.op, op);
	CHECK(info.arch == AUDIT_ARCH_X86_64, "arch is 0x%x", info.arch);
	CHECK(info.instruction_pointer == regs.rip &&
	      info.stack_pointer == regs.rsp, "rip 0x%lx, rsp 0x%lx",
	      (long)info.instruction_pointer, (long)info.stack_pointer);
	return info;
}

void test_syscall_info(void)
{
	pid_t pid = tracee_start_stopped(getpid_tracee, NULL);
	struct __ptrace_syscall_info info;
	int i;

	info_get(pid, PTRACE_SYSCALL_INFO_NONE);
	syscall_next(pid, "entry");
	info = info_get(pid, PTRACE_SYSCALL_INFO_ENTRY);
	CHECK(info.entry.nr == SYS_getpid, "call %ld", (long)info.entry.nr);
	for (i = 0; i < 6; i++)
		CHECK(info.entry.args[i] == 0x1111111111111111ull * (i + 1),
		      "argument %d: 0x%lx", i, (long)info.entry.args[i]);
	syscall_next(pid, "exit");
	info = info_get(pid, PTRACE_SYSCALL_INFO_EXIT);
	CHECK(info.exit.rval == pid && !info.exit.is_error, "result %ld",
	      (long)info.exit.rval);
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "STOP_HERE", SIGTRAP);
	tracee_end(pid, "after the system call");
}

static void sleeping_tracee(void *arg)
{
	struct timespec pause = { 0, 20000000 };
	long ret;

	(void)arg;
	STOP_HERE();
	ret = RAW0(SYS_pause);		/* the tracer makes it getpid */
	CHECK(ret == RAW0(SYS_getpid), "instead of pause: %ld", ret);
	STOP_HERE();
	ret = RAW2(SYS_nanosleep, &pause, NULL);
	CHECK(ret == 0, "nanosleep: %ld", ret);
}

/* A signal that the tracer keeps makes the call be started again. */
static struct user_regs_struct interrupt_call(pid_t pid, long nr, long error)
{
	struct user_regs_struct regs = syscall_next(pid, "entry");
	uint64_t rip = regs.rip;

	check_entry(&regs, nr);
	CHECK_SYS(kill(pid, SIGUSR1));
	regs = syscall_next(pid, "interrupted exit");
	check_exit(&regs, nr, -error);
	TRACE(PTRACE_SYSCALL, pid, 0, 0);
	tracee_expect(pid, "signal", SIGUSR1);
	regs = syscall_next(pid, "second entry");
	CHECK(regs.rip == rip, "rip is 0x%llx, expected 0x%lx", regs.rip, rip);
	return regs;
}

void test_restarted_syscall(void)
{
	pid_t pid = tracee_start_stopped(sleeping_tracee, NULL);
	struct user_regs_struct regs;

	regs = interrupt_call(pid, SYS_pause, ERESTARTNOHAND);
	check_entry(&regs, SYS_pause);
	TRACE(PTRACE_POKEUSER, pid, USER_REG(orig_rax), SYS_getpid);
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "second STOP_HERE", SIGTRAP);
	regs = interrupt_call(pid, SYS_nanosleep, ERESTART_RESTARTBLOCK);
	check_entry(&regs, SYS_restart_syscall);
	regs = syscall_next(pid, "final exit");
	CHECK(regs.rax == 0, "nanosleep: %lld", regs.rax);
	tracee_end(pid, "restarted system calls");
}

static void emulated_tracee(void *arg)
{
	long ret;

	(void)arg;
	STOP_HERE();
	ret = RAW1(SYS_exit_group, 1);
	CHECK(ret == 4242, "emulated exit_group: %ld", ret);
}

/* PTRACE_SYSEMU: the call is the tracer's business, the kernel does nothing. */
void test_sysemu(void)
{
	pid_t pid = tracee_start_stopped(emulated_tracee, NULL);
	struct user_regs_struct regs;

	TRACE(PTRACE_SYSEMU, pid, 0, 0);
	tracee_expect(pid, "entry", SYSCALL_STOP);
	regs = regs_get(pid);
	check_entry(&regs, SYS_exit_group);
	CHECK(regs.rdi == 1, "argument %lld", regs.rdi);
	TRACE(PTRACE_POKEUSER, pid, USER_REG(rax), 4242);
	tracee_end(pid, "emulated system call");
}
