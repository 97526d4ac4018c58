/* SPDX-License-Identifier: GPL-2.0 */
/*
 * debugreg - hardware watchpoints and breakpoints that a tracer sets in its
 * tracee: they stop the tracee where they should, and nobody else anywhere.
 * Relies on: Intel SDM vol. 3 17.2 (DR0-DR7) and 17.3.1.1 (faults and traps);
 * Linux on native x86-64 for what PTRACE_POKEUSER takes.
 */
#define _GNU_SOURCE
#include "cpu.h"
#include "gaps.h"
#include "parts.h"
#include "raw.h"
#include "debugreg.h"

/* DR7 for register n: enabled, kind and length of what is watched. */
#define WATCH_EXEC	0
#define WATCH_WRITE	1
#define WATCH_ACCESS	3
#define DR7(n, kind, length) \
	(1ul << (2 * (n)) | (uint64_t)((kind) | ((length) - 1) << 2) << (16 + 4 * (n)))
#define LENGTH_8	3	/* (3 - 1) is the code for eight bytes */

static volatile uint64_t words[4] __attribute__((aligned(64)));

/* Each label is behind the instruction that touches words. */
asm(".pushsection .text\n"
    "touch_code:\n"
    "	int3\n"
    "	movq	$1, words(%rip)\n"
    "t0:	movb	$2, words+15(%rip)\n"
    "t1:	movq	words+16(%rip), %rax\n"
    "t2:	nop\n"
    "t3:	movq	$4, words+24(%rip)\n"
    "t4:	incq	words(%rip)\n"
    "t5:	ret\n"
    ".popsection\n");
void touch_code(void);
extern const char t0[], t1[], t2[], t3[], t4[], t5[];

static void touching_tracee(void *arg)
{
	(void)arg;
	touch_code();
	CHECK(words[0] == 2 && words[1] == 2ull << 56 && words[3] == 4,
	      "words 0x%lx, 0x%lx, 0x%lx", words[0], words[1], words[3]);
}

static void watch(pid_t pid, int n, const volatile void *addr, int kind,
		  int length)
{
	uint64_t dr7 = peek(pid, PTRACE_PEEKUSER, (void *)DEBUGREG(7));

	TRACE(PTRACE_POKEUSER, pid, DEBUGREG(n), addr);
	TRACE(PTRACE_POKEUSER, pid, DEBUGREG(7), dr7 | DR7(n, kind, length));
}

/* Go on: the next stop is at rip because of register n. */
static void expect_hit(pid_t pid, const char *what, const char *rip, int n)
{
	struct user_regs_struct regs;
	siginfo_t info;
	uint64_t dr6;

	TRACE(PTRACE_POKEUSER, pid, DEBUGREG(6), 0);
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, what, SIGTRAP);
	regs = regs_get(pid);
	CHECK(regs.rip == (uint64_t)rip, "%s: rip is 0x%llx, expected %p", what,
	      regs.rip, rip);
	TRACE(PTRACE_GETSIGINFO, pid, 0, &info);
	CHECK(info.si_code == TRAP_HWBKPT, "%s: si_code %d", what, info.si_code);
	dr6 = peek(pid, PTRACE_PEEKUSER, (void *)DEBUGREG(6));
	CHECK((dr6 & 15) == 1u << n, "%s: DR6 is 0x%lx", what, dr6);
}

static void test_write(void)
{
	pid_t pid = tracee_start_stopped(touching_tracee, NULL);

	watch(pid, 0, &words[0], WATCH_WRITE, LENGTH_8);
	expect_hit(pid, "first write", t0, 0);
	expect_hit(pid, "second write", t5, 0);
	tracee_end(pid, "write watchpoint");
}

