// SPDX-License-Identifier: GPL-2.0
/*
 * reach tries to get out of its own mappings: reads, writes and executes
 * addresses in all parts of the address space, of which nothing but what
 * /proc/self/maps lists may be there, with the rights that stand there. All
 * else is SIGSEGV with the si_code, si_addr, trap number and error code of native
 * x86-64 Linux, which tells nothing about what a kernel has mapped above.
 *
 * Argument: 2 and more also write to and execute each GiB of the upper half.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <ucontext.h>

#include "child.h"
#include "cpu.h"
#include "parts.h"
#include "reach.h"
#include "rng.h"

volatile struct outcome outcome;
uint64_t probe_pattern[REGS];

static struct rng rng = { 7 };
static struct maps maps;
static long thorough;

static const char *const access_names[] = { "read", "write", "execute" };

void probe_handle(int signo, siginfo_t *info, ucontext_t *uc);
void probe_handle(int signo, siginfo_t *info, ucontext_t *uc)
{
	static const int order[REGS] = {
		REG_RAX, REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP,
		REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14,
		REG_R15
	};
	const greg_t *gregs = uc->uc_mcontext.gregs;

	outcome.signo = signo;
	outcome.si_code = info->si_code;
	outcome.addr = (uint64_t)info->si_addr;
	outcome.rip = gregs[REG_RIP];
	outcome.trapno = gregs[REG_TRAPNO];
	outcome.err = gregs[REG_ERR];
	outcome.flags = gregs[REG_EFL];
	for (int r = 0; r < REGS; r++)
		outcome.regs[r] = gregs[order[r]];
}

static void handler_install(void)
{
	static const int signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP };
	struct sigaction action = { .sa_handler = probe_entry };
	stack_t stack = { .ss_size = 65536 };

	stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(stack.ss_sp != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK_SYS(sigaltstack(&stack, NULL));
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
	for (unsigned int i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		CHECK_SYS(sigaction(signals[i], &action, NULL));
}

void access_try(uint64_t addr, enum access access)
{
	static void (*const probes[])(uint64_t) = {
		probe_read_byte, probe_write_byte, probe_execute
	};

	outcome.signo = 0;
	probes[access](addr);
}

static uint64_t access_rip(uint64_t addr, enum access access)
{
	return access == READ ? (uint64_t)probe_read_here :
	       access == WRITE ? (uint64_t)probe_write_here : addr;
}

static void outcome_want(uint64_t addr, enum access access, const char *what,
			 const struct outcome *want)
{
	if (outcome.signo == want->signo && outcome.si_code == want->si_code &&
	    outcome.addr == want->addr && outcome.trapno == want->trapno &&
	    outcome.err == want->err && outcome.rip == want->rip)
		return;
	FAIL("%s: %s %#lx: signal %d, si_code %d, si_addr %#lx, trap %d, error code "
	     "%#lx, rip %#lx; should be %d, %d, %#lx, %d, %#lx, %#lx", what,
	     access_names[access], addr, outcome.signo, outcome.si_code,
	     outcome.addr, outcome.trapno, outcome.err, outcome.rip, want->signo,
	     want->si_code, want->addr, want->trapno, want->err, want->rip);
}

/* With page tables of five levels addresses have 9 bits more. */
static bool five_levels;

static bool canonical(uint64_t addr)
{
	int unused = five_levels ? 7 : 16;

	return (int64_t)(addr << unused) >> unused == (int64_t)addr;
}

/* Nobody's with four levels, user space's with five, where Linux maps nothing unasked */
static bool is_between(uint64_t addr)
{
	return addr >= USER_END && addr < 1ul << 56;
}

static void levels_find(void)
{
	access_try(HALF, READ);
	five_levels = outcome.trapno == 14;
	if (five_levels)
		NOTE("page tables of five levels");
}

/* A jump to a non-canonical address faults before it is taken, on Intel's. */
static void noncanonical_refused(uint64_t addr, enum access access,
				 const char *what)
{
	struct outcome want = { .signo = SIGSEGV, .si_code = SI_KERNEL,
				.trapno = 13, .rip = access_rip(addr, access) };

	if (access == EXEC && cpu_is_tcg()) {
		CHECK(outcome.signo == SIGSEGV, "%s: execute %#lx: signal %d", what,
		      addr, outcome.signo);
		return;
	}
	if (access == EXEC && outcome.rip != addr)
		want.rip = (uint64_t)probe_execute_here;
	outcome_want(addr, access, what, &want);
}

