/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sigstack - which handler runs when, on which stack, and what goes on after
 * it: alternate stacks, queued and nested signals, masks, SA_NODEFER,
 * SA_RESETHAND, SA_RESTART, stacks that can't be used, sigreturn to somewhere
 * else.
 * Relies on: POSIX (sigaction, sigaltstack, sigqueue, sigsuspend); signal(7)
 * for what is restarted and SS_AUTODISARM; System V ABI AMD64 for the frame.
 */
#define _GNU_SOURCE
#include "parts.h"
#include "sigstack.h"
#include "ticks.h"

static volatile int depth, deepest, runs;
static volatile char order[16];

static void count_handler(int signo, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	order[runs++] = '0' + signo - SIGRTMIN;
	if (++depth > deepest)
		deepest = depth;
	if (runs < 3)
		CHECK_SYS(raise(signo));
	depth--;
}

static void counts_clear(void)
{
	depth = deepest = runs = 0;
	memset((char *)order, 0, sizeof(order));
}

/* The handler raises its own signal: inside itself or after its end. */
static void test_nodefer(void)
{
	counts_clear();
	handler_set(SIGRTMIN, count_handler, 0);
	CHECK_SYS(raise(SIGRTMIN));
	CHECK(runs == 3 && deepest == 1, "deferred: %d runs, depth %d", runs,
	      deepest);
	counts_clear();
	handler_set(SIGRTMIN, count_handler, SA_NODEFER);
	CHECK_SYS(raise(SIGRTMIN));
	CHECK(runs == 3 && deepest == 3, "SA_NODEFER: %d runs, depth %d", runs,
	      deepest);
}

static void plain_handler(int signo, siginfo_t *info, void *context)
{
	(void)info;
	(void)context;
	order[runs++] = '0' + signo - SIGRTMIN;
}

/* Three frames are stacked before the first handler runs: the last one's. */
static void test_nested(void)
{
	sigset_t all, old;
	int i;

	counts_clear();
	for (i = 1; i <= 3; i++)
		handler_set(SIGRTMIN + i, plain_handler, 0);
	CHECK_SYS(sigfillset(&all));
	CHECK_SYS(sigprocmask(SIG_SETMASK, &all, &old));
	for (i = 3; i >= 1; i--)
		CHECK_SYS(raise(SIGRTMIN + i));
	CHECK_SYS(sigprocmask(SIG_SETMASK, &old, NULL));
	CHECK(!strcmp((char *)order, "321"), "handlers ran in order %s",
	      (char *)order);
}

static void run_twice(void *arg)
{
	struct sigaction action;

	(void)arg;
	counts_clear();
	handler_set(SIGRTMIN, plain_handler, SA_RESETHAND);
	CHECK_SYS(raise(SIGRTMIN));
	CHECK(runs == 1, "%d runs", runs);
	CHECK_SYS(sigaction(SIGRTMIN, NULL, &action));
	CHECK(action.sa_handler == SIG_DFL, "handler still there");
	CHECK_SYS(raise(SIGRTMIN));
}

static void test_resethand(void)
{
	child_dies("SA_RESETHAND, the second time", run_twice, NULL, SIGRTMIN);
}

/* A handler edits the mask that sigreturn puts into force. */
static void mask_handler(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signo;
	(void)info;
	CHECK(mask_has(SIGRTMIN) && mask_has(SIGUSR2), "sa_mask not in force");
	CHECK(!sigismember(&uc->uc_sigmask, SIGRTMIN), "uc_sigmask is wrong");
	CHECK_SYS(sigaddset(&uc->uc_sigmask, SIGUSR1));
	CHECK_SYS(sigdelset(&uc->uc_sigmask, SIGRTMIN + 1));
	runs++;
}

static void test_mask(void)
{
	counts_clear();
	handler_set_alone(SIGRTMIN, mask_handler, 0);
	mask_set(SIG_BLOCK, SIGRTMIN + 1);
	CHECK_SYS(raise(SIGRTMIN));
	CHECK(runs == 1, "%d runs", runs);
	CHECK(mask_has(SIGUSR1), "SIGUSR1 is not blocked");
	CHECK(!mask_has(SIGRTMIN + 1), "SIGRTMIN + 1 is still blocked");
	CHECK(!mask_has(SIGUSR2), "sa_mask stayed in force");
	mask_set(SIG_UNBLOCK, SIGUSR1);
}

