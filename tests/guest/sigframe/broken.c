/* SPDX-License-Identifier: GPL-2.0 */
/*
 * broken.c - handlers that leave a frame which sigreturn can't take. A state
 * area without the right magic words is an FXSAVE area; no area at all means
 * initial state; anything the CPU refuses kills this task, and only this one.
 */
#define _GNU_SOURCE
#include "child.h"
#include "sigframe.h"
#include "xstate.h"

enum outcome {
	DIES,		/* by SIGSEGV */
	STEPS,		/* dies by SIGTRAP */
	FX_ONLY,	/* x87 and SSE as in the frame, the rest initial */
	INITIAL,	/* all state initial */
	KEEPS,		/* as if nothing had been changed */
};

struct breakage {
	const char *name;
	void (*edit)(struct frame *frame);
	enum outcome outcome;
	int needs_xsave;
};

static char *scratch;		/* three pages, then one that is not mapped */

#define SCRATCH_SIZE (3 * 4096)

static struct fx_sw_bytes *sw_bytes(struct frame *frame)
{
	return (struct fx_sw_bytes *)(frame->fpstate + FX_SW_OFFSET);
}

static uint64_t *header(struct frame *frame)
{
	return (uint64_t *)(frame->fpstate + XSTATE_HEADER);
}

static void magic1(struct frame *frame)
{
	sw_bytes(frame)->magic1 ^= 1;
}

static void magic2(struct frame *frame)
{
	frame->fpstate[sw_bytes(frame)->xstate_size] ^= 1;
}

static void size_too_small(struct frame *frame)
{
	sw_bytes(frame)->xstate_size = 64;
}

static void size_too_big(struct frame *frame)
{
	sw_bytes(frame)->xstate_size = 1 << 30;
	sw_bytes(frame)->extended_size = (1 << 30) + 4;
}

static void extended_size(struct frame *frame)
{
	sw_bytes(frame)->extended_size = 0;
}

static void xfeatures(struct frame *frame)
{
	sw_bytes(frame)->xfeatures = XF_X87 | XF_SSE;
}

static void mxcsr(struct frame *frame)
{
	*(uint32_t *)(frame->fpstate + FXSAVE_MXCSR) |= 0x10000;
}

static void xstate_bv(struct frame *frame)
{
	header(frame)[0] |= 1ul << 62;
}

static void xcomp_bv(struct frame *frame)
{
	header(frame)[1] = 1ul << 63;
}

static void header_reserved(struct frame *frame)
{
	header(frame)[2] = 1;
}

static void no_fpstate(struct frame *frame)
{
	frame->fpstate = NULL;
}

/* A good area, but XRSTOR wants 64 bytes of alignment and FXRSTOR 16. */
static void misaligned(struct frame *frame)
{
	memcpy(scratch + 8, frame->fpstate, sw_bytes(frame)->extended_size);
	frame->fpstate = (uint8_t *)scratch + 8;
}

static void unmapped(struct frame *frame)
{
	frame->fpstate = (uint8_t *)scratch + SCRATCH_SIZE;
}

/* The legacy area and the header are there, the components are not. */
static void half_mapped(struct frame *frame)
{
	uint8_t *copy = (uint8_t *)scratch + SCRATCH_SIZE - XSTATE_HEADER - 64;

	memcpy(copy, frame->fpstate, XSTATE_HEADER + 64);
	frame->fpstate = copy;
}

static void kernel_fpstate(struct frame *frame)
{
	frame->fpstate = (uint8_t *)0xffff888000000000;
}

static void set_cs(struct frame *frame, uint64_t cs)
{
	frame->gregs[REG_CSGSFS] &= ~0xfffful;
	frame->gregs[REG_CSGSFS] |= cs;
}

static void set_ss(struct frame *frame, uint64_t ss)
{
	frame->gregs[REG_CSGSFS] &= ~(0xfffful << 48);
	frame->gregs[REG_CSGSFS] |= ss << 48;
}

static void cs_null(struct frame *frame)
{
	set_cs(frame, 0);
}

static void cs_kernel(struct frame *frame)
{
	set_cs(frame, 0x10);
}

static void cs_beyond_table(struct frame *frame)
{
	set_cs(frame, 0xfff3);
}

static void ss_null(struct frame *frame)
{
	set_ss(frame, 0);
}

static void ss_is_code(struct frame *frame)
{
	set_ss(frame, 0x33);
}

static void ss_beyond_table(struct frame *frame)
{
	set_ss(frame, 0xfff3);
}

/* Without this flag, an ss that can't be loaded is made good (for dosemu). */
static void ss_null_lenient(struct frame *frame)
{
	set_ss(frame, 0);
	frame->flags &= ~(uint64_t)UC_STRICT_RESTORE_SS;
}

static void rip_not_canonical(struct frame *frame)
{
	frame->gregs[REG_RIP] = 0x4141414141414141;
}

static void rip_in_kernel(struct frame *frame)
{
	frame->gregs[REG_RIP] = 0xffff888000000000;
}

static void single_step(struct frame *frame)
{
	frame->gregs[REG_EFL] |= FLAG_TF;
}

