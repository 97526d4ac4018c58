/* SPDX-License-Identifier: GPL-2.0 */
/*
 * badstack.c - a signal comes while rsp points to nothing that can take a
 * frame. The task gets SIGSEGV instead: it dies, unless a handler with an
 * alternate stack catches that.
 */
#define _GNU_SOURCE
#include "raw.h"
#include "sigstack.h"

static char altstack[65536] __attribute__((aligned(16)));
static unsigned long bad_rsp;

/* kill(getpid(), SIGUSR1) with rsp = bad_rsp. */
static void kill_on_bad_stack(void)
{
	long pid = getpid();
	long ret = SYS_kill;

	asm volatile("movq	%%rsp, %%rbx\n\t"
		     "movq	%[rsp], %%rsp\n\t"
		     "syscall\n\t"
		     "movq	%%rbx, %%rsp"
		     : "+a" (ret)
		     : "D" (pid), "S" ((long)SIGUSR1), [rsp] "r" (bad_rsp)
		     : "rbx", "rcx", "r11", "memory");
	FAIL("rsp 0x%lx: the handler ran, kill returned %ld", bad_rsp, ret);
}

static void usr1_handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
}

static void segv_handler(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	unsigned long rsp = uc->uc_mcontext.gregs[REG_RSP];

	(void)signo;
	CHECK(rsp == bad_rsp, "rsp in the frame is 0x%lx, not 0x%lx", rsp,
	      bad_rsp);
	CHECK(info->si_code == SI_KERNEL, "si_code %d", info->si_code);
	_exit(0);
}

static void run_uncaught(void *arg)
{
	(void)arg;
	handler_set(SIGUSR1, usr1_handler, 0);
	kill_on_bad_stack();
}

/* A handler for SIGSEGV that needs the same stack is of no use. */
static void run_hopeless(void *arg)
{
	handler_set(SIGSEGV, segv_handler, 0);
	run_uncaught(arg);
}

static void run_caught(void *arg)
{
	stack_t alt = { .ss_sp = altstack, .ss_size = sizeof(altstack) };

	CHECK_SYS(sigaltstack(&alt, NULL));
	handler_set(SIGSEGV, segv_handler, SA_ONSTACK);
	run_uncaught(arg);
}

void test_bad_stack(void)
{
	char *page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	const struct {
		const char *name;
		unsigned long rsp;
	} cases[] = {
		{ "rsp 0", 0 },
		{ "rsp 1", 1 },
		{ "rsp not canonical", 0x4141414141414141 },
		{ "rsp in the kernel", 0xffff888000001000 },
		{ "rsp at the very top", -16ul },
		{ "rsp read-only", (unsigned long)page + 4096 },
		{ "rsp unmapped", (unsigned long)page + 8192 },
	};
	unsigned int i;

	CHECK(page != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK_SYS(mprotect(page + 4096, 4096, PROT_NONE));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bad_rsp = cases[i].rsp;
		child_dies(cases[i].name, run_uncaught, NULL, SIGSEGV);
		child_dies(cases[i].name, run_hopeless, NULL, SIGSEGV);
		child_run(cases[i].name, run_caught, NULL);
	}
	CHECK_SYS(munmap(page, 8192));
}
