/* SPDX-License-Identifier: GPL-2.0 */
/*
 * selectors.c - segment registers that a tracer sets. Of DS, ES, FS and GS what the CPU
 * can't load becomes null, quietly; with a CS, SS or RIP that it can't return to the
 * tracee gets the #GP of that, and goes on with good ones. Seen so on native x86-64.
 */
#define _GNU_SOURCE
#include <ucontext.h>
#include "cpu.h"
#include "ptrace.h"
#include "tracee.h"

#define TRAP_GP		13
#define LDT_STACK	0xfffc
#define STAYS		0x10000		/* it can be loaded */
#define REFUSED		0x20000		/* at once */

static void stopping_twice(void *arg)
{
	(void)arg;
	STOP_HERE();
	STOP_HERE();
}

/* What is in the GDT: code of 32 bits, data, code, the number of the CPU */
static const unsigned int values[] = {
	0, 1 | REFUSED, 2 | REFUSED, 3, 4 | REFUSED, 7, 8 | REFUSED, 0xb, 0x13, 0x1b,
	0x20 | REFUSED, 0x23 | STAYS, 0x2a | REFUSED, 0x2b | STAYS, 0x33 | STAYS, 0x3b, 0x43,
	0x4b, 0x53, 0x63, 0x6b, 0x73, 0x7b | STAYS, 0x83, 0xfff3, 0xfff7, 0xfffc | REFUSED,
	0xffff,
};

static const struct {
	const char *name;
	size_t offset;
} registers[] = {
	{ "ds", USER_REG(ds) }, { "es", USER_REG(es) },
	{ "fs", USER_REG(fs) }, { "gs", USER_REG(gs) },
};

static void selector_check(unsigned int r, unsigned int v)
{
	pid_t pid = tracee_start_stopped(stopping_twice, NULL);
	struct user_regs_struct before, after;
	unsigned int value = values[v] & 0xffff;
	uint64_t *place, seen;
	long err;

	before = regs_get(pid);
	place = (uint64_t *)((char *)&before + registers[r].offset);
	*place = value;
	err = v & 1 ? ptrace(PTRACE_SETREGS, pid, NULL, &before) :
		ptrace(PTRACE_POKEUSER, pid, registers[r].offset, value);
	CHECK(values[v] & REFUSED ? err == -1 && errno == EIO : err == 0, "%s 0x%x: %ld, %s",
	      registers[r].name, value, err, strerror(errno));
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, registers[r].name, SIGTRAP);
	after = regs_get(pid);
	seen = *(uint64_t *)((char *)&after + registers[r].offset);
	/* a null selector of level 3 can be one of level 0 by then */
	if (values[v] & REFUSED)
		CHECK(seen == 0, "%s 0x%x was refused: 0x%lx", registers[r].name, value, seen);
	else if (values[v] & STAYS)
		CHECK(seen == value, "%s 0x%x: 0x%lx", registers[r].name, value, seen);
	else
		CHECK(seen == 0 || (value == 3 && seen == 3), "%s 0x%x: 0x%lx", registers[r].name,
		      value, seen);
	/* without FSGSBASE a base goes with its selector */
	CHECK(((after.fs_base == before.fs_base && after.gs_base == before.gs_base) ||
	       !cpu_has_fsgsbase()) && after.cs == before.cs && after.ss == before.ss, "%s 0x%x: other segments have changed",
	      registers[r].name, value);
	tracee_end(pid, registers[r].name);
}

void test_selectors(void)
{
	unsigned int r, v;

	for (r = 0; r < sizeof(registers) / sizeof(registers[0]); r++)
		for (v = 0; v < sizeof(values) / sizeof(values[0]); v++)
			selector_check(r, v);
}

/* ---- what user mode can't be entered with */

static const struct frame {
	const char *name;
	uint64_t cs, ss, rip, error;
} frames[] = {
	{ "kernel code",		0x13,	0x2b, 0, 0x10 },
	{ "data as code",		0x2b,	0x2b, 0, 0x28 },
	{ "null code",			3,	0x2b, 0, 0 },
	{ "code behind the GDT",	0xfffb,	0x2b, 0, 0xfff8 },
	{ "code of no LDT",		0xfff7,	0x2b, 0, 0xfff4 },
	{ "kernel stack",		0x33,	0x13, 0, 0x10 },
	{ "code as stack",		0x33,	0x33, 0, 0x30 },
	{ "null stack",			0x33,	3,    0, 0 },
	{ "read-only stack",		0x33,	0x7b, 0, 0x78 },
	/* kernels go another way for a stack of the LDT, or don't: error 0 or the selector */
	{ "stack of no LDT",		0x33,	0xffff, 0, LDT_STACK },
	{ "both of the kernel",		0x13,	0x13, 0, 0x10 },
	{ "rip not canonical",		0x33,	0x2b, 0x100000000000000, 0 },	/* nor with 57 bits */
	{ "rip not canonical",		0x33,	0x2b, 0x8000000000000000, 0 },
};

static volatile uint64_t expected_error;

/* The frame has what was set, the handler runs with what is good: ends with status 0. */
static void frame_handler(int signo, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	const greg_t *reg = uc->uc_mcontext.gregs;

	CHECK(signo == SIGSEGV && info->si_code == SI_KERNEL && !info->si_addr, "si_code %d",
	      info->si_code);
	CHECK(reg[REG_TRAPNO] == TRAP_GP && ((uint64_t)reg[REG_ERR] == expected_error ||
	      (expected_error == LDT_STACK && reg[REG_ERR] == 0)),
	      "trap %lld, error 0x%llx, not 0x%lx", reg[REG_TRAPNO], reg[REG_ERR],
	      expected_error);
	_exit(0);
}

static void frame_tracee(void *arg)
{
	struct sigaction action = { .sa_sigaction = frame_handler, .sa_flags = SA_SIGINFO };

	expected_error = ((const struct frame *)arg)->error;
	CHECK_SYS(sigaction(SIGSEGV, &action, NULL));
	STOP_HERE();
}

static void frame_check(const struct frame *frame)
{
	pid_t pid = tracee_start_stopped(frame_tracee, (void *)frame);
	struct user_regs_struct regs = regs_get(pid), after;
	siginfo_t info;
	int i;

	regs.cs = frame->cs;
	regs.ss = frame->ss;
	regs.rip = frame->rip ?: regs.rip;
	regs_set(pid, &regs);
	/* when the signal is thrown away nothing is better than before */
	for (i = 0; i < 2; i++) {
		TRACE(PTRACE_CONT, pid, 0, 0);
		tracee_expect(pid, frame->name, SIGSEGV);
		after = regs_get(pid);
		CHECK(after.cs == regs.cs && after.ss == regs.ss && after.rip == regs.rip,
		      "%s: cs 0x%llx ss 0x%llx rip 0x%llx", frame->name, after.cs, after.ss,
		      after.rip);
		TRACE(PTRACE_GETSIGINFO, pid, 0, &info);
		CHECK(info.si_code == SI_KERNEL && !info.si_addr, "%s: si_code %d", frame->name,
		      info.si_code);
	}
	TRACE(PTRACE_CONT, pid, 0, SIGSEGV);
	child_check(pid, frame->name);
}

void test_bad_frames(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		frame_check(&frames[i]);
}
