/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xstate.c - x87 and vector registers of the tracee. While the tracer asks for
 * them it has another pattern in its own, which has to survive that.
 */
#define _GNU_SOURCE
#include <elf.h>

#include "ptrace.h"
#include "tracee.h"
#include "xstate.h"

#define LEGACY (XF_X87 | XF_SSE)

/* One ptrace request, made with the vector registers holding a pattern. */
struct request {
	long nr, pid, addr, data, ret;
};

static void event_ptrace(void *arg) NO_VECTORS;
static void event_ptrace(void *arg)
{
	struct request *request = arg;

	request->ret = RAW4(SYS_ptrace, request->nr, request->pid, request->addr,
			    request->data);
}

static long request_do(const char *what, long nr, pid_t pid, long addr,
		       void *data)
{
	struct request request = { nr, pid, addr, (long)data, 0 };

	xstate_keep(what, 77, event_ptrace, &request);
	return request.ret;
}

static void event_stop(void *arg) NO_VECTORS;
static void event_stop(void *arg)
{
	(void)arg;
	STOP_HERE();
}

/* Stops with pattern 1; afterwards `changed` components have pattern 2. */
static void pattern_tracee(void *arg)
{
	uint32_t changed = *(uint32_t *)arg;
	struct xstate old, new, got;
	const char *diff;

	xstate_fill(&old, 1);
	xstate_fill(&new, 2);
	xstate_run(&old, &got, event_stop, NULL);
	diff = xstate_diff_in(&new, &got, changed);
	CHECK(!diff, "tracee, changed registers: %s", diff);
	/* MXCSR belongs to SSE and AVX: to what was changed, if anything. */
	memcpy(got.b + FXSAVE_MXCSR, old.b + FXSAVE_MXCSR, changed ? 4 : 0);
	diff = xstate_diff_in(&old, &got, XSTATE_KNOWN & ~changed);
	CHECK(!diff, "tracee, other registers: %s", diff);
}

static void check_legacy(const char *what, const void *got)
{
	struct xstate want, have;
	const char *diff;

	xstate_fill(&want, 1);
	memset(&have, 0, sizeof(have));
	memcpy(&have, got, 512);
	diff = xstate_diff_in(&want, &have, LEGACY);
	CHECK(!diff, "%s: %s", what, diff);
}

/* PTRACE_*FPREGS and NT_PRFPREG: the 512 bytes of FXSAVE. */
void test_fpregs(void)
{
	struct user_fpregs_struct fpregs;
	struct iovec io = { &fpregs, sizeof(fpregs) };
	uint32_t changed = LEGACY;
	struct xstate new;
	pid_t pid;
	long ret;

	xstate_init();
	xstate_fill(&new, 2);
	pid = tracee_start_stopped(pattern_tracee, &changed);
	ret = request_do("GETFPREGS", PTRACE_GETFPREGS, pid, 0, &fpregs);
	CHECK(!ret, "GETFPREGS: %ld", ret);
	check_legacy("GETFPREGS", &fpregs);
	memset(&fpregs, 0x55, sizeof(fpregs));
	ret = request_do("NT_PRFPREG", PTRACE_GETREGSET, pid, NT_PRFPREG, &io);
	CHECK(!ret && io.iov_len == 512, "NT_PRFPREG: %ld, %zu bytes", ret,
	      io.iov_len);
	check_legacy("NT_PRFPREG", &fpregs);
	ret = request_do("SETFPREGS", PTRACE_SETFPREGS, pid, 0, &new);
	CHECK(!ret, "SETFPREGS: %ld", ret);
	tracee_end(pid, "SETFPREGS");

	pid = tracee_start_stopped(pattern_tracee, &changed);
	io.iov_base = &new;
	ret = request_do("set NT_PRFPREG", PTRACE_SETREGSET, pid, NT_PRFPREG, &io);
	CHECK(!ret, "set NT_PRFPREG: %ld", ret);
	tracee_end(pid, "set NT_PRFPREG");
}

/* Size of the regset: that of the user-visible part of XCR0. */
static void check_size(size_t got)
{
	unsigned int a, b, c, d, nr, size, off, least = XSTATE_HEADER + 64;

	__cpuid_count(0xd, 0, a, b, c, d);
	for (nr = 2; nr < 32; nr++) {
		if (!(xstate_mask >> nr & 1))
			continue;
		cpu_xcomponent(nr, &size, &off);
		if (off + size > least)
			least = off + size;
	}
	CHECK(got >= least && got <= c, "NT_X86_XSTATE has %zu bytes, not %u..%u",
	      got, least, c);
}

/* The whole area, of the size that the kernel says. */
static size_t xstate_get(pid_t pid, void *area, size_t size)
{
	struct iovec io = { area, size };
	long ret = request_do("get NT_X86_XSTATE", PTRACE_GETREGSET, pid,
			      NT_X86_XSTATE, &io);

	CHECK(!ret, "get NT_X86_XSTATE: %ld", ret);
	return io.iov_len;
}

