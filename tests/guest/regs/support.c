/* SPDX-License-Identifier: GPL-2.0 */
/*
 * support.c - register patterns and their comparison; the signal handler, which
 * does what the test has planned.
 */
#define _GNU_SOURCE
#include <ucontext.h>

#include "child.h"
#include "cpu.h"
#include "raw.h"
#include "gaps.h"
#include "regs.h"

#define FLAGS_TESTED	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | \
			 FLAG_DF | FLAG_OF | FLAG_NT | FLAG_AC | FLAG_ID)

static const uint64_t flag_patterns[] = {
	FLAG_CF | FLAG_AF | FLAG_SF | FLAG_DF | FLAG_NT,
	FLAG_PF | FLAG_ZF | FLAG_OF | FLAG_AC | FLAG_ID,
	FLAGS_TESTED,
	0,
};
_Static_assert(sizeof(flag_patterns) / 8 == PATTERNS, "one pattern each");

volatile struct plan plan;
union regs seen;

static const int greg_index[REGS_COUNT] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
	REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
	REG_EFL,
};

union regs regs_pattern(unsigned int seed)
{
	uint64_t x = 0x9e3779b97f4a7c15 * (seed + 1);
	union regs regs;
	int i;

	for (i = 0; i < REGS_COUNT; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		regs.r[i] = x;
	}
	regs.flags = flag_patterns[seed % PATTERNS];
	return regs;
}

/*
 * ptrace on the host can't move NT and ID from one process to another, so
 * under skas a forked child does not have them.
 */
static uint64_t flags_tested(void)
{
	static int nt_lost = -1;
	const char *backend = getenv("BACKEND");

	if (backend && !strcmp(backend, "skas"))
		return FLAGS_TESTED & ~(FLAG_NT | FLAG_ID);
	if (nt_lost < 0)
		nt_lost = host_gap("nt");
	return nt_lost ? FLAGS_TESTED & ~FLAG_NT : FLAGS_TESTED;
}

void regs_compare(const char *what, const union regs *want,
		  const union regs *got, unsigned int ignore)
{
	static const char *const names[REGS_COUNT] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8",
		"r9", "r10", "r11", "r12", "r13", "r14", "r15", "rflags",
	};
	uint64_t mask;
	int i;

	for (i = 0; i < REGS_COUNT; i++) {
		mask = i == REGS_COUNT - 1 ? flags_tested() : ~0ul;
		if ((ignore >> i & 1) || !((want->r[i] ^ got->r[i]) & mask))
			continue;
		FAIL("%s: %s is 0x%lx, expected 0x%lx", what, names[i],
		     got->r[i] & mask, want->r[i] & mask);
	}
}

/* Run one event: afterwards everything is as before but what `ignore` names. */
void regs_keep(const char *what, void (*event)(void), const union regs *in,
	       unsigned int ignore)
{
	regs_in = *in;
	regs_run(event);
	regs_compare(what, in, &regs_out, ignore);
}

/* What a handler may put in the frame: sigreturn ignores NT and ID there. */
union regs regs_change(unsigned int seed, const union regs *interrupted)
{
	const uint64_t ignored = FLAG_NT | FLAG_ID;
	union regs change = regs_pattern(seed);

	change.flags = (change.flags & ~ignored) | (interrupted->flags & ignored);
	return change;
}

void handler_c(int signo, siginfo_t *info, ucontext_t *uc);
void handler_c(int signo, siginfo_t *info, ucontext_t *uc)
{
	greg_t *gregs = uc->uc_mcontext.gregs;
	int i;

	(void)signo;
	(void)info;
	if (plan.at && gregs[REG_RIP] != (greg_t)plan.at)
		return;
	plan.runs++;
	for (i = 0; i < REGS_COUNT && plan.runs <= plan.wanted; i++)
		seen.r[i] = gregs[greg_index[i]];
	if (plan.runs != plan.wanted)
		return;
	for (i = 0; plan.change && i < REGS_COUNT; i++)
		gregs[greg_index[i]] = plan.change->r[i];
	gregs[REG_RIP] += plan.skip;
	if (plan.write_fd >= 0)
		RAW3(SYS_write, plan.write_fd, "x", 1);
	if (plan.unprotect)
		RAW3(SYS_mprotect, EVENT_PAGE, 4096, PROT_READ | PROT_WRITE);
}

void plan_set(int wanted, int skip)
{
	plan.runs = 0;
	plan.at = NULL;
	plan.wanted = wanted;
	plan.skip = skip;
	plan.write_fd = -1;
	plan.unprotect = 0;
	plan.change = NULL;
}

/* After a signal: the frame had the registers, the handler started with DF off. */
void plan_check(const char *what, const union regs *in, int runs,
		unsigned int ignore)
{
	CHECK(plan.runs == runs, "%s: handler ran %d times, expected %d", what,
	      plan.runs, runs);
	regs_compare(what, in, &seen, ignore);
	CHECK(!(handler_entry_flags & (FLAG_DF | FLAG_TF)),
	      "%s: handler started with flags 0x%lx", what, handler_entry_flags);
}

void signals_set_up(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	static const int signals[] = { SIGUSR1, SIGSEGV, SIGTRAP, SIGILL };
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = handler_entry };
	unsigned int i;

	CHECK_SYS(sigaltstack(&alt, NULL));
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		CHECK_SYS(sigaction(signals[i], &action, NULL));
}
