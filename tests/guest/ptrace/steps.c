/* SPDX-License-Identifier: GPL-2.0 */
/* steps.c - single-step and breakpoints: exactly one stop per instruction. */
#define _GNU_SOURCE
#include <signal.h>

#include "cpu.h"
#include "ptrace.h"
#include "tracee.h"

/* rdi: memory that has not been touched yet */
asm(".pushsection .text\n"
    "walk_code:\n"
    "	int3\n"
    "w0:	nop\n"
    "w1:	movl	$2, %ecx\n"
    "w2:	loop	w2\n"			/* taken, then not */
    "w3:	movq	%rax, (%rdi)\n"		/* a page fault on its way */
    "w4:	movl	$3, %ecx\n"
    "w5:	rep stosb\n"			/* one stop per byte */
    "w6:	call	w8\n"
    "w7:	jmp	w10\n"
    "w8:	xorl	%eax, %eax\n"
    "w9:	ret\n"
    "w10:	pushq	%rax\n"
    "w11:	popq	%rdx\n"
    "w12:	ret\n"
    ".popsection\n");
void walk_code(void *untouched);
extern const char w0[], w1[], w2[], w3[], w4[], w5[], w6[], w7[], w8[], w9[],
	w10[], w11[], w12[];

static const char *const walk[] = {
	w1, w2, w2, w3, w4, w5, w5, w5, w6, w8, w9, w7, w10, w11, w12
};

static uint64_t flags_now(void)
{
	uint64_t flags;

	asm volatile("pushfq; popq %0" : "=r" (flags));
	return flags;
}

static void walk_tracee(void *arg)
{
	walk_code(arg);
	CHECK(!(flags_now() & FLAG_TF), "TF is still set");
}

static void check_step(pid_t pid, const char *what, const void *rip)
{
	siginfo_t info;
	struct user_regs_struct regs;

	TRACE(PTRACE_SINGLESTEP, pid, 0, 0);
	tracee_expect(pid, what, SIGTRAP);
	regs = regs_get(pid);
	CHECK(regs.rip == (uint64_t)rip, "%s: rip is 0x%llx, expected %p", what,
	      regs.rip, rip);
	CHECK(!(regs.eflags & FLAG_TF), "%s: TF shows: 0x%llx", what, regs.eflags);
	TRACE(PTRACE_GETSIGINFO, pid, 0, &info);
	CHECK(info.si_signo == SIGTRAP && info.si_code == TRAP_TRACE,
	      "%s: si_code %d", what, info.si_code);
}

void test_steps(void)
{
	void *untouched = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char what[32];
	unsigned int i;
	pid_t pid;

	CHECK(untouched != MAP_FAILED, "mmap: %s", strerror(errno));
	pid = tracee_start_stopped(walk_tracee, untouched);
	CHECK(regs_get(pid).rip == (uint64_t)w0, "rip is 0x%llx",
	      regs_get(pid).rip);
	for (i = 0; i < sizeof(walk) / sizeof(walk[0]); i++) {
		snprintf(what, sizeof(what), "step %u", i);
		check_step(pid, what, walk[i]);
	}
	tracee_end(pid, "after single-step");
}

/* A system call is one step; rax has its result then. */
asm(".pushsection .text\n"
    "call_code:\n"
    "	movl	$39, %eax\n"		/* getpid */
    "	int3\n"
    "c0:	syscall\n"
    "c1:	nop\n"
    "c2:	ret\n"
    ".popsection\n");
void call_code(void);
extern const char c1[], c2[];

static void call_tracee(void *arg)
{
	(void)arg;
	call_code();
	CHECK(!(flags_now() & FLAG_TF), "TF is still set");
}

void test_step_syscall(void)
{
	pid_t pid = tracee_start_stopped(call_tracee, NULL);
	struct user_regs_struct regs;

	TRACE(PTRACE_SINGLESTEP, pid, 0, 0);
	tracee_expect(pid, "step over syscall", SIGTRAP);
	regs = regs_get(pid);
	CHECK(regs.rip == (uint64_t)c1, "rip is 0x%llx, expected %p", regs.rip,
	      c1);
	CHECK(regs.rax == (uint64_t)pid, "rax is %lld, expected %d", regs.rax,
	      pid);
	check_step(pid, "step behind syscall", c2);
	tracee_end(pid, "after single-step");
}

static volatile int handled;

static void count_handler(int signo)
{
	(void)signo;
	handled++;
}

static void raising_tracee(void *arg)
{
	(void)arg;
	CHECK(signal(SIGUSR1, count_handler) != SIG_ERR, "signal");
	CHECK_SYS(raise(SIGUSR1));
	CHECK(handled == 1, "%d handlers", handled);
	STOP_HERE();
	CHECK(!(flags_now() & FLAG_TF), "TF is still set");
}

/* A step that delivers a signal ends at the handler's first instruction. */
void test_step_handler(void)
{
	pid_t pid = tracee_start(raising_tracee, NULL);
	struct user_regs_struct regs;

	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "raise", SIGUSR1);
	TRACE(PTRACE_SINGLESTEP, pid, 0, SIGUSR1);
	tracee_expect(pid, "step into the handler", SIGTRAP);
	regs = regs_get(pid);
	CHECK(regs.rip == (uint64_t)count_handler, "rip is 0x%llx, expected %p",
	      regs.rip, count_handler);
	CHECK(regs.rdi == SIGUSR1, "rdi is %lld", regs.rdi);
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "STOP_HERE", SIGTRAP);
	tracee_end(pid, "after single-step");
}

static volatile int calls;

__attribute__((noinline)) static void called(int i)
{
	asm volatile("" : : "r" (i) : "memory");
	calls++;
}

static void calling_tracee(void *arg)
{
	int i;

	(void)arg;
	STOP_HERE();
	for (i = 0; i < 4; i++)
		called(i);
	CHECK(calls == 4, "%d calls", calls);
}

/* int3 in place of an instruction, which is stepped over and caught again. */
void test_breakpoints(void)
{
	pid_t pid = tracee_start_stopped(calling_tracee, NULL);
	uint64_t code = peek(pid, PTRACE_PEEKTEXT, called);
	uint64_t trap = (code & ~0xfful) | 0xcc;
	struct user_regs_struct regs;
	siginfo_t info;
	int i;

	for (i = 0; i < 3; i++) {
		TRACE(PTRACE_POKETEXT, pid, called, trap);
		TRACE(PTRACE_CONT, pid, 0, 0);
		tracee_expect(pid, "breakpoint", SIGTRAP);
		TRACE(PTRACE_GETSIGINFO, pid, 0, &info);
		CHECK(info.si_code == SI_KERNEL, "si_code %d", info.si_code);
		regs = regs_get(pid);
		CHECK(regs.rip == (uint64_t)called + 1, "rip is 0x%llx", regs.rip);
		CHECK(regs.rdi == (uint64_t)i, "call %lld, expected %d", regs.rdi,
		      i);
		regs.rip--;
		regs_set(pid, &regs);
		TRACE(PTRACE_POKETEXT, pid, called, code);
		TRACE(PTRACE_SINGLESTEP, pid, 0, 0);
		tracee_expect(pid, "step over the breakpoint", SIGTRAP);
	}
	tracee_end(pid, "breakpoints");
}