/* Nothing is mapped there, or not for us. */
void access_refused(uint64_t addr, enum access access, const char *what)
{
	struct outcome want = { .signo = SIGSEGV, .si_code = SEGV_MAPERR,
				.addr = addr, .trapno = 14, .err = PF_USER,
				.rip = access_rip(addr, access) };

	access_try(addr, access);
	if (!canonical(addr)) {
		noncanonical_refused(addr, access, what);
		return;
	}
	want.err |= access == WRITE ? PF_WRITE : access == EXEC ? PF_FETCH : 0;
	if (five_levels && is_between(addr))	/* whose page fault it is nobody defines */
		want.err |= outcome.err & PF_PRESENT;
	else if (addr >= USER_END)	/* Linux does not tell what is there */
		want.err |= PF_PRESENT;
	outcome_want(addr, access, what, &want);
}

/* A stack grows when the addresses below it are used. */
static bool is_ours(uint64_t addr)
{
	for (int i = 0; i < maps.count; i++) {
		const struct map *m = &maps.map[i];
		uint64_t start = m->start;

		if (!strcmp(m->name, "[stack]"))
			start -= 64ul << 20;
		if (start <= addr && addr < m->end)
			return true;
	}
	/* The vsyscall page is there, in maps or not; see the test of that name. */
	return (addr & -PAGE) == 0xffffffffff600000;
}

static void all_refused(uint64_t addr, const char *what)
{
	if (is_ours(addr))
		return;
	for (enum access access = READ; access < ACCESSES; access++)
		access_refused(addr, access, what);
}

static uint64_t random_in(uint64_t start, uint64_t size)
{
	return start + rng_next(&rng) % size;
}

/* First, last and some page of what each top-level entry maps, and beyond */
static void test_slots(void)
{
	for (int i = 0; i < 512; i++) {
		uint64_t start = i * PML4_SIZE;

		if (i >= 256)
			start |= KERNEL_START;
		all_refused(start, "first page of a top-level entry");
		all_refused(start + PML4_SIZE - 1, "last byte of a top-level entry");
		all_refused(random_in(start, PML4_SIZE), "in a top-level entry");
	}
	for (int i = 0; i < 256; i++)
		all_refused(random_in(HALF, KERNEL_START - HALF), "not canonical");
	all_refused(HALF, "the first that isn't canonical");
	all_refused(KERNEL_START - 1, "the last that isn't canonical");
	for (int bit = 47; bit < 64; bit++)
		all_refused((uint64_t)&maps ^ 1ul << bit, "one bit in the upper half");
}

/* Each GiB of the entries that this process uses itself */
static void test_user_gib(void)
{
	uint64_t slot, last = -1;

	for (int i = 0; i < maps.count; i++) {
		slot = maps.map[i].start & -PML4_SIZE;
		if (slot == last || slot >= HALF)
			continue;
		last = slot;
		for (int g = 0; g < 512; g++)
			all_refused(random_in(slot + g * GIB, GIB), "a used slot");
	}
}

/*
 * Each GiB of the upper half: a read, sometimes the others. (Where signals are slow
 * and the backend is skas, which has nothing up there: each 16th.)
 */
static void test_kernel_gib(void)
{
	const char *slow = getenv("SLOW"), *backend = getenv("BACKEND");
	uint64_t step = GIB;

	if (slow && atof(slow) > 1 && backend && !strcmp(backend, "skas"))
		step *= 16;
	alarm(3000);	/* 131072 signals */
	for (uint64_t start = KERNEL_START; start; start += step) {
		uint64_t addr = random_in(start, GIB) & -PAGE;

		if (is_ours(addr))
			continue;
		access_refused(addr, READ, "the upper half");
		if (thorough || rng_below(&rng, 32) == 0) {
			access_refused(addr, WRITE, "the upper half");
			access_refused(addr, EXEC, "the upper half");
		}
	}
}