/* One byte at the end of words[1]; its neighbours don't count. */
static void test_byte(void)
{
	const volatile char *bytes = (const volatile char *)words;
	pid_t pid = tracee_start_stopped(touching_tracee, NULL);

	watch(pid, 1, bytes + 14, WATCH_WRITE, 1);
	watch(pid, 2, bytes + 15, WATCH_WRITE, 1);
	expect_hit(pid, "byte", t1, 2);
	tracee_end(pid, "byte watchpoint");
}

static void test_access(void)
{
	pid_t pid = tracee_start_stopped(touching_tracee, NULL);

	watch(pid, 0, &words[2], WATCH_WRITE, LENGTH_8);
	watch(pid, 3, &words[2], WATCH_ACCESS, 4);
	expect_hit(pid, "read", t2, 3);
	tracee_end(pid, "access watchpoint");
}

/* Stops before the instruction, goes on from there. */
static void test_exec(void)
{
	pid_t pid = tracee_start_stopped(touching_tracee, NULL);

	watch(pid, 0, t2, WATCH_EXEC, 1);
	watch(pid, 1, t4, WATCH_EXEC, 1);
	expect_hit(pid, "first instruction", t2, 0);
	expect_hit(pid, "second instruction", t4, 1);
	tracee_end(pid, "execution breakpoints");
}

static void test_four(void)
{
	pid_t pid = tracee_start_stopped(touching_tracee, NULL);
	int i;

	for (i = 0; i < 4; i++)
		watch(pid, i, &words[i], i == 2 ? WATCH_ACCESS : WATCH_WRITE,
		      LENGTH_8);
	for (i = 0; i < 4; i++)
		CHECK(peek(pid, PTRACE_PEEKUSER, (void *)DEBUGREG(i)) ==
		      (uint64_t)&words[i], "DR%d lost", i);
	expect_hit(pid, "words[0]", t0, 0);
	expect_hit(pid, "words[1]", t1, 1);
	expect_hit(pid, "words[2]", t2, 2);
	TRACE(PTRACE_POKEUSER, pid, DEBUGREG(7), DR7(3, WATCH_WRITE, LENGTH_8));
	expect_hit(pid, "words[3]", t4, 3);
	TRACE(PTRACE_POKEUSER, pid, DEBUGREG(7), 0);
	tracee_end(pid, "all four, then none");
}

/* A single step over the write reports both. */
static void test_step(void)
{
	uint64_t dr6;
	pid_t pid;

	if (cpu_is_tcg()) {
		NOTE("single-step onto a watchpoint hangs QEMU's TCG itself");
		return;
	}
	pid = tracee_start_stopped(touching_tracee, NULL);
	watch(pid, 0, &words[0], WATCH_WRITE, LENGTH_8);
	TRACE(PTRACE_SINGLESTEP, pid, 0, 0);
	tracee_expect(pid, "step", SIGTRAP);
	CHECK(regs_get(pid).rip == (uint64_t)t0, "rip is 0x%llx",
	      regs_get(pid).rip);
	dr6 = peek(pid, PTRACE_PEEKUSER, (void *)DEBUGREG(6));
	CHECK((dr6 & 0x400f) == 0x4001, "DR6 is 0x%lx", dr6);
	TRACE(PTRACE_SINGLESTEP, pid, 0, 0);
	tracee_expect(pid, "second step", SIGTRAP);
	dr6 = peek(pid, PTRACE_PEEKUSER, (void *)DEBUGREG(6));
	CHECK((dr6 & 0x400f) == 0x4000, "DR6 is 0x%lx", dr6);
	TRACE(PTRACE_POKEUSER, pid, DEBUGREG(7), 0);
	tracee_end(pid, "step with watchpoint");
}

static void plain_child(void *arg)
{
	(void)arg;
	words[0] = 1;
	words[1] = 2;
	words[3] = 3;
	CHECK_SYS(getppid());
}

