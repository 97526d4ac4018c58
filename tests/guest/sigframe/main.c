/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sigframe - the signal frame is that of native x86-64 Linux: layout, flags,
 * segment registers, alignment, red zone, and the whole XSAVE area with its
 * magic words, which the handler can read and change. Broken frames end as
 * they do natively (broken.c).
 * Relies on: System V ABI AMD64 3.2.2 (red zone, alignment); Linux uapi
 * asm/sigcontext.h, asm/ucontext.h and Documentation/arch/x86/elf_auxvec.rst;
 * Intel SDM vol. 1 chapter 13 and CPUID leaf 0xd (XSAVE area).
 */
#define _GNU_SOURCE
#include "child.h"
#include "parts.h"
#include "sigframe.h"
#include "ticks.h"
#include "xstate.h"

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

volatile int handler_runs;
void (*handler_plan)(struct frame *frame);

static struct xstate pattern, change;

void frame_handler(void)
{
	handler_runs++;
	if (handler_plan)
		handler_plan(entry.rsp);
}

void frame_signal(int signo, int flags)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} action = { frame_entry, SA_SIGINFO | 0x04000000 | flags,
		     frame_return, 0 };

	CHECK(!RAW4(SYS_rt_sigaction, signo, &action, NULL, 8), "rt_sigaction");
}

void event_kill(void *arg) NO_VECTORS;
void event_kill(void *arg)
{
	(void)arg;
	RAW2(SYS_kill, RAW0(SYS_getpid), SIGUSR1);
}

static void check_sw_bytes(const struct frame *frame)
{
	unsigned int nr, size, off, end = XSTATE_HEADER + 64;
	uint64_t xcr0 = cpu_xcr0();
	struct fx_sw_bytes sw;
	uint32_t magic2;

	memcpy(&sw, frame->fpstate + FX_SW_OFFSET, sizeof(sw));
	CHECK(sw.magic1 == FP_XSTATE_MAGIC1, "magic1 is 0x%x", sw.magic1);
	CHECK(!(sw.xfeatures & ~xcr0), "xfeatures 0x%lx, XCR0 0x%lx",
	      sw.xfeatures, xcr0);
	CHECK((sw.xfeatures & xstate_mask) == xstate_mask,
	      "xfeatures 0x%lx lack some of 0x%x", sw.xfeatures, xstate_mask);
	for (nr = 2; nr < 63; nr++) {
		if (!(sw.xfeatures >> nr & 1))
			continue;
		cpu_xcomponent(nr, &size, &off);
		if (off + size > end)
			end = off + size;
	}
	CHECK(sw.xstate_size == end, "xstate_size %u, by CPUID 0xd it is %u",
	      sw.xstate_size, end);
	CHECK(sw.extended_size == sw.xstate_size + 4, "extended_size %u, not %u",
	      sw.extended_size, sw.xstate_size + 4);
	memcpy(&magic2, frame->fpstate + sw.xstate_size, 4);
	CHECK(magic2 == FP_XSTATE_MAGIC2, "magic2 is 0x%x", magic2);
	CHECK(frame->fpstate + sw.extended_size <=
	      (uint8_t *)frame->gregs[REG_RSP] - 128 ||
	      frame->stack.ss_size,
	      "fpstate %p of %u bytes reaches into the red zone below 0x%lx",
	      frame->fpstate, sw.extended_size, frame->gregs[REG_RSP]);
}

static void check_registers(const struct frame *frame)
{
	uint64_t segs = frame->gregs[REG_CSGSFS];
	uint16_t cs, ss;

	asm("mov %%cs, %0" : "=r" (cs));
	asm("mov %%ss, %0" : "=r" (ss));
	CHECK((segs & 0xffff) == cs, "cs 0x%lx, not 0x%x", segs & 0xffff, cs);
	CHECK(segs >> 48 == ss, "ss 0x%lx, not 0x%x", segs >> 48, ss);
	CHECK((segs >> 16 & 0xffffffff) == 0, "gs, fs: 0x%lx", segs);
	CHECK(entry.rsi == (uint64_t)&frame->info, "rsi 0x%lx", entry.rsi);
	CHECK(entry.rdx == (uint64_t)&frame->flags, "rdx 0x%lx", entry.rdx);
	CHECK(entry.rdi == (uint64_t)frame->info.si_signo, "rdi %ld", entry.rdi);
	CHECK(entry.rax == 0, "rax is 0x%lx at entry", entry.rax);
	CHECK(!(entry.flags & (FLAG_DF | FLAG_TF)), "flags 0x%lx at entry",
	      entry.flags);
}