/* The pages of the machine's own code at CPL 0, if it says where that is */
static void test_entry(void)
{
	unsigned long start, end;
	int fd = open("/proc/um/entry", O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		NOTE("no /proc/um/entry");
		return;
	}
	CHECK_SYS(close(fd));
	CHECK(sscanf(proc_text("/proc/um/entry"), "%lx-%lx", &start, &end) == 2 &&
	      start >= KERNEL_START && end > start, "/proc/um/entry: '%s'",
	      proc_text("/proc/um/entry"));
	for (uint64_t addr = start - PAGE; addr < end + PAGE; addr += PAGE) {
		all_refused(addr, "guest-entry");
		all_refused(addr + 8 * rng_below(&rng, 512), "guest-entry");
	}
}

/* The pages beside our own, and what ours allow */
static void test_neighbours(void)
{
	for (int i = 0; i < maps.count; i++) {
		all_refused(maps.map[i].start - 1, "before a mapping");
		all_refused(maps.map[i].end, "behind a mapping");
	}
}

/*
 * In our mappings: a page's first byte, if it must not be written, executed.
 * (vvar has pages that are there or not, as the clock source is.)
 */
static void own_check(const struct map *m, uint64_t addr)
{
	if (!strncmp(m->name, "[vvar", 5))
		return;
	if (m->perms[0] == 'r' && addr < HALF) {
		access_try(addr, READ);
		CHECK(!outcome.signo, "read %#lx in %s: signal %d", addr, m->name,
		      outcome.signo);
	}
	for (enum access access = WRITE; access < ACCESSES; access++) {
		if (m->perms[access] != '-' || addr >= HALF)
			continue;
		access_try(addr, access);
		CHECK(outcome.signo == SIGSEGV && outcome.si_code == SEGV_ACCERR &&
		      outcome.addr == addr && outcome.trapno == 14,
		      "%s %#lx in %s %s: signal %d, si_code %d, si_addr %#lx",
		      access_names[access], addr, m->perms, m->name, outcome.signo,
		      outcome.si_code, outcome.addr);
	}
}

static void test_own(void)
{
	for (int i = 0; i < maps.count; i++) {
		const struct map *m = &maps.map[i];

		own_check(m, m->start);
		own_check(m, m->end - PAGE);
		own_check(m, random_in(m->start, m->end - m->start) & -PAGE);
	}
}

/* Pages with each of the eight rights, not used before and used */
static void test_rights(void)
{
	for (int prot = 0; prot < 16; prot++) {
		static const int needed[] = { ~0, PROT_WRITE, PROT_EXEC };
		unsigned char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(page != MAP_FAILED, "mmap: %s", strerror(errno));
		if (prot & 8)
			*(volatile unsigned char *)page = 0xcc;
		CHECK_SYS(mprotect(page, PAGE, prot & 7));
		for (enum access access = READ; access < ACCESSES; access++) {
			bool may = prot & 7 & needed[access];

			/* Execute only: by a protection key; write only: see stale */
			if (access == READ && !(prot & PROT_READ) && may)
				continue;
			if (access == EXEC && may && !(prot & 8))
				continue;	/* there is no code */
			access_try((uint64_t)page, access);
			CHECK(outcome.signo == (!may ? SIGSEGV :
						access == EXEC ? SIGTRAP : 0) &&
			      (may || outcome.si_code == SEGV_ACCERR ||
			       (prot & 7) == PROT_EXEC),
			      "%s a page with prot %d: signal %d, si_code %d",
			      access_names[access], prot & 7, outcome.signo,
			      outcome.si_code);
		}
		CHECK_SYS(munmap(page, PAGE));
	}
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "slots",	test_slots },
		{ "user-gib",	test_user_gib },
		{ "kernel-gib",	test_kernel_gib },
		{ "entry",	test_entry },
		{ "neighbours", test_neighbours },
		{ "own",	test_own },
		{ "rights",	test_rights },
		{ "privileged",	test_privileged },
		{ NULL, NULL }
	};

	thorough = check_rounds(argc, argv, 1) > 1;
	test_begin(3000);
	handler_install();
	setvbuf(stdout, NULL, _IONBF, 0);
	maps_load(&maps);
	levels_find();
	parts_run(argc, argv, parts);
	printf("reach: ok\n");
	return 0;
}
