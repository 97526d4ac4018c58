/* SPDX-License-Identifier: GPL-2.0 */
/* altstack.c - on which stack a handler runs. */
#define _GNU_SOURCE
#include "sigstack.h"

#define STACK_SIZE 65536

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1u << 31)	/* linux/signal.h */
#endif

static char stack_a[STACK_SIZE] __attribute__((aligned(16)));
static char stack_b[STACK_SIZE] __attribute__((aligned(16)));
static volatile int runs;		/* raise() is declared as never calling back */
static char *volatile outer_frame;

static int on_stack(const char *stack, const void *p)
{
	return (const char *)p >= stack && (const char *)p < stack + STACK_SIZE;
}

static stack_t stack_now(void)
{
	stack_t now;

	CHECK_SYS(sigaltstack(NULL, &now));
	return now;
}

static void stack_use(char *stack, int flags)
{
	stack_t new = { .ss_sp = stack, .ss_size = STACK_SIZE, .ss_flags = flags };

	CHECK_SYS(sigaltstack(&new, NULL));
}

/* SA_ONSTACK is not set: the stack that the code was on. */
static void plain_handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	CHECK(!on_stack(stack_a, __builtin_frame_address(0)), "on the wrong stack");
	CHECK(stack_now().ss_flags == 0, "ss_flags %d", stack_now().ss_flags);
	CHECK(((ucontext_t *)context)->uc_stack.ss_sp == stack_a, "uc_stack");
	runs++;
}

/* A second signal while on the alternate stack goes on below, not at its top. */
static void nested_handler(int signo, siginfo_t *info, void *context)
{
	char *frame = __builtin_frame_address(0);

	(void)signo;
	(void)info;
	(void)context;
	CHECK(on_stack(stack_a, frame), "on the wrong stack");
	CHECK(frame < outer_frame, "at %p, the interrupted handler at %p", frame,
	      outer_frame);
	runs++;
}

static void outer_handler(int signo, siginfo_t *info, void *context)
{
	stack_t other = { .ss_sp = stack_b, .ss_size = STACK_SIZE };
	volatile char local[512];
	unsigned int i;

	(void)signo;
	(void)info;
	(void)context;
	outer_frame = __builtin_frame_address(0);
	CHECK(on_stack(stack_a, outer_frame), "on the wrong stack");
	CHECK(stack_now().ss_flags == SS_ONSTACK, "ss_flags %d",
	      stack_now().ss_flags);
	CHECK(sigaltstack(&other, NULL) == -1 && errno == EPERM,
	      "an active stack was replaced: %s", strerror(errno));
	memset((char *)local, 0x33, sizeof(local));
	CHECK_SYS(raise(SIGUSR2));
	for (i = 0; i < sizeof(local); i++)
		CHECK(local[i] == 0x33, "local variable %u overwritten", i);
	runs++;
}

static void on_b_handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
	CHECK(on_stack(stack_b, __builtin_frame_address(0)), "on the wrong stack");
	runs++;
}

/* SS_AUTODISARM: the handler may set another, its return sets the old one. */
static void disarmed_handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)info;
	(void)context;
	CHECK(on_stack(stack_a, __builtin_frame_address(0)), "on the wrong stack");
	CHECK(stack_now().ss_flags == SS_DISABLE, "ss_flags %d",
	      stack_now().ss_flags);
	stack_use(stack_b, 0);
	CHECK_SYS(raise(SIGUSR2));
	runs++;
}

static void run_in_child(void *arg)
{
	(void)arg;
	CHECK(stack_now().ss_sp == stack_a, "not inherited by fork");
	runs = 0;
	CHECK_SYS(raise(SIGUSR1));
	CHECK(runs == 2, "%d handlers", runs);
}

void test_altstack(void)
{
	stack_t small = { .ss_sp = stack_a, .ss_size = 100 };
	stack_t off = { .ss_flags = SS_DISABLE };

	runs = 0;
	CHECK(stack_now().ss_flags == SS_DISABLE, "a stack is set: ss_flags %d",
	      stack_now().ss_flags);
	CHECK(sigaltstack(&small, NULL) == -1 && errno == ENOMEM, "small stack: %s",
	      strerror(errno));
	stack_use(stack_a, 0);
	handler_set(SIGUSR1, plain_handler, 0);
	CHECK_SYS(raise(SIGUSR1));
	CHECK(runs == 1, "%d handlers", runs);

	handler_set(SIGUSR1, outer_handler, SA_ONSTACK);
	handler_set(SIGUSR2, nested_handler, SA_ONSTACK);
	CHECK_SYS(raise(SIGUSR1));
	CHECK(runs == 3, "%d handlers", runs);
	CHECK(stack_now().ss_flags == 0, "ss_flags %d", stack_now().ss_flags);
	child_run("fork", run_in_child, NULL);

	stack_use(stack_a, (int)SS_AUTODISARM);
	handler_set(SIGUSR1, disarmed_handler, SA_ONSTACK);
	handler_set(SIGUSR2, on_b_handler, SA_ONSTACK);
	CHECK_SYS(raise(SIGUSR1));
	CHECK(runs == 5, "%d handlers", runs);
	CHECK(stack_now().ss_sp == stack_a &&
	      stack_now().ss_flags == (int)SS_AUTODISARM,
	      "not armed again: ss_flags 0x%x", stack_now().ss_flags);

	CHECK_SYS(sigaltstack(&off, NULL));
	CHECK(stack_now().ss_flags == SS_DISABLE, "still set");
	CHECK(signal(SIGUSR1, SIG_DFL) != SIG_ERR, "signal");
	CHECK(signal(SIGUSR2, SIG_DFL) != SIG_ERR, "signal");
}