/* A plan for the handler: everything that must hold in any frame. */
static void check_frame(struct frame *frame)
{
	uint64_t flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	stack_t stack;

	CHECK((uint64_t)frame % 16 == 8, "rsp is %p at entry", frame);
	CHECK(frame->restorer == (void *)frame_return, "return to %p",
	      frame->restorer);
	check_registers(frame);
	if (xstate_mask)
		flags |= UC_FP_XSTATE;
	CHECK(frame->flags == flags, "uc_flags is 0x%lx, expected 0x%lx",
	      frame->flags, flags);
	CHECK(frame->link == NULL, "uc_link is %p", frame->link);
	CHECK_SYS(sigaltstack(NULL, &stack));
	CHECK(frame->stack.ss_sp == stack.ss_sp &&
	      frame->stack.ss_size == stack.ss_size,
	      "uc_stack: %zu bytes at %p", frame->stack.ss_size,
	      frame->stack.ss_sp);
	CHECK(frame->sigmask == 1ul << (SIGUSR2 - 1), "uc_sigmask is 0x%lx",
	      frame->sigmask);
	CHECK((uint64_t)frame->fpstate % 64 == 0 &&
	      frame->fpstate >= (uint8_t *)(frame + 1),
	      "fpstate is at %p, the frame at %p", frame->fpstate, frame);
	if (xstate_mask)
		check_sw_bytes(frame);
}

static void check_pattern(struct frame *frame)
{
	struct xstate got;
	struct fx_sw_bytes sw;
	size_t size = 512;

	check_frame(frame);
	memcpy(&sw, frame->fpstate + FX_SW_OFFSET, sizeof(sw));
	if (xstate_mask)
		size = sw.xstate_size < XSTATE_SIZE ? sw.xstate_size : XSTATE_SIZE;
	memset(&got, 0, sizeof(got));
	memcpy(&got, frame->fpstate, size);
	if (xstate_mask)
		xstate_expand(&got);
	xstate_compare("frame", &pattern, &got);
}

/* Replace `size` bytes at `off` of the frame's state by those of `change`. */
static void put_change(struct frame *frame, unsigned int off, unsigned int size)
{
	memcpy(frame->fpstate + off, change.b + off, size);
}

static void change_all(struct frame *frame)
{
	unsigned int nr, size, off;

	put_change(frame, 0, FX_SW_OFFSET);
	for (nr = 2; nr < 32; nr++) {
		if (!(xstate_mask >> nr & 1))
			continue;
		cpu_xcomponent(nr, &size, &off);
		put_change(frame, off, size);
	}
}

/* xmm3 or ymm3 only. */
static void change_one(struct frame *frame)
{
	unsigned int size, off;

	put_change(frame, FXSAVE_XMM0 + 3 * 16, 16);
	if (!(xstate_mask & XF_YMM))
		return;
	cpu_xcomponent(2, &size, &off);
	put_change(frame, off + 3 * 16, 16);
}

/* Clear bits of XSTATE_BV: those components start anew. */
static void change_to_initial(struct frame *frame)
{
	uint64_t bits;

	memcpy(&bits, frame->fpstate + XSTATE_HEADER, 8);
	bits &= ~(uint64_t)(XF_YMM | XF_X87);
	memcpy(frame->fpstate + XSTATE_HEADER, &bits, 8);
}

static void test_vectors(void)
{
	struct xstate got, want;
	unsigned int size, off;

	xstate_fill(&pattern, 1);
	xstate_fill(&change, 2);

	handler_plan = check_pattern;
	xstate_run(&pattern, &got, event_kill, NULL);
	xstate_compare("after a handler", &pattern, &got);

	handler_plan = change_all;
	xstate_run(&pattern, &got, event_kill, NULL);
	xstate_compare("all changed in the frame", &change, &got);

	handler_plan = change_one;
	xstate_run(&pattern, &got, event_kill, NULL);
	want = pattern;
	memcpy(want.b + FXSAVE_XMM0 + 48, change.b + FXSAVE_XMM0 + 48, 16);
	if (xstate_mask & XF_YMM) {
		cpu_xcomponent(2, &size, &off);
		memcpy(want.b + off + 48, change.b + off + 48, 16);
	}
	xstate_compare("ymm3 changed in the frame", &want, &got);

	if (!(xstate_mask & XF_YMM))
		return;
	handler_plan = change_to_initial;
	xstate_run(&pattern, &got, event_kill, NULL);
	want = pattern;
	xstate_put(&want, XSTATE_HEADER, &(uint64_t){ xstate_mask &
		   ~(uint64_t)(XF_YMM | XF_X87) }, 8);
	xstate_expand(&want);
	xstate_compare("x87, ymm dropped from the frame", &want, &got);
}

