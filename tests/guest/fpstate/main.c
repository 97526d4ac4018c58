/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fpstate - x87, SSE, AVX, AVX-512 registers and PKRU belong to one task: they
 * survive system calls, faults, signals whose handlers clobber them, and other
 * tasks with other patterns (processes and threads); fork hands them on; a
 * signal handler and a new program start with the initial state.
 * Relies on: Intel SDM vol. 1 chapter 13 (XSAVE areas); System V ABI AMD64
 * 3.2.3 and 3.4.1 (control words at process start); Linux for the handler.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>

#include "child.h"
#include "fpstate.h"
#include "parts.h"
#include "ticks.h"
#include "xstate.h"

#define TOUCH_PAGES 4

static char *touched;			/* TOUCH_PAGES pages */
static volatile int handler_runs;
static struct xstate clobber, handler_start;
static struct xstate fresh;		/* as main found it; for PKRU */

static void handler_common(void) NO_VECTORS;
static void handler_common(void)
{
	XSTATE_ZERO(&handler_start);
	XSTATE_STORE(&handler_start);
	handler_runs++;
	XSTATE_LOAD(&clobber);
}

static void usr1_handler(int signo) NO_VECTORS;
static void usr1_handler(int signo)
{
	(void)signo;
	handler_common();
}

static void segv_handler(int signo, siginfo_t *info, void *uc) NO_VECTORS;
static void segv_handler(int signo, siginfo_t *info, void *uc)
{
	unsigned long page = (unsigned long)info->si_addr & -4096ul;

	(void)signo;
	(void)uc;
	handler_common();
	if (RAW3(SYS_mprotect, page, 4096, PROT_READ | PROT_WRITE))
		RAW1(SYS_exit_group, TEST_FAILED);
}

static void event_getpid(void *arg) NO_VECTORS;
static void event_getpid(void *arg)
{
	(void)arg;
	RAW0(SYS_getpid);
}

static void event_yield(void *arg) NO_VECTORS;
static void event_yield(void *arg)
{
	(void)arg;
	RAW0(SYS_sched_yield);
}

static void event_sleep(void *arg) NO_VECTORS;
static void event_sleep(void *arg)
{
	RAW2(SYS_nanosleep, arg, 0);
}

static void event_touch(void *arg) NO_VECTORS;
static void event_touch(void *arg)
{
	volatile char *p = touched;
	int i;

	(void)arg;
	for (i = 0; i < TOUCH_PAGES; i++)
		p[i * 4096] = p[i * 4096] + 1;	/* a read fault, a write fault */
}

static void event_kill(void *arg) NO_VECTORS;
static void event_kill(void *arg)
{
	(void)arg;
	RAW2(SYS_kill, RAW0(SYS_getpid), SIGUSR1);
}

static void event_spin(void *arg) NO_VECTORS;
static void event_spin(void *arg)
{
	int until = *(int *)arg;

	while (handler_runs < until)
		;
}

static void touched_map(int prot)
{
	if (touched)
		CHECK_SYS(munmap(touched, TOUCH_PAGES * 4096));
	touched = mmap(NULL, TOUCH_PAGES * 4096, prot,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(touched != MAP_FAILED, "mmap: %s", strerror(errno));
}

/* A handler's registers on entry: initial, and PKRU as in a new program. */
void check_initial(const char *what, struct xstate *got)
{
	struct xstate want;

	xstate_initial(&want);
	if (xstate_mask & XF_PKRU) {
		unsigned int size, off;

		cpu_xcomponent(9, &size, &off);
		memcpy(want.b + off, fresh.b + off, size);
	}
	xstate_expand(got);
	xstate_compare(what, &want, got);
}

static void test_events(void)
{
	struct timespec pause = { 0, 1000000 };
	timer_t ticks;
	int seed, until;

	for (seed = 0; seed < 4; seed++) {
		xstate_keep("getpid", seed, event_getpid, NULL);
		xstate_keep("sched_yield", seed, event_yield, NULL);
		xstate_keep("nanosleep", seed, event_sleep, &pause);
		touched_map(PROT_READ | PROT_WRITE);
		xstate_keep("page faults", seed, event_touch, NULL);

		handler_runs = 0;
		touched_map(PROT_NONE);
		xstate_keep("SIGSEGV", seed, event_touch, NULL);
		CHECK(handler_runs == TOUCH_PAGES, "%d SIGSEGV", handler_runs);
		check_initial("SIGSEGV handler", &handler_start);

		xstate_keep("kill of itself", seed, event_kill, NULL);
		CHECK(handler_runs == TOUCH_PAGES + 1, "no SIGUSR1");
		check_initial("SIGUSR1 handler", &handler_start);

		until = handler_runs + 3;
		ticks = ticks_start(SIGUSR1, TICK_MS);
		xstate_keep("async signals", seed, event_spin, &until);
		ticks_stop(ticks);
		check_initial("async signal handler", &handler_start);
	}
}

/* fork and vfork: the child looks before anything else happens to it. */
static struct xstate *child_start_state;

static void event_fork(void *arg) NO_VECTORS;
static void event_fork(void *arg)
{
	long pid = RAW0(*(long *)arg);

	if (!pid) {
		XSTATE_STORE(child_start_state);
		XSTATE_LOAD(&clobber);
		RAW0(SYS_sched_yield);
		RAW1(SYS_exit, 0);
	}
	RAW0(SYS_sched_yield);
	if (RAW4(SYS_wait4, pid, 0, 0, 0) != pid)
		RAW1(SYS_exit_group, TEST_FAILED);
}

static void test_fork(void)
{
	static long calls[2] = { SYS_fork, SYS_vfork };
	struct xstate want;
	int seed;

	child_start_state = shared_alloc(sizeof(*child_start_state));
	for (seed = 20; seed < 24; seed++) {
		memset(child_start_state, 0, sizeof(*child_start_state));
		xstate_keep("parent of a fork", seed, event_fork, &calls[seed & 1]);
		xstate_fill(&want, seed);
		xstate_compare("forked child", &want, child_start_state);
	}
	CHECK_SYS(munmap(child_start_state, sizeof(*child_start_state)));
}

static void signals_set_up(void)
{
	struct sigaction action = { .sa_handler = usr1_handler };

	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	action.sa_sigaction = segv_handler;
	action.sa_flags = SA_SIGINFO;
	CHECK_SYS(sigaction(SIGSEGV, &action, NULL));
	xstate_fill(&clobber, 1000);
}

static void fresh_set(void *arg) NO_VECTORS;
static void fresh_set(void *arg)
{
	(void)arg;
	XSTATE_STORE(&fresh);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "events",	test_events },
		{ "fork",	test_fork },
		{ "ring",	test_ring },
		{ "spin",	test_spin },
		{ "pair",	test_pair },
		{ "exec",	test_exec },
		{ NULL, NULL }
	};

	test_begin(60 * check_rounds(argc, argv, 1));
	xstate_init();
	fresh_set(NULL);
	signals_set_up();
	if (!(xstate_mask & XF_YMM))
		NOTE("this CPU has no AVX, tested without");
	else if (!(xstate_mask & XF_ZMM_HI256))
		NOTE("this CPU has no AVX-512, tested without");
	parts_run(argc, argv, parts);
	printf("fpstate: ok, components 0x%x\n", xstate_mask);
	return 0;
}