void test_xstate(void)
{
	static union {
		struct xstate x;
		char all[65536];
	} area;
	uint32_t changed = XSTATE_KNOWN;
	struct xstate want, got;
	struct iovec io = { &area, 0 };
	uint64_t features;
	pid_t pid;
	long ret;

	xstate_init();
	if (!xstate_mask) {
		NOTE("no XSAVE, no NT_X86_XSTATE");
		return;
	}
	pid = tracee_start_stopped(pattern_tracee, &changed);
	io.iov_len = xstate_get(pid, &area, sizeof(area));
	check_size(io.iov_len);
	memcpy(&features, area.all + 464, 8);
	CHECK((features & xstate_mask) == xstate_mask, "features at 464: 0x%lx",
	      features);
	CHECK(!(xstate_u64(&area.x, XSTATE_HEADER) & ~features),
	      "XSTATE_BV 0x%lx has more than the features 0x%lx",
	      xstate_u64(&area.x, XSTATE_HEADER), features);
	got = area.x;
	xstate_expand(&got);
	xstate_fill(&want, 1);
	xstate_compare("get NT_X86_XSTATE", &want, &got);

	/* Other components than ours stay as they are. */
	xstate_fill(&want, 2);
	xstate_copy_tested(&area.x, &want);
	ret = request_do("set NT_X86_XSTATE", PTRACE_SETREGSET, pid,
			 NT_X86_XSTATE, &io);
	CHECK(!ret, "set NT_X86_XSTATE: %ld", ret);
	xstate_get(pid, &area, sizeof(area));
	got = area.x;
	xstate_expand(&got);
	xstate_compare("set and get", &want, &got);
	tracee_end(pid, "set NT_X86_XSTATE");
}

/* Has one pattern when it stops and another afterwards. */
static void swap_tracee(void *arg)
{
	unsigned int *seeds = arg;
	struct xstate old, new, got;

	xstate_fill(&old, seeds[0]);
	xstate_fill(&new, seeds[1]);
	xstate_run(&old, &got, event_stop, NULL);
	xstate_compare("swapped tracee", &new, &got);
}

/* Two tracees at a time: each request is for the right one. */
void test_two_xstates(void)
{
	static unsigned int seeds[2][2] = { { 11, 12 }, { 12, 11 } };
	static union {
		struct xstate x;
		char all[65536];
	} areas[2];
	struct xstate want, got;
	struct iovec io;
	pid_t pids[2];
	long ret;
	int i;

	xstate_init();
	if (!xstate_mask)
		return;
	for (i = 0; i < 2; i++)
		pids[i] = tracee_start_stopped(swap_tracee, seeds[i]);
	for (i = 0; i < 2; i++) {
		io = (struct iovec){ &areas[i], 0 };
		io.iov_len = xstate_get(pids[i], &areas[i], sizeof(areas[i]));
		got = areas[i].x;
		xstate_expand(&got);
		xstate_fill(&want, seeds[i][0]);
		xstate_compare("one of two tracees", &want, &got);
	}
	for (i = 0; i < 2; i++) {
		io.iov_base = &areas[!i];
		ret = request_do("swap", PTRACE_SETREGSET, pids[i],
				 NT_X86_XSTATE, &io);
		CHECK(!ret, "set NT_X86_XSTATE of two: %ld", ret);
	}
	for (i = 0; i < 2; i++)
		tracee_end(pids[i], "one of two tracees");
}

static void break_mxcsr(struct xstate *x)
{
	x->b[FXSAVE_MXCSR + 2] |= 1;
}

static void break_features(struct xstate *x)
{
	x->b[XSTATE_HEADER + 7] |= 0x40;
}

static void break_format(struct xstate *x)
{
	x->b[XSTATE_HEADER + 15] |= 0x80;
}

static void break_reserved(struct xstate *x)
{
	x->b[XSTATE_HEADER + 63] |= 1;
}

/* What XRSTOR would refuse is refused here, and changes nothing. */
void test_bad_xstate(void)
{
	static const struct {
		const char *name;
		void (*edit)(struct xstate *x);
		long regset;
	} cases[] = {
		{ "FPREGS, bad MXCSR",	break_mxcsr,	NT_PRFPREG },
		{ "XSTATE, bad MXCSR",	break_mxcsr,	NT_X86_XSTATE },
		{ "XSTATE_BV bit 62",	break_features,	NT_X86_XSTATE },
		{ "XCOMP_BV bit 63",	break_format,	NT_X86_XSTATE },
		{ "header, last byte",	break_reserved,	NT_X86_XSTATE },
	};
	static union {
		struct xstate x;
		char all[65536];
	} area;
	uint32_t changed = 0;
	struct iovec io;
	unsigned int i;
	pid_t pid;
	long ret;

	xstate_init();
	pid = tracee_start_stopped(pattern_tracee, &changed);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].regset == NT_X86_XSTATE && !xstate_mask)
			continue;
		io = (struct iovec){ &area, sizeof(area) };
		TRACE(PTRACE_GETREGSET, pid, cases[i].regset, &io);
		xstate_fill_at(&area.x, FXSAVE_XMM0, 256, &(uint64_t){ 99 });
		cases[i].edit(&area.x);
		ret = RAW4(SYS_ptrace, PTRACE_SETREGSET, pid, cases[i].regset, &io);
		CHECK(ret == -EINVAL, "%s: %ld", cases[i].name, ret);
	}
	tracee_end(pid, "refused state");
}
