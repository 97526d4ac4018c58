// SPDX-License-Identifier: GPL-2.0
/*
 * known.c - where a case may end otherwise than natively, and why. Each row is an
 * instruction: the difference counts as known if one of the two runs ended at
 * it (or behind it), or, for those marked so, if it is anywhere in the case.
 * As narrow as it can be: what isn't listed is a failure.
 */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "cpu.h"
#include "fuzz.h"
#include "gaps.h"

struct known {
	const char *reason;
	uint8_t code[3], mask[3];
	int size;
	bool anywhere;
};

#define KNOWN(reason, anywhere, size, c0, m0, c1, m1, c2, m2) \
	{ reason, { c0, c1, c2 }, { m0, m1, m2 }, size, anywhere }

static const struct known known[] = {
	KNOWN("the machine has 64-bit system calls only", false, 2,
	      0xcd, 0xff, 0x80, 0xff, 0, 0),
	KNOWN("sysenter is for 32-bit system calls", true, 2,
	      0x0f, 0xff, 0x34, 0xff, 0, 0),
	/* sgdt, sidt, smsw; sldt, str: the native kernel emulates some of them */
	KNOWN("UMIP", true, 3, 0x0f, 0xff, 0x01, 0xff, 0x00, 0x28),
	KNOWN("UMIP", true, 3, 0x0f, 0xff, 0x01, 0xff, 0x20, 0x38),
	KNOWN("UMIP", true, 3, 0x0f, 0xff, 0x00, 0xff, 0x00, 0x30),
	KNOWN("vmcall, vmmcall: whose hypervisor?", true, 3,
	      0x0f, 0xff, 0x01, 0xff, 0xc1, 0xff),
	KNOWN("vmcall, vmmcall: whose hypervisor?", true, 3,
	      0x0f, 0xff, 0x01, 0xff, 0xd9, 0xff),
	KNOWN("cpuid", true, 2, 0x0f, 0xff, 0xa2, 0xff, 0, 0),
	KNOWN("rdtsc", true, 2, 0x0f, 0xff, 0x31, 0xff, 0, 0),
	KNOWN("rdpmc", true, 2, 0x0f, 0xff, 0x33, 0xff, 0, 0),
	KNOWN("rdtscp, and who knows which CPU this is", true, 3,
	      0x0f, 0xff, 0x01, 0xff, 0xf9, 0xff),
	/* rdpid, rdseed, rdrand */
	KNOWN("random numbers, and CPU numbers", true, 3,
	      0x0f, 0xff, 0xc7, 0xff, 0xf0, 0xf0),
	KNOWN("lsl, lar, verr, verw see another GDT", true, 2,
	      0x0f, 0xff, 0x02, 0xfe, 0, 0),
	KNOWN("lsl, lar, verr, verw see another GDT", true, 3,
	      0x0f, 0xff, 0x00, 0xff, 0x20, 0x30),
	KNOWN("no protection keys in the machine", true, 3,
	      0x0f, 0xff, 0x01, 0xff, 0xee, 0xfe),
};

static bool matches(const struct known *k, const uint8_t *code)
{
	for (int i = 0; i < k->size; i++)
		if ((code[i] & k->mask[i]) != k->code[i])
			return false;
	return true;
}

static bool ended_at(const struct fuzz_case *c, const struct outcome *o,
		     unsigned int offset, int size)
{
	uint64_t at = CODE + c->at + offset;

	return o->rip >= at - 4 /* prefixes */ && o->rip <= at + size;
}

static const char *code_reason(const struct fuzz_case *c,
			       const struct outcome *native,
			       const struct outcome *here)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		for (unsigned int at = 0; at + known[i].size <= c->size; at++)
			if (matches(&known[i], c->code + at) &&
			    (known[i].anywhere ||
			     ended_at(c, native, at, known[i].size) ||
			     ended_at(c, here, at, known[i].size)))
				return known[i].reason;
	return NULL;
}

/* Selectors that only native Linux has: 32-bit code, the CPU number's segment */
static bool native_selector(uint64_t selector)
{
	return (selector & 0xfffc) == 0x20 || (selector & 0xfff8) == 0x78;
}

/*
 * xchg and locked instructions across cache lines: hosts, and their hosts, slow
 * these down on purpose, by so much that it can look as if there were no end.
 */
static bool slowed_down(const struct fuzz_case *c, const struct outcome *native,
			const struct outcome *here)
{
	if (native->end != LOOP && here->end != LOOP)
		return false;
	for (unsigned int i = 0; i < c->size; i++)
		if ((c->code[i] & 0xfe) == 0x86 || c->code[i] == 0xf0)
			return true;
	return false;
}

/* A host that loses flag NT on the way to user code: nothing else may be different. */
static bool nt_lost(const struct fuzz_case *c, const struct outcome *native,
		    const struct outcome *here)
{
	struct outcome other = *here;
	static int gap = -1;

	if (gap < 0)
		gap = host_gap("nt");
	/* the hash of registers that a tracer has set has the flags in it */
	other.flags |= FLAG_NT;
	if (c->way == SETREGS)
		other.regs = native->regs;
	return gap && native->flags & FLAG_NT && outcome_same(native, &other);
}

static bool loads_selector(const struct fuzz_case *c)
{
	return !strncmp(c->class, "mov ", 4) || !strncmp(c->class, "pop ", 4) ||
	       !strcmp(c->class, "lfs") || !strcmp(c->class, "lgs");
}

/*
 * It knows selectors of level 3 only: one of another level, which user code can well
 * load, comes back with that.
 */
static bool level_lost(const struct fuzz_case *c, const struct outcome *native,
		       const struct outcome *here)
{
	const char *backend = getenv("BACKEND");
	struct outcome other = *here;

	other.segments = native->segments;
	return backend && !strcmp(backend, "skas") && loads_selector(c) &&
	       outcome_same(native, &other);
}

/*
 * The skas backend gives a handler its registers by PTRACE_SETREGS, which
 * refuses bases in the upper half. So the handler's first instruction faults.
 */
static bool ptrace_refused(const struct outcome *here)
{
	const char *backend = getenv("BACKEND");

	return backend && !strcmp(backend, "skas") &&
	       here->end == SIGNAL && here->signo == SIGSEGV &&
	       here->rip == (uint64_t)engine_entry;
}

const char *known_reason(const struct fuzz_case *c, const struct outcome *native,
			 const struct outcome *here)
{
	bool far;

	if (ptrace_refused(here))
		return "the host's ptrace refuses these registers";
	if (nt_lost(c, native, here))
		return "the host loses flag NT";
	if (level_lost(c, native, here))
		return "the host's ptrace has selectors of level 3 only";
	if (slowed_down(c, native, here))
		return "split locks";
	far = c->data[1] && (native_selector(c->data[1] & 0xffff) ||
				  native_selector(c->data[0] >> 32 & 0xffff) ||
				  native_selector(c->stack[1]));

	if (far || ((c->way != RUN || !strncmp(c->class, "mov ", 4) ||
		     !strncmp(c->class, "pop ", 4)) &&
		    (native_selector(c->state.cs) || native_selector(c->state.ss) ||
		     native_selector(c->state.reg[RAX] & 0xffff))))
		return "segments that are in the native GDT only";
	return code_reason(c, native, here);
}