/* Two tracees with different watchpoints, others with none, interleaved. */
static void test_private(void)
{
	pid_t first = tracee_start_stopped(touching_tracee, NULL);
	pid_t second = tracee_start_stopped(touching_tracee, NULL);

	watch(first, 0, &words[0], WATCH_WRITE, LENGTH_8);
	watch(second, 0, &words[3], WATCH_WRITE, LENGTH_8);
	plain_child(NULL);
	expect_hit(second, "second tracee", t4, 0);
	child_run("untraced child", plain_child, NULL);
	expect_hit(first, "first tracee", t0, 0);
	tracee_end(second, "second tracee");
	plain_child(NULL);
	expect_hit(first, "first tracee again", t5, 0);
	tracee_end(first, "first tracee");
}

static void forking_tracee(void *arg)
{
	int status = 0;
	long pid;

	(void)arg;
	STOP_HERE();
	pid = RAW0(SYS_fork);
	if (!pid) {
		words[0] = 5;
		RAW1(SYS_exit_group, 0);
	}
	CHECK(RAW4(SYS_wait4, pid, &status, 0, NULL) == pid, "wait4");
	CHECK(status == 0, "the child's wait status is 0x%x", status);
}

/* A child doesn't inherit them: it would die, being untraced. */
static void test_fork(void)
{
	pid_t pid = tracee_start_stopped(forking_tracee, NULL);

	watch(pid, 0, &words[0], WATCH_WRITE, LENGTH_8);
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "SIGCHLD", SIGCHLD);
	tracee_end(pid, "forking tracee");
}

/*
 * Loading ss holds back the trap until after the next instruction, and that is
 * a system call: #DB comes at the kernel's very first instruction, on whatever
 * stack there is (CVE-2018-8897). Nobody may be hurt by that.
 */
asm(".pushsection .text\n"
    "mov_ss_code:\n"
    "	movw	%ss, words(%rip)\n"
    "	movl	$39, %eax\n"		/* getpid */
    "	int3\n"
    "	movw	words(%rip), %ss\n"
    "	syscall\n"
    "	ret\n"
    ".popsection\n");
long mov_ss_code(void);

static void mov_ss_tracee(void *arg)
{
	(void)arg;
	CHECK(mov_ss_code() == getpid(), "getpid is wrong");
}

static void test_mov_ss(void)
{
	pid_t pid = tracee_start_stopped(mov_ss_tracee, NULL);
	int status;

	watch(pid, 0, &words[0], WATCH_ACCESS, 4);
	TRACE(PTRACE_CONT, pid, 0, 0);
	/* The trap belongs to the kernel then: it may be reported or not. */
	CHECK(waitpid(pid, &status, 0) == pid, "waitpid");
	if (WIFSTOPPED(status)) {
		CHECK(WSTOPSIG(status) == SIGTRAP, "status 0x%x", status);
		TRACE(PTRACE_POKEUSER, pid, DEBUGREG(7), 0);
		tracee_end(pid, "mov ss");
		return;
	}
	CHECK(status == 0, "status 0x%x", status);
}

int main(int argc, char **argv)
{
	static const struct part breakpoints[] = {
		{ "write",	test_write },
		{ "byte",	test_byte },
		{ "access",	test_access },
		{ "exec",	test_exec },
		{ "four",	test_four },
		{ "step",	test_step },
		{ "private",	test_private },
		{ "values",	test_values },
		{ "handed-on",	test_handed_on },
		{ "fork",	test_fork },
		{ "mov-ss",	test_mov_ss },
		{ NULL, NULL }
	};
	/* where no breakpoint is ever hit */
	static const struct part none[] = {
		{ "none",	test_none },
		{ NULL, NULL }
	};

	test_begin(120 * check_rounds(argc, argv, 1));
	if (host_gap("breakpoints")) {
		parts_run(argc, argv, none);
		SKIP("debug registers have no effect on this host, and so they are refused");
	}
	parts_run(argc, argv, breakpoints);
	printf("debugreg: ok\n");
	return 0;
}
