/* SPDX-License-Identifier: GPL-2.0 */
/*
 * backend.h - how user code is run. A machine has one backend, chosen when it
 * starts. os-Linux/backend.c has the table of them; code that is not a backend
 * looks at what this one can do (own_page_tables), not at its name.
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
 * @start:	find out whether this host can do it and prepare, before there is
 *		a kernel. 0, or -errno with the reason in @why
 * @run:	enter user mode with @regs (general registers, extended state,
 *		debug registers), come back at the next event with everything
 *		there is to know about it in @regs; @singlestep: trap after one
 *		instruction. Process context of the task, interrupts on. Returns
 *		an enum user_exit, or -errno where the host failed: -ENOMEM, it
 *		refuses a mapping; -EFAULT, it can't back a page; -EIO, the
 *		machine can't go on; else the task can't go on.
 * @own_page_tables: user code runs on the kernel's page tables: mappings need no
 *		work on the host, the error code of a page fault speaks of them
 *
 * The rest may be NULL.
 * @memory_add:	memory that page-table entries can point to; 0 or -errno
 * @root_init:	enter what the backend needs into the kernel half of a PML4
 * @entry_region: the addresses of its own pages in each address space
 * @xstate_fetch: bring the extended state in this area up to date
 * @xstate_forget: the area has been written, or is gone: load it anew
 * @count:	the @i-th counter of /proc/um/exits; NULL as name: no more
 * @report:	lines about the host for /proc/um/host
 *
 * A #DB trap has the DR6 bits in faultinfo.error_code; natively it has none.
 */
struct backend {
	const char *name;
	int (*start)(char *why, unsigned int size);
	int (*run)(struct uml_pt_regs *regs, int singlestep);
	int own_page_tables;
	int (*memory_add)(unsigned long gpa, unsigned long size, void *hva,
			  const char *kind);
	void (*root_init)(unsigned long *root);
	void (*entry_region)(unsigned long *start, unsigned long *end);
	void (*xstate_fetch)(void *area);
	void (*xstate_forget)(void *area);
	const char *(*count)(unsigned int i, unsigned long *value);
	const char *(*report)(void);
};

extern const struct backend *backend;

/*
 * Set by run() while the CPU is the user's: a timer interrupt in between is
 * user time, any other is system time.
 */
extern volatile int user_code_runs;

/*
 * Choose the backend and start it, before the first process is cloned. Says in
 * one line which and why; ends the program if the one asked for is impossible.
 */
extern void backend_start(void);

#endif
