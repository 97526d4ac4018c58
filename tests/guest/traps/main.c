/* SPDX-License-Identifier: GPL-2.0 */
/*
 * traps - the signal that each exception becomes: number, si_code, si_addr,
 * and in the frame trap number, error code, CR2 and rip, by a table (table.h).
 * All rows are run and all differences printed before the test fails. Inside
 * ./linux the expected values are those that `traps record` has printed directly
 * on the host (file $NATIVE), else those of the table.
 * Relies on: Intel SDM vol. 3 chapter 6 (vectors, error codes, fault or trap);
 * Linux for the translation to signals (sigaction(2), seen on native x86-64).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ucontext.h>

#include "child.h"
#include "cpu.h"
#include "parts.h"
#include "arena.h"
#include "traps.h"

volatile struct caught caught;
int (*caught_hook)(uint64_t *gregs);

/* For each place: what rdi gets and which address faults then. */
static struct {
	uint64_t rdi, fault;
} places[PLACES];

void trap_handler(int signo, siginfo_t *info, ucontext_t *uc);
void trap_handler(int signo, siginfo_t *info, ucontext_t *uc)
{
	uint64_t *gregs = (uint64_t *)uc->uc_mcontext.gregs;

	caught.signo = signo;
	caught.si_code = info->si_code;
	caught.addr = (uint64_t)info->si_addr;
	caught.trapno = gregs[REG_TRAPNO];
	caught.err = gregs[REG_ERR];
	caught.cr2 = gregs[REG_CR2];
	caught.rip = gregs[REG_RIP];
	caught.flags = gregs[REG_EFL];
	caught.rcx = gregs[REG_RCX];
	caught.rdi = gregs[REG_RDI];
	caught.fsw = uc->uc_mcontext.fpregs->swd;
	caught.mxcsr = uc->uc_mcontext.fpregs->mxcsr;
	if (caught_hook && !caught_hook(gregs))
		return;
	gregs[REG_RIP] = (uint64_t)trap_resume;
	gregs[REG_RSP] = trap_rsp;
	gregs[REG_EFL] &= ~(uint64_t)(FLAG_TF | FLAG_AC | FLAG_DF);
}

static void signals_set_up(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	static const int signals[] = {
		SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP
	};
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = trap_entry };
	unsigned int i;

	CHECK_SYS(sigaltstack(&alt, NULL));
	action.sa_flags = SA_SIGINFO | SA_ONSTACK;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		CHECK_SYS(sigaction(signals[i], &action, NULL));
}

/*
 * A page with nothing mapped on either side, where it stays so: a hole among
 * other mappings could be filled by the next mmap.
 */
static char *page_map(int prot)
{
	static char *next;
	char *p;

	if (!next)
		next = arena_find(ARENA_2M);
	p = mmap(next, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
		 -1, 0);
	CHECK(p == next, "mmap: %s", strerror(errno));
	next += 8192;
	return p;
}

static void place_set(enum place place, const void *rdi, long to_fault)
{
	places[place].rdi = (uint64_t)rdi;
	places[place].fault = (uint64_t)rdi + to_fault;
}

uint64_t place_rdi(enum place place)
{
	return places[place].rdi;
}

static void places_set_up_file(void)
{
	char name[] = "/tmp/traps.XXXXXX";
	int fd = CHECK_SYS(mkostemp(name, O_CLOEXEC));
	char *p;

	CHECK_SYS(unlink(name));
	CHECK_SYS(ftruncate(fd, 4096));
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK_SYS(close(fd));
	place_set(BEYOND_FILE, p + 4096, 0);
}

void places_set_up(void)
{
	/* movabsq $0, %rax: ten bytes, of which the last seven are missing */
	static const char code[3] = { 0x48, (char)0xb8, 0 };
	char *p = page_map(PROT_READ | PROT_WRITE);

	memset(p, 0, 4096);
	place_set(DATA, p, 0);
	place_set(DATA_ODD, p + 1, 0);
	place_set(UNMAPPED, p + 4096, 0);
	place_set(CROSSING, p + 4092, 4);
	p = page_map(PROT_READ | PROT_WRITE);
	memcpy(p + 4093, code, 3);
	CHECK_SYS(mprotect(p, 4096, PROT_READ | PROT_EXEC));
	place_set(CODE_CROSSING, p + 4093, 3);
	place_set(PAGE_RX, p, 0);
	CHECK(*(volatile char *)p == 0, "not zero");
	place_set(STACK_END, page_map(PROT_READ | PROT_WRITE), -8);

	place_set(PAGE_NONE, page_map(PROT_NONE), 0);
	place_set(PAGE_R, page_map(PROT_READ), 0);
	place_set(PAGE_RW, page_map(PROT_READ | PROT_WRITE), 0);
	p = page_map(PROT_READ);
	CHECK(*(volatile char *)p == 0, "not zero");
	place_set(PAGE_R_USED, p, 0);
	p = page_map(PROT_READ | PROT_WRITE);
	*(volatile char *)p = (char)0xc3;
	place_set(PAGE_RW_USED, p, 0);
	p = page_map(PROT_READ | PROT_WRITE);
	*(volatile char *)p = (char)0xc3;
	CHECK_SYS(mprotect(p, 4096, PROT_NONE));
	place_set(PAGE_NONE_USED, p, 0);

	place_set(KERNEL, (void *)0xffff888000000000, 0);
	place_set(KERNEL_TEXT, (void *)0xffffffff81000000, 0);
	place_set(NOT_CANONICAL, (void *)0x4141414141414140, 0);
	places_set_up_file();
}