/* The frame has the mask before sigsuspend, the handler runs with its own. */
static void suspend_handler(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	CHECK(mask_has(signo) && mask_has(SIGUSR2), "wrong mask in the handler");
	CHECK(!mask_has(SIGUSR1), "not the mask of sigsuspend");
	CHECK(sigismember(&uc->uc_sigmask, SIGRTMIN) &&
	      sigismember(&uc->uc_sigmask, SIGUSR1) &&
	      !sigismember(&uc->uc_sigmask, SIGUSR2), "wrong mask in the frame");
	runs++;
}

static void test_sigsuspend(void)
{
	sigset_t during = set_of(SIGUSR2);

	counts_clear();
	handler_set(SIGRTMIN, suspend_handler, SA_RESTART);
	mask_set(SIG_BLOCK, SIGRTMIN);
	mask_set(SIG_BLOCK, SIGUSR1);
	CHECK_SYS(raise(SIGRTMIN));
	CHECK(runs == 0, "handler ran though blocked");
	CHECK(sigsuspend(&during) == -1 && errno == EINTR, "sigsuspend: %s",
	      strerror(errno));
	CHECK(runs == 1, "%d runs", runs);
	CHECK(mask_has(SIGRTMIN) && mask_has(SIGUSR1) && !mask_has(SIGUSR2),
	      "mask not restored");
	mask_set(SIG_UNBLOCK, SIGRTMIN);
	mask_set(SIG_UNBLOCK, SIGUSR1);
}

/*
 * Two loops, each on a stack of its own; every tick's handler exchanges what
 * sigreturn will restore, so that the other one goes on.
 */
static mcontext_t other;
static struct _libc_fpstate other_fp;
static volatile int switches;
static volatile long turns[2];
static long turns_before;	/* of the one that runs, when it was let run */

static void switch_handler(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	struct _libc_fpstate fp;
	gregset_t gregs;

	(void)signo;
	(void)info;
	/* On a slow machine the next tick may be there at once. */
	if (switches == 6 || turns[switches & 1] == turns_before)
		return;
	switches++;
	turns_before = turns[switches & 1];
	memcpy(&gregs, &uc->uc_mcontext.gregs, sizeof(gregs));
	memcpy(&fp, uc->uc_mcontext.fpregs, sizeof(fp));
	if (switches == 1)	/* the other one has run nothing yet */
		memcpy(&other_fp, &fp, sizeof(fp));
	memcpy(&uc->uc_mcontext.gregs, &other.gregs, sizeof(gregs));
	memcpy(uc->uc_mcontext.fpregs, &other_fp, sizeof(fp));
	memcpy(&other.gregs, &gregs, sizeof(gregs));
	memcpy(&other_fp, &fp, sizeof(fp));
}

static void count_turns(int which)
{
	double sum = which;

	while (switches < 6) {
		turns[which]++;
		sum += 2;
		CHECK(sum - which == 2 * turns[which], "loop %d: %f", which, sum);
	}
}

static void second_loop(void)
{
	count_turns(1);
	FAIL("the second loop came to its end");
}

static void test_switching(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	ucontext_t uc;
	timer_t ticks;

	CHECK_SYS(getcontext(&uc));
	other = uc.uc_mcontext;
	other.gregs[REG_RIP] = (greg_t)second_loop;
	other.gregs[REG_RSP] = (greg_t)(stack + sizeof(stack) - 8);
	other.gregs[REG_CSGSFS] = 0x2b000000000033;
	other.gregs[REG_EFL] = 0x202;
	switches = 0;
	turns[0] = turns[1] = turns_before = 0;
	handler_set(SIGRTMIN, switch_handler, 0);
	ticks = ticks_start(SIGRTMIN, TICK_MS);
	count_turns(0);
	ticks_stop(ticks);
	CHECK(turns[0] && turns[1], "%ld and %ld turns", turns[0], turns[1]);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "nodefer",	test_nodefer },
		{ "nested",	test_nested },
		{ "resethand",	test_resethand },
		{ "mask",	test_mask },
		{ "sigsuspend",	test_sigsuspend },
		{ "switching",	test_switching },
		{ "altstack",	test_altstack },
		{ "bad-stack",	test_bad_stack },
		{ "interrupted", test_interrupted },
		{ "restarted",	test_restarted },
		{ "partial",	test_partial },
		{ "not-interrupted", test_not_interrupted },
		{ "order",	test_order },
		{ "siginfo",	test_own_siginfo },
		{ "wait",	test_wait },
		{ "sigchld",	test_sigchld },
		{ "kill",	test_kill },
		{ NULL, NULL }
	};

	test_begin(60 * check_rounds(argc, argv, 1));
	parts_run(argc, argv, parts);
	printf("sigstack: ok\n");
	return 0;
}
