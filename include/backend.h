/* SPDX-License-Identifier: GPL-2.0 */
/*
 * backend.h - how user code is run. A machine has one backend, chosen when it
 * starts; this table is the only place that knows that there can be several.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_BACKEND_H
#define UML_BACKEND_H

struct uml_pt_regs;

/* What ended a stretch of user code. Negative: -errno of the host, see run(). */
enum user_exit {
	USER_EXIT_INTERRUPT,	/* signals for the kernel, nothing of the task's */
	USER_EXIT_SYSCALL,	/* the syscall instruction; number in ORIG_AX */
	USER_EXIT_TRAP,		/* an exception: regs->faultinfo says which */
	USER_EXIT_BAD_STATE,	/* the CPU refuses these registers; nothing ran */
};

/**
 * struct backend - one way to run user code
 * @name:	as in backend=NAME and /proc/um/backend
 * @run:	enter user mode with @regs (general registers, extended state,
 *		debug registers), come back at the next event with everything
 *		there is to know about it in @regs; @singlestep: trap after one
 *		instruction. Process context of the task, interrupts on. Returns
 *		an enum user_exit, or -errno where the host failed: -ENOMEM, it
 *		refuses a mapping; else the task can't go on.
 * @own_page_tables: user code runs on the kernel's page tables, so the error
 *		code of a page fault speaks of them
 *
 * A #DB trap has the DR6 bits in faultinfo.error_code; natively it has none.
 */
struct backend {
	const char *name;
	int (*run)(struct uml_pt_regs *regs, int singlestep);
	int own_page_tables;
};

extern const struct backend *backend;

/*
 * Set by run() while the CPU is the user's: a timer interrupt in between is
 * user time, any other is system time.
 */
extern volatile int user_code_runs;

/* What has to be done before the first process is cloned. Once, at the start. */
extern void backend_start(void);

#endif
