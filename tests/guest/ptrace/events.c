/* SPDX-License-Identifier: GPL-2.0 */
/* events.c - fork, exec and exit of a tracee. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "ptrace.h"
#include "raw.h"
#include "tinyelf.h"
#include "tracee.h"

static void forking_tracee(void *arg)
{
	long pid;
	int status = 0;

	(void)arg;
	STOP_HERE();
	pid = RAW0(SYS_fork);
	if (!pid)
		RAW1(SYS_exit_group, 7);
	CHECK(RAW4(SYS_wait4, pid, &status, __WALL, NULL) == pid &&
	      WEXITSTATUS(status) == 7, "wait4 of %ld: 0x%x", pid, status);
}

void test_fork(void)
{
	pid_t pid = tracee_start_stopped(forking_tracee, NULL);
	struct user_regs_struct regs, child_regs;
	unsigned long message;
	pid_t child;
	int status;

	TRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL |
	      PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXIT);
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "fork", SIGTRAP | PTRACE_EVENT_FORK << 8);
	TRACE(PTRACE_GETEVENTMSG, pid, 0, &message);
	child = message;
	tracee_expect(child, "start of the child", SIGSTOP);
	regs = regs_get(pid);
	child_regs = regs_get(child);
	CHECK(child_regs.rax == 0 && child_regs.rip == regs.rip &&
	      child_regs.rsp == regs.rsp && child_regs.rbp == regs.rbp,
	      "child: rax 0x%llx, rip 0x%llx", child_regs.rax, child_regs.rip);
	TRACE(PTRACE_CONT, child, 0, 0);
	tracee_expect(child, "exit of the child", SIGTRAP | PTRACE_EVENT_EXIT << 8);
	TRACE(PTRACE_GETEVENTMSG, child, 0, &message);
	CHECK(message == 7 << 8, "exit status 0x%lx", message);
	TRACE(PTRACE_CONT, child, 0, 0);
	status = child_wait(child);
	CHECK(status == 7 << 8, "child's wait status 0x%x", status);

	TRACE(PTRACE_CONT, pid, 0, 0);
	status = tracee_stop(pid);
	if (status == SIGCHLD) {
		TRACE(PTRACE_CONT, pid, 0, 0);
		status = tracee_stop(pid);
	}
	CHECK(status == (SIGTRAP | PTRACE_EVENT_EXIT << 8), "stopped by 0x%x",
	      status);
	tracee_end(pid, "forking tracee");
}

/* A program: one instruction to step over, then exit(0). */
static const unsigned char program[] = {
	0x90,				/* nop */
	0xb8, SYS_exit, 0, 0, 0,	/* movl $SYS_exit, %eax */
	0x31, 0xff,			/* xorl %edi, %edi */
	0x0f, 0x05			/* syscall */
};

static void exec_tracee(void *arg)
{
	static char *none[] = { NULL };

	RAW5(SYS_execveat, *(int *)arg, "", none, none, AT_EMPTY_PATH);
	FAIL("execveat returned");
}

/* After execve the tracee stops at its first instruction. */
void test_exec(void)
{
	int fd = tinyelf_create(program, sizeof(program));
	pid_t pid = tracee_start(exec_tracee, &fd);
	struct user_regs_struct regs;

	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "exec", SIGTRAP);
	regs = regs_get(pid);
	CHECK(regs.rip == TINYELF_ENTRY, "rip is 0x%llx, expected 0x%lx",
	      regs.rip, TINYELF_ENTRY);
	CHECK(!regs.rbx && !regs.rcx && !regs.rdx && !regs.rsi && !regs.r11,
	      "rbx, rcx, rdx, rsi, r11: %llx, %llx, %llx, %llx, %llx", regs.rbx,
	      regs.rcx, regs.rdx, regs.rsi, regs.r11);
	TRACE(PTRACE_SINGLESTEP, pid, 0, 0);
	tracee_expect(pid, "first step", SIGTRAP);
	regs = regs_get(pid);
	CHECK(regs.rip == TINYELF_ENTRY + 1, "rip is 0x%llx", regs.rip);
	tracee_end(pid, "new program");
}
