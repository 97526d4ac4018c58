/* SPDX-License-Identifier: GPL-2.0 */
/* sigstack.h - the parts of the sigstack test, and what they share. */
#ifndef SIGSTACK_H
#define SIGSTACK_H

#include <signal.h>
#include <ucontext.h>

#include "child.h"

typedef void (*handler_fn)(int signo, siginfo_t *info, void *context);

static inline void handler_set(int signo, handler_fn handler, int flags)
{
	struct sigaction action = { .sa_sigaction = handler };

	action.sa_flags = SA_SIGINFO | flags;
	CHECK_SYS(sigaction(signo, &action, NULL));
}

/* The same, with all signals blocked while the handler runs. */
static inline void handler_set_alone(int signo, handler_fn handler, int flags)
{
	struct sigaction action = { .sa_sigaction = handler };

	action.sa_flags = SA_SIGINFO | flags;
	CHECK_SYS(sigfillset(&action.sa_mask));
	CHECK_SYS(sigaction(signo, &action, NULL));
}

static inline sigset_t set_of(int signo)
{
	sigset_t set;

	CHECK_SYS(sigemptyset(&set));
	CHECK_SYS(sigaddset(&set, signo));
	return set;
}

static inline void mask_set(int how, int signo)
{
	sigset_t set = set_of(signo);

	CHECK_SYS(sigprocmask(how, &set, NULL));
}

static inline int mask_has(int signo)
{
	sigset_t set;

	CHECK_SYS(sigprocmask(SIG_BLOCK, NULL, &set));
	return sigismember(&set, signo);
}

void test_altstack(void);	/* altstack.c: on which stack handlers run */
void test_bad_stack(void);	/* badstack.c: there is no stack to run on */

/* restart.c: interrupted system calls */
void test_interrupted(void);
void test_restarted(void);
void test_partial(void);
void test_not_interrupted(void);

/* queue.c: what is pending, in which order */
void test_order(void);
void test_own_siginfo(void);
void test_wait(void);
void test_sigchld(void);
void test_kill(void);

#endif
