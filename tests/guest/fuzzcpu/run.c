// SPDX-License-Identifier: GPL-2.0
/*
 * run.c - the process that runs cases: sets the pages up, enters the case, and
 * catches the signal that ends it. The handler does not return into the case,
 * nor (sigreturn is a system call, and would bring the case's state back) out
 * of the signal: it goes to engine_out.
 */
#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <ucontext.h>

#include "child.h"
#include "cpu.h"
#include "fuzz.h"
#include "gaps.h"

/*
 * A case that has seen so many ticks has no end. Ticks have more than 10 ms
 * between them: for so long Linux lets a process sleep that makes a split lock,
 * and a signal would make it begin again.
 */
#define TICK_MS	    30
#define LOOP_TICKS  4
#define CANARY_EACH 64

static uint8_t *const code = (void *)CODE, *const data = (void *)DATA,
	       *const stack = (void *)STACK;
static uint64_t data_clean[PAGE / 8];

/* A genuine signal frame, and its FP state, to make others of */
static ucontext_t frame_clean, frame;
static uint8_t fp_clean[16384] __attribute__((aligned(64)));
static uint8_t fp_state[16384] __attribute__((aligned(64)));
static unsigned int fp_size;

static struct outcome seen;
static volatile long tick_case, ticks;

/* FNV's way, by words */
uint64_t hash_words(uint64_t hash, const void *words, unsigned int count)
{
	const uint64_t *word = words;

	while (count--)
		hash = (hash ^ *word++) * 0x100000001b3;
	return hash;
}

/* Has the case run for long? A tick between two cases is none. */
static bool tick_is_last(void)
{
	if (!engine_in_case)
		return false;
	if (tick_case != shared->current) {
		tick_case = shared->current;
		ticks = 0;
	}
	return ++ticks >= LOOP_TICKS;
}

static void frame_keep(const ucontext_t *uc)
{
	const struct _fpstate *fp = (const void *)uc->uc_mcontext.fpregs;
	const uint32_t *reserved = (const uint32_t *)((const char *)fp + 464);

	frame_clean = *uc;
	fp_size = reserved[0] == 0x46505853 ? reserved[1] : 512;
	if (fp_size <= sizeof(fp_clean))
		for (unsigned int i = 0; i < fp_size; i++)
			fp_clean[i] = ((const uint8_t *)fp)[i];
}

/*
 * Called with any FS base, and so on: nothing of libc (memcpy is one of its own,
 * chosen at run time, but by a call through memory, not %fs).
 */
void engine_handle(int signo, siginfo_t *info, ucontext_t *uc);
__attribute__((target("general-regs-only"), no_stack_protector))
void engine_handle(int signo, siginfo_t *info, ucontext_t *uc)
{
	const greg_t *gregs = uc->uc_mcontext.gregs;
	uint64_t hash;

	if (signo == SIGUSR1) {
		frame_keep(uc);
		return;
	}
	if (signo == SIGALRM && !tick_is_last())
		return;
	engine_in_case = 0;
	seen.end = signo == SIGALRM ? LOOP : SIGNAL;
	seen.signo = signo;
	seen.si_code = info->si_code;
	seen.addr = (uint64_t)info->si_addr;
	seen.rip = gregs[REG_RIP];
	seen.flags = gregs[REG_EFL] & ~0x10000; /* not RF */
	seen.trapno = gregs[REG_TRAPNO];
	seen.err = gregs[REG_ERR];
	hash = hash_words(1, &gregs[REG_R8], REG_RIP - REG_R8);
	seen.regs = hash;
	hash = hash_words(1, engine_selectors, 4);
	hash = hash_words(hash, engine_bases, engine_has_fsgsbase ? 2 : 0);
	seen.segments = hash ^ hash >> 32;
	asm volatile("jmp engine_out" : : : "memory");
	__builtin_unreachable();
}

static void signals_install(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP,
				       SIGSYS, SIGALRM, SIGUSR1 };
	static uint8_t altstack[65536] __attribute__((aligned(64)));
	struct sigaction action = { .sa_handler = engine_entry };
	stack_t st = { .ss_sp = altstack, .ss_size = sizeof(altstack) };

	CHECK_SYS(sigaltstack(&st, NULL));
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	for (unsigned int i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		CHECK_SYS(sigaction(signals[i], &action, NULL));
	CHECK_SYS(raise(SIGUSR1));
	CHECK(fp_size && fp_size <= sizeof(fp_clean), "FP state of %u bytes",
	      fp_size);
}

