/* SPDX-License-Identifier: GPL-2.0 */
/*
 * interrupts.h - the host's signals as the kernel's interrupts.
 *
 * Host and kernel objects share this header. The flag (signals_enabled) and what
 * is pending are the kernel's, arch/um/kernel/interrupts.c.
 */
#ifndef UML_INTERRUPTS_H
#define UML_INTERRUPTS_H

struct uml_pt_regs;

/* What can be pending */
#define INTERRUPT_IO	1	/* SIGIO: a descriptor has something for us */
#define INTERRUPT_TIMER	2	/* SIGALRM */
#define INTERRUPT_WINCH	4	/* SIGWINCH: a terminal has another size */
#define INTERRUPT_WAKE	8	/* SIGUSR1: a suspended machine shall resume */
#define INTERRUPT_AIO	16	/* SIGURG, from a thread of ours: I/O is done (aio.h) */
#define INTERRUPT_AIO_FOUND 32 /* the machine found that itself */

extern int signals_enabled;

/*
 * What a signal handler does besides marking, so that user mode is left and no
 * interrupt waits: for the backend to set. It is async-signal-safe; NULL: none.
 */
extern void (*host_kick)(void);

/**
 * interrupt_mark() - an interrupt has come
 * @what:	INTERRUPT_*
 *
 * Async-signal-safe. Returns 1 if interrupts_deliver() should be called, once
 * the caller is on a stack where kernel code can run; 0: it stays pending until
 * somebody enables interrupts.
 */
extern int interrupt_mark(unsigned int what);

/* The same from the machine's own thread with interrupts disabled: nothing to kick */
extern void interrupt_pend(unsigned int what);

/**
 * interrupts_deliver() - run the handlers of all that is pending
 * @regs:	what was interrupted, NULL: the kernel
 */
extern void interrupts_deliver(struct uml_pt_regs *regs);

/* Is there one to deliver? */
extern int interrupts_pending(void);

/**
 * interrupt_wait() - sleep on the host until there is an interrupt
 *
 * Interrupts are disabled, and one that came since is not slept over.
 */
extern void interrupt_wait(void);

#endif