static void test_red_zone(void)
{
	timer_t ticks;
	long changed;

	handler_plan = check_frame;
	changed = red_zone_trap();
	CHECK(!changed, "int3: %ld bytes of the red zone changed", changed);
	ticks = ticks_start(SIGUSR1, TICK_MS);
	changed = red_zone_spin();
	ticks_stop(ticks);
	CHECK(!changed, "timer: %ld bytes of the red zone changed", changed);
}

/* Privileged flags in the frame are not taken over. */
static void change_flags(struct frame *frame)
{
	frame->gregs[REG_EFL] |= FLAG_IOPL | 0x20000 /* VM */ | 0x80000 /* VIF */;
	frame->gregs[REG_EFL] &= ~(uint64_t)FLAG_IF;
}

static void test_privileged_flags(void)
{
	uint64_t flags;

	handler_plan = change_flags;
	event_kill(NULL);
	asm volatile("pushfq; popq %0" : "=r" (flags));
	CHECK((flags & (FLAG_IOPL | FLAG_IF | 0xa0000)) == FLAG_IF,
	      "flags are 0x%lx after sigreturn", flags);
}

/*
 * An alternate stack of AT_MINSIGSTKSZ bytes is enough for the frame. One that
 * isn't is the end of the task, and memory below it stays as it was.
 */
static void altstack_set(char *stack, size_t size)
{
	stack_t alt = { .ss_sp = stack, .ss_size = size };

	CHECK_SYS(sigaltstack(&alt, NULL));
}

static void use_small_stack(void *arg)
{
	altstack_set(arg, 2048);
	event_kill(NULL);
}

static void test_minimal_stack(void)
{
	size_t minimum = getauxval(AT_MINSIGSTKSZ);
	char *stack = shared_alloc(65536);
	stack_t off = { .ss_flags = SS_DISABLE };
	size_t used, i;

	CHECK(minimum, "no AT_MINSIGSTKSZ");
	handler_plan = NULL;
	frame_signal(SIGUSR1, SA_ONSTACK);
	altstack_set(stack, 65536);
	event_kill(NULL);
	used = stack + 65536 - (char *)entry.rsp;
	CHECK(used < 65536, "not on the alternate stack: %p", entry.rsp);
	CHECK(used <= minimum, "the frame has %zu bytes, AT_MINSIGSTKSZ is %zu",
	      used, minimum);

	/* sigaltstack takes no less than MINSIGSTKSZ, which is 2048. */
	if (minimum < 2048)
		minimum = 2048;
	altstack_set(stack + 32768, minimum);
	event_kill(NULL);
	CHECK((char *)entry.rsp >= stack + 32768 &&
	      (char *)entry.rsp < stack + 32768 + minimum,
	      "the frame is at %p", entry.rsp);
	CHECK_SYS(sigaltstack(&off, NULL));

	if (used > 2048) {
		memset(stack, 0x77, 65536);
		child_dies("alternate stack too small", use_small_stack,
			   stack + 32768, SIGSEGV);
		for (i = 0; i < 32768 && stack[i] == 0x77; i++)
			;
		CHECK(i == 32768, "written %zu bytes below the stack", 32768 - i);
	} else {
		NOTE("frames are small here, no alternate stack is too small");
	}
	CHECK_SYS(munmap(stack, 65536));
	frame_signal(SIGUSR1, 0);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "vectors",		test_vectors },
		{ "red-zone",		test_red_zone },
		{ "flags",		test_privileged_flags },
		{ "minimal-stack",	test_minimal_stack },
		{ "broken-frames",	test_broken_frames },
		{ NULL, NULL }
	};
	uint64_t mask = 1ul << (SIGUSR2 - 1);

	test_begin(60 * check_rounds(argc, argv, 1));
	xstate_init();
	frame_signal(SIGUSR1, 0);
	frame_signal(SIGTRAP, 0);
	CHECK(!RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8), "mask");
	if (!xstate_mask)
		NOTE("no XSAVE: frames have only the 512 bytes of FXSAVE");
	parts_run(argc, argv, parts);
	printf("sigframe: ok\n");
	return 0;
}
