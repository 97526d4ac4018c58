/* SPDX-License-Identifier: GPL-2.0 */
/* extra.c - what one row of the table can't say. */
#define _GNU_SOURCE
#include "child.h"
#include "cpu.h"
#include "traps.h"

/* Single-step: a trap behind each instruction, that which clears TF included. */
asm(".pushsection .text\n"
    "step_code:\n"
    "	pushfq\n"
    "	orl	$0x100, (%rsp)\n"
    "	popfq\n"
    "	nop\n"
    "s1:	movl	$2, %ecx\n"
    "s2:	pushq	%rcx\n"
    "s3:	popq	%rdx\n"
    "s4:	loop	s4\n"		/* twice: not taken the second time */
    "s5:	jmp	s6\n"
    "	ud2\n"
    "s6:	pushfq\n"
    "s7:	andl	$~0x100, (%rsp)\n"
    "s8:	popfq\n"
    "s9:	nop\n"
    "	jmp	trap_resume\n"
    ".popsection\n");
void step_code(uint64_t rdi);
extern const char s1[], s2[], s3[], s4[], s5[], s6[], s7[], s8[], s9[];

static const char *const step_want[] = {
	s1, s2, s3, s4, s4, s5, s6, s7, s8, s9
};
#define STEPS 10

static uint64_t step_got[STEPS + 1];
static int steps;

static int step_hook(uint64_t *gregs)
{
	(void)gregs;
	if (caught.signo != SIGTRAP || steps > STEPS)
		return 1;
	step_got[steps < STEPS ? steps : STEPS] = caught.rip;
	steps++;
	return 0;
}

void test_steps(void)
{
	int i;

	steps = 0;
	caught_hook = step_hook;
	trap_run(step_code, 0);
	caught_hook = NULL;
	for (i = 0; i < steps && i < STEPS; i++)
		CHECK(step_got[i] == (uint64_t)step_want[i],
		      "step %d ends at 0x%lx, expected %p", i, step_got[i],
		      step_want[i]);
	CHECK(steps == STEPS, "%d steps, expected %d", steps, STEPS);
	CHECK(caught.si_code == TRAP_TRACE && caught.trapno == 1,
	      "si_code %d, trap number %ld", caught.si_code, caught.trapno);
}

/* A string instruction that faults in the middle has done what it has done. */
asm(".pushsection .text\n"
    "string_code:\n"
    "	movl	$100, %ecx\n"
    "	movb	$0x42, %al\n"
    "string_here:\n"
    "	rep stosb\n"
    "	jmp	trap_resume\n"
    ".popsection\n");
void string_code(uint64_t rdi);
extern const char string_here[];

void test_string(void)
{
	const char *last;
	uint64_t end;
	int i;

	places_set_up();
	end = place_rdi(UNMAPPED);
	last = (const char *)end - 16;
	memset((void *)last, 0, 16);
	caught.signo = 0;
	trap_run(string_code, end - 16);
	CHECK(caught.signo == SIGSEGV, "signal %d", caught.signo);
	CHECK(caught.addr == end && caught.rip == (uint64_t)string_here,
	      "si_addr 0x%lx, rip 0x%lx", caught.addr, caught.rip);
	CHECK(caught.rcx == 84 && caught.rdi == end, "rcx %ld, rdi 0x%lx",
	      caught.rcx, caught.rdi);
	for (i = 0; i < 16; i++)
		CHECK(last[i] == 0x42, "byte %d is 0x%x", i, last[i]);
}

static void row_run(const char *name)
{
	const struct trap *trap = trap_find(name);

	caught.signo = 0;
	trap_run(trap->code, place_rdi(trap->place));
}

/* The frame has the flags that say why. */
void test_status_words(void)
{
	places_set_up();
	row_run("x87_div_zero");
	CHECK((caught.fsw & 0x84) == 0x84, "FSW is 0x%x", caught.fsw);
	row_run("step");
	CHECK(caught.flags & FLAG_TF, "flags are 0x%lx", caught.flags);
	if (cpu_is_tcg())
		return;
	row_run("sse_div_zero");
	CHECK((caught.mxcsr & 0x3f) == 4, "MXCSR is 0x%x", caught.mxcsr);
	row_run("read_misaligned");
	CHECK(caught.flags & FLAG_AC, "flags are 0x%lx", caught.flags);
}

/* Nobody catches it: the task dies of it. */
static void run_uncaught(void *arg)
{
	const struct trap *trap = trap_find(arg);

	CHECK(signal(trap->signo, SIG_DFL) != SIG_ERR, "signal");
	row_run(arg);
}

/* A fault can't wait: a handler for a signal that is blocked doesn't help. */
static void run_blocked(void *arg)
{
	sigset_t set;

	CHECK_SYS(sigfillset(&set));
	CHECK_SYS(sigprocmask(SIG_SETMASK, &set, NULL));
	row_run(arg);
}

static void run_ignored(void *arg)
{
	CHECK(signal(trap_find(arg)->signo, SIG_IGN) != SIG_ERR, "signal");
	row_run(arg);
}

void test_deaths(void)
{
	static const char *const names[] = {
		"read_null", "read_beyond_file", "read_noncanonical", "ud2",
		"div_zero", "int3", "step", "hlt",
	};
	unsigned int i;

	places_set_up();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		child_dies(names[i], run_uncaught, (void *)names[i],
			   trap_find(names[i])->signo);
	child_dies("blocked SIGSEGV", run_blocked, "read_null", SIGSEGV);
	child_dies("blocked SIGILL", run_blocked, "ud2", SIGILL);
	child_dies("ignored SIGSEGV", run_ignored, "write_code", SIGSEGV);
	child_dies("ignored SIGFPE", run_ignored, "div_zero", SIGFPE);
}