/*
 * System calls from anywhere but this program's own code give ENOSYS, and so do
 * those that it doesn't make itself: UML tells filters a wrong instruction pointer
 * (KSTK_EIP is of the kernel's stack there).
 */
void harmless(void)
{
#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, value)
#define ALLOW(nr) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), \
		  RETURN(SECCOMP_RET_ALLOW)
	static struct sock_filter filter[] = {
		LOAD(offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
		RETURN(SECCOMP_RET_ERRNO | ENOSYS),
		LOAD(offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		RETURN(SECCOMP_RET_ERRNO | ENOSYS),
		LOAD(offsetof(struct seccomp_data, nr)),
		ALLOW(SYS_rt_sigreturn),
		ALLOW(SYS_arch_prctl),
		ALLOW(SYS_write),
		ALLOW(SYS_exit_group),
		RETURN(SECCOMP_RET_ERRNO | ENOSYS),
	};
	struct sock_fprog program = { sizeof(filter) / sizeof(filter[0]), filter };

	CHECK_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK_SYS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void page_map(uint8_t *at, size_t size, int prot)
{
	void *got = mmap(at, size, prot, MAP_PRIVATE | MAP_ANONYMOUS |
			 MAP_FIXED_NOREPLACE, -1, 0);

	CHECK(got == at, "mmap(%p) = %p: %s", (void *)at, got, strerror(errno));
}

void run_init(void)
{
	struct rng rng = { seed };

	page_map(code, CODE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	page_map(data, PAGE, PROT_READ | PROT_WRITE);
	page_map(stack, PAGE, PROT_READ | PROT_WRITE);
	memset(code, 0xcc, CODE_SIZE);
	for (unsigned int i = 0; i < PAGE / 8; i++)
		data_clean[i] = rng_next(&rng);
	/* An XSAVE area: its header is mostly good. */
	memset((uint8_t *)data_clean + 512, 0, 64);
	data_clean[512 / 8] = 7;
	((uint32_t *)data_clean)[24 / 4] = 0x1f80;
	engine_has_fsgsbase = cpu_has_fsgsbase();
	CHECK_SYS(syscall(SYS_arch_prctl, 0x1003, &engine_fsbase));
	if (!cpu_has_xsave())
		SKIP("no XSAVE");
	asm volatile("xsave64 %0" : "=m" (*(char (*)[16384])engine_xstate)
		     : "a" (-1), "d" (-1) : "memory");
	/* All as at the start of a program, but PKRU, which Linux has set */
	((uint64_t *)engine_xstate)[512 / 8] &= XF_PKRU;
	((uint32_t *)engine_xstate)[24 / 4] = 0x1f80;
}

void case_prepare(const struct fuzz_case *c)
{
	memset(code, 0xcc, CODE_ROOM);
	memset(code + PAGE - CODE_ROOM, 0xcc, 2 * CODE_ROOM);
	memset(code + CODE_SIZE - CODE_ROOM, 0xcc, CODE_ROOM);
	memcpy(code + c->at, c->code, c->size);
	memcpy(data, data_clean, PAGE);
	memcpy(data + DATA_SPOT, c->data, sizeof(c->data));
	memset(stack, 0, PAGE);
	memcpy(stack + PAGE / 2, c->stack, sizeof(c->stack));
	engine_state = c->state;
}

static void frame_make(const struct fuzz_case *c)
{
	static const int order[REGS] = {
		REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP,
		REG_RSP, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13,
		REG_R14, REG_R15
	};
	greg_t *gregs = frame.uc_mcontext.gregs;

	frame = frame_clean;
	memcpy(fp_state, fp_clean, fp_size);
	frame.uc_mcontext.fpregs = (void *)fp_state;
	for (int i = 0; i < REGS; i++)
		gregs[order[i]] = c->state.reg[i];
	gregs[REG_RIP] = c->state.rip;
	gregs[REG_RSP] = c->state.rsp;
	gregs[REG_EFL] = c->state.flags;
	gregs[REG_CSGSFS] = c->state.cs | c->state.ss << 48;
	if (c->bad_frame && fp_size > 576)
		memcpy(fp_state + (c->state.flags & 4 ? 512 : 24),
		       c->state.reg, 48);
}

static void case_run(const struct fuzz_case *c, struct outcome *outcome)
{
	case_prepare(c);
	memset(&seen, 0, sizeof(seen));
	if (c->way == SIGRETURN) {
		frame_make(c);
		engine_sigreturn(&frame);
	} else {
		engine_run();
	}
	seen.memory = hash_words(1, data, PAGE / 8);
	seen.memory = hash_words(seen.memory, stack, PAGE / 8);
	*outcome = seen;
}

/* After all those cases: is a simple one still what it should be? */
static bool canary_good(void)
{
	static struct outcome first;
	static int lost = -1;
	struct outcome now;
	struct fuzz_case c = { .class = "canary", .code = { 0x90 }, .size = 1 };

	for (int r = 0; r < REGS; r++)
		c.state.reg[r] = 0x0102030405060708 * (r + 1);
	c.state.rip = CODE;
	c.state.cs = 0x33;
	c.state.ss = 0x2b;
	c.state.flags = 0x246;
	c.state.rsp = STACK + 256;
	case_run(&c, &now);
	if (!first.end) {
		first = now;
		return now.end == SIGNAL && now.signo == SIGTRAP &&
		       now.trapno == 3 && now.rip == CODE + 2;
	}
	if (lost < 0)
		lost = host_gap("selectors");
	if (lost)
		now.segments = first.segments;
	return !memcmp(&first, &now, sizeof(now));
}

void run_from(void *first)
{
	const char *slow = getenv("SLOW");
	int ms = TICK_MS * (slow && atof(slow) > 1 ? atof(slow) : 1);
	struct itimerval every = { { 0, ms * 1000 }, { 0, ms * 1000 } };
	struct fuzz_case c;

	signals_install();
	CHECK(canary_good(), "a simple case goes wrong: signal %d, trap %d, rip %#lx",
	      seen.signo, seen.trapno, seen.rip);
	CHECK_SYS(setitimer(ITIMER_REAL, &every, NULL));
	harmless();
	for (long nr = *(long *)first; nr < cases_count(); nr++) {
		case_make(&c, nr);
		if (c.way == SETREGS)
			break;
		shared->current = nr;
		case_run(&c, &shared->outcome[nr]);
		if (nr % CANARY_EACH == 0)
			CHECK(canary_good(), "wrong after case %ld and those before: "
			      "signal %d, trap %d, rip %#lx, flags %#lx", nr,
			      seen.signo, seen.trapno, seen.rip, seen.flags);
	}
	shared->current = cases_count();
}

static bool segments_same(const struct outcome *a, const struct outcome *b)
{
	static int gap = -1;

	if (gap < 0)
		gap = host_gap("selectors");
	return gap || a->segments == b->segments;
}

static bool gp_unreliable(void)
{
	static int gap = -1;

	if (gap < 0)
		gap = host_gap("gp");
	return gap;
}

/* The trap number and error code of a failed sigreturn are older ones. */
int outcome_same(const struct outcome *a, const struct outcome *b)
{
	bool ours = a->rip >= (uint64_t)engine_start && a->rip < (uint64_t)engine_end;

	/*
	 * The host takes #GP for itself and tries to do what the instruction says:
	 * error code, vector and what else comes of it are its own.
	 */
	if (a->end == SIGNAL && b->end == SIGNAL &&
	    (a->trapno == 13 || b->trapno == 13 || a->trapno == 6 || b->trapno == 6) &&
	    gp_unreliable())
		return true;
	if (a->end != b->end || a->signo != b->signo)
		return false;
	if (a->end != SIGNAL)
		return true;
	return a->si_code == b->si_code && a->addr == b->addr && a->rip == b->rip &&
	       a->flags == b->flags && a->regs == b->regs &&
	       a->memory == b->memory && segments_same(a, b) &&
	       (ours || (a->trapno == b->trapno && a->err == b->err));
}
