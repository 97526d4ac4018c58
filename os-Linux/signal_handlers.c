// SPDX-License-Identifier: GPL-2.0
/*
 * signal_handlers.c - the handlers of the host's signals, instead of the
 * kernel's signal.c. Signals that are interrupts are only marked, see
 * interrupts.h; the others are exceptions of kernel code.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <ucontext.h>
#include <unistd.h>
#include <as-layout.h>
#include <kern_util.h>
#include <os.h>
#include <sysdep/mcontext.h>
#include <uml/aio.h>
#include <uml/backend.h>
#include <uml/interrupts.h>
#include <uml/user_time.h>

typedef void (*exception_fn)(int sig, struct siginfo *si, struct uml_pt_regs *regs);

static const exception_fn exceptions[NSIG] = {
	[SIGTRAP] = relay_signal,
	[SIGFPE]  = relay_signal,
	[SIGILL]  = relay_signal,
	[SIGBUS]  = bus_handler,
	[SIGSEGV] = segv_handler,
};

static unsigned int interrupt_of(int sig)
{
	switch (sig) {
	case SIGIO:
		return INTERRUPT_IO;
	case SIGALRM:
		return INTERRUPT_TIMER;
	case SIGWINCH:
		return INTERRUPT_WINCH;
	case SIGUSR1:
		return INTERRUPT_WAKE;
	case SIGURG:
		return INTERRUPT_AIO;
	}
	return 0;
}

/* An exception of kernel code: its handler runs with interrupts enabled. */
static void exception_handle(int sig, siginfo_t *si, mcontext_t *mc)
{
	int enabled = signals_enabled;
	struct uml_pt_regs regs;

	block_signals_trace();
	regs.is_user = 0;
	if (sig == SIGSEGV) {
		get_regs_from_mc(&regs, mc);
		GET_FAULTINFO_FROM_MC(regs.faultinfo, mc);
	}
	unblock_signals_trace();
	exceptions[sig](sig, (struct siginfo *)si, &regs);
	um_set_signals_trace(enabled);
}

static void interrupts_handle(mcontext_t *mc)
{
	struct uml_pt_regs regs;

	get_regs_from_mc(&regs, mc);
	regs.is_user = user_code_runs;
	if (regs.is_user)
		user_time_pause();
	interrupts_deliver(&regs);
	if (regs.is_user)
		user_time_resume();
}

/*
 * On the interrupt stack, which the host has switched to; kernel code may run
 * there once to_irq_stack() has made it the present task's. Where that was
 * interrupted, whoever was doing it handles our signal as well: `signals` then
 * has more than one.
 */
static void stack_take(int sig, siginfo_t *si, mcontext_t *mc)
{
	unsigned long signals = 1ul << sig;
	unsigned long nested;

	do {
		if (to_irq_stack(&signals))
			return;
		nested = signals & 1;
		signals &= ~1ul;
		while (signals) {
			sig = __builtin_ctzl(signals);
			signals &= signals - 1;
			if (interrupt_of(sig))
				interrupts_handle(mc);
			else
				exception_handle(sig, si, mc);
		}
		if (!nested)
			signals = from_irq_stack(nested);
	} while (signals);
}

static void interrupt_handler(int sig, siginfo_t *si, void *context)
{
	int keep = errno;

	if (interrupt_mark(interrupt_of(sig)))
		stack_take(sig, si, &((ucontext_t *)context)->uc_mcontext);
	errno = keep;
}

static void exception_handler(int sig, siginfo_t *si, void *context)
{
	int keep = errno;

	stack_take(sig, si, &((ucontext_t *)context)->uc_mcontext);
	errno = keep;
}

static void interrupts_set(sigset_t *set)
{
	sigemptyset(set);
	for (int sig = 1; sig < NSIG; sig++)
		if (interrupt_of(sig))
			sigaddset(set, sig);
}

/* Interrupts come one at a time, and restart what they interrupt. */
void set_handler(int sig)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	int err;

	interrupts_set(&action.sa_mask);
	if (interrupt_of(sig)) {
		action.sa_sigaction = interrupt_handler;
		action.sa_flags |= SA_RESTART;
	} else {
		action.sa_sigaction = exception_handler;
	}
	/* the kernel may fault while it handles a fault */
	if (sig == SIGSEGV)
		action.sa_flags |= SA_NODEFER;
	if (sigaction(sig, &action, NULL) < 0)
		panic("sigaction(%d): error %d\n", sig, errno);
	err = change_sig(sig, 1);
	if (err)
		panic("unblocking signal %d: error %d\n", sig, -err);
}

void interrupt_wait(void)
{
	sigset_t interrupts, before;

	interrupts_set(&interrupts);
	if (sigprocmask(SIG_BLOCK, &interrupts, &before) < 0)
		panic("blocking the interrupts: error %d\n", errno);
	aio_sleeps(1);
	if (aio_done_count())
		interrupt_pend(INTERRUPT_AIO_FOUND);
	if (!interrupts_pending())
		sigsuspend(&before);
	aio_sleeps(0);
	if (sigprocmask(SIG_SETMASK, &before, NULL) < 0)
		panic("unblocking the interrupts: error %d\n", errno);
}

void timer_set_signal_handler(void)
{
	set_handler(SIGALRM);
}

void register_pm_wake_signal(void)
{
	set_handler(SIGUSR1);
}

void set_sigstack(void *sig_stack, int size)
{
	stack_t stack = { .ss_sp = sig_stack, .ss_size = size };

	if (sigaltstack(&stack, NULL) < 0)
		panic("sigaltstack: error %d\n", errno);
}

int os_is_signal_stack(void)
{
	stack_t stack = { .ss_flags = 0 };

	return !sigaltstack(NULL, &stack) && (stack.ss_flags & SS_ONSTACK);
}

void send_sigio_to_self(void)
{
	if (kill(getpid(), SIGIO) < 0)
		panic("SIGIO to ourselves: error %d\n", errno);
}

int change_sig(int sig, int on)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return sigprocmask(on ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}