static const struct breakage breakages[] = {
	{ "magic1",		magic1,			FX_ONLY,	1 },
	{ "magic2",		magic2,			FX_ONLY,	1 },
	{ "xstate_size 64",	size_too_small,		FX_ONLY,	1 },
	{ "xstate_size 1 GiB",	size_too_big,		FX_ONLY,	1 },
	{ "extended_size 0",	extended_size,		FX_ONLY,	1 },
	{ "xfeatures x87, SSE",	xfeatures,		FX_ONLY,	1 },
	{ "mxcsr reserved bit",	mxcsr,			DIES,		0 },
	{ "xstate_bv bit 62",	xstate_bv,		DIES,		1 },
	{ "xcomp_bv bit 63",	xcomp_bv,		DIES,		1 },
	{ "header reserved",	header_reserved,	DIES,		1 },
	{ "no fpstate",		no_fpstate,		INITIAL,	0 },
	{ "fpstate misaligned",	misaligned,		DIES,		1 },
	{ "fpstate unmapped",	unmapped,		DIES,		0 },
	{ "fpstate half mapped", half_mapped,		DIES,		1 },
	{ "fpstate in kernel",	kernel_fpstate,		DIES,		0 },
	{ "cs null",		cs_null,		DIES,		0 },
	{ "cs of the kernel",	cs_kernel,		DIES,		0 },
	{ "cs beyond the GDT",	cs_beyond_table,	DIES,		0 },
	{ "ss null",		ss_null,		DIES,		0 },
	{ "ss is a code segment", ss_is_code,		DIES,		0 },
	{ "ss beyond the GDT",	ss_beyond_table,	DIES,		0 },
	{ "ss null, not strict", ss_null_lenient,	KEEPS,		0 },
	{ "rip not canonical",	rip_not_canonical,	DIES,		0 },
	{ "rip in the kernel",	rip_in_kernel,		DIES,		0 },
	{ "TF",			single_step,		STEPS,		0 },
};

static void run_broken(void *arg)
{
	const struct breakage *breakage = arg;
	uint32_t mask = XSTATE_KNOWN & ~XF_PKRU;	/* which has no fixed start */
	struct xstate in, want, got;
	const char *diff;
	uint32_t mxcsr;

	frame_signal(SIGUSR1, 0);
	CHECK_SYS(signal(SIGTRAP, SIG_DFL) == SIG_ERR ? -1 : 0);
	handler_plan = breakage->edit;
	xstate_fill(&in, 7);
	xstate_run(&in, &got, event_kill, NULL);
	want = in;
	if (breakage->outcome == INITIAL)
		xstate_initial(&want);
	else if (breakage->outcome == FX_ONLY)
		xstate_put(&want, XSTATE_HEADER, &(uint64_t){ XF_X87 | XF_SSE }, 8);
	xstate_expand(&want);
	/*
	 * To make AVX initial, Linux uses XRSTOR; where that has only the
	 * standard format (no XSAVEC) it takes MXCSR along.
	 */
	mxcsr = xstate_u32(&got, FXSAVE_MXCSR);
	if (breakage->outcome == FX_ONLY && mxcsr == 0x1f80)
		xstate_put(&want, FXSAVE_MXCSR, &mxcsr, 4);
	diff = xstate_diff_in(&want, &got, mask);
	CHECK(!diff, "%s: %s", breakage->name, diff);
}

static const char *broken_result(const struct breakage *breakage)
{
	static char text[64];
	int status = child_wait(child_start(run_broken, (void *)breakage));
	int want = breakage->outcome == DIES ? SIGSEGV :
		   breakage->outcome == STEPS ? SIGTRAP : 0;

	if (status == want)
		return NULL;
	snprintf(text, sizeof(text), "wait status is 0x%x, expected 0x%x",
		 status, want);
	return text;
}

/* With a handler for SIGSEGV the bad rip is in its frame. */
static void bad_rip_handler(int signo, siginfo_t *info, void *context)
{
	uint64_t rip = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
	int kernel_half = rip == 0xffff888000000000;

	(void)signo;
	CHECK(kernel_half || rip == 0x4141414141414141, "rip is 0x%lx", rip);
	CHECK(info->si_code == (kernel_half ? SEGV_MAPERR : SI_KERNEL),
	      "rip 0x%lx: si_code %d", rip, info->si_code);
	CHECK(info->si_addr == (kernel_half ? (void *)rip : NULL),
	      "rip 0x%lx: si_addr %p", rip, info->si_addr);
	_exit(0);
}

static void run_bad_rip(void *arg)
{
	struct sigaction action = { .sa_sigaction = bad_rip_handler };

	action.sa_flags = SA_SIGINFO;
	CHECK_SYS(sigaction(SIGSEGV, &action, NULL));
	handler_plan = ((const struct breakage *)arg)->edit;
	event_kill(NULL);
	FAIL("%s: sigreturn returned", ((const struct breakage *)arg)->name);
}

static void run_bad_rsp(void *arg)
{
	sigreturn_at((uint64_t)arg);
}

void test_broken_frames(void)
{
	const struct breakage *b;
	const char *bad;
	int failed = 0;

	scratch = mmap(NULL, SCRATCH_SIZE + 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(scratch != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK_SYS(mprotect(scratch + SCRATCH_SIZE, 4096, PROT_NONE));

	for (b = breakages; b < breakages + sizeof(breakages) / sizeof(*b); b++) {
		if (b->needs_xsave && !xstate_mask)
			continue;
		if (b->edit == mxcsr && cpu_is_tcg()) {
			NOTE("TCG loads any MXCSR, reserved bits not tested");
			continue;
		}
		bad = broken_result(b);
		if (!bad && (b->edit == rip_not_canonical ||
			     b->edit == rip_in_kernel))
			child_run(b->name, run_bad_rip, (void *)b);
		if (!bad)
			continue;
		printf("frame with %s: %s\n", b->name, bad);
		failed++;
	}
	CHECK(!failed, "%d broken frames ended wrongly", failed);

	child_dies("sigreturn, rsp unmapped", run_bad_rsp,
		   scratch + SCRATCH_SIZE, SIGSEGV);
	child_dies("sigreturn, rsp not canonical", run_bad_rsp,
		   (void *)0x4141414141414100, SIGSEGV);
	CHECK_SYS(munmap(scratch, SCRATCH_SIZE + 4096));
}