const struct trap *trap_find(const char *name)
{
	int i;

	for (i = 0; i < trap_count; i++)
		if (!strcmp(traps[i].name, name))
			return &traps[i];
	FAIL("there is no row %s", name);
}

uint64_t where_address(const struct trap *trap, enum where where)
{
	switch (where) {
	case FAULT:
		return places[trap->place].fault;
	case HERE:
		return (uint64_t)trap->here;
	case NEXT:
		return (uint64_t)trap->next;
	case AT_RDI:
		return places[trap->place].rdi;
	case EITHER:
		return (uint64_t)(caught.rip == (uint64_t)trap->here ? trap->here :
				  trap->next);
	default:
		return 0;
	}
}

const char *const value_names[VALUES] = {
	"signal", "si_code", "si_addr", "trap number", "error code", "rip"
};

void values_caught(uint64_t *values)
{
	values[VALUE_SIGNO] = caught.signo;
	values[VALUE_CODE] = caught.si_code;
	values[VALUE_ADDR] = caught.addr;
	values[VALUE_TRAPNO] = caught.trapno;
	values[VALUE_ERR] = caught.err;
	values[VALUE_RIP] = caught.rip;
}

void values_table(const struct trap *trap, uint64_t *values)
{
	values[VALUE_SIGNO] = trap->signo;
	values[VALUE_CODE] = trap->si_code;
	values[VALUE_ADDR] = where_address(trap, trap->addr);
	values[VALUE_TRAPNO] = trap->trapno;
	values[VALUE_ERR] = trap->err;
	values[VALUE_RIP] = where_address(trap, trap->rip);
}

/* The row's last signal; a line for each value that is wrong, 1 if there was one. */
static int trap_check(const struct trap *trap, const char *kind)
{
	uint64_t want[VALUES], got[VALUES], fault = places[trap->place].fault;
	int i, bad = 0;

	values_table(trap, want);
	native_values(trap, want);
	values_caught(got);
	if (!want[VALUE_SIGNO] && !got[VALUE_SIGNO])
		return 0;
	if (!caught.signo) {
		printf("%s: %s: no signal\n", kind, trap->name);
		return 1;
	}
	for (i = 0; i < VALUES; i++) {
		if (want[i] == got[i])
			continue;
		printf("%s: %s: %s is 0x%lx, expected 0x%lx\n", kind,
		       trap->name, value_names[i], got[i], want[i]);
		bad = 1;
	}
	if (caught.trapno == 14 && caught.cr2 != fault) {
		printf("%s: %s: cr2 is 0x%lx, expected 0x%lx\n", kind, trap->name,
		       caught.cr2, fault);
		bad = 1;
	}
	return bad;
}

static void test_table(void)
{
	int tcg = cpu_is_tcg();
	int i, bad, failed = 0;

	places_set_up();
	for (i = 0; i < trap_count; i++) {
		caught.signo = 0;
		trap_run(traps[i].code, places[traps[i].place].rdi);
		bad = trap_check(&traps[i], tcg && traps[i].not_tcg ?
				 "NOTE, TCG's own" : "wrong");
		failed += bad && !(tcg && traps[i].not_tcg);
	}
	CHECK(!failed, "%d of %d rows", failed, trap_count);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "table",	test_table },
		{ "steps",	test_steps },
		{ "string",	test_string },
		{ "status-words", test_status_words },
		{ "deaths",	test_deaths },
		{ NULL, NULL }
	};

	test_begin(60 * check_rounds(argc, argv, 1));
	signals_set_up();
	if (argc > 1 && !strcmp(argv[1], "record")) {
		native_record();
		return 0;
	}
	parts_run(argc, argv, parts);
	printf("traps: ok, %d rows\n", trap_count);
	return 0;
}
