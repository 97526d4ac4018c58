/* SPDX-License-Identifier: GPL-2.0 */
/*
 * debug_regs.h - the debug registers of a task, as a tracer sets and sees them and
 * as the CPU gets them. All of it is in dr[] of struct uml_pt_regs.
 *
 * Host and kernel objects share this header; the functions are the kernel's.
 */
#ifndef UML_DEBUG_REGS_H
#define UML_DEBUG_REGS_H

/* dr[0] to dr[3] are the addresses. There are no DR4 and DR5: their places hold */
#define DR_KINDS	4	/* what each breakpoint is, enabled or not: as in DR7, the
				 * enable bits say that a tracer has made it */
#define DR_WRITTEN	5	/* DR7 as the tracer wrote it and reads it */
#define DR_STATUS	6	/* what happened: DR6 with each bit 0 while it did not */
#define DR_CONTROL	7	/* what the CPU gets as DR7; 0: no breakpoint is enabled */

struct task_struct;
struct uml_pt_regs;

/**
 * debug_reg_put() - PTRACE_POKEUSER of a debug register of a stopped task
 * @n:		0 to 7
 *
 * Takes and refuses what native x86-64 does: 0; -EINVAL for an address or a kind that
 * it refuses, and then nothing has changed; -EIO: there is no such register; -ENOSPC:
 * no breakpoint is ever hit on this host.
 */
extern int debug_reg_put(struct task_struct *task, int n, unsigned long value);

/* PTRACE_PEEKUSER of a debug register */
extern unsigned long debug_reg_get(struct task_struct *task, int n);

/**
 * debug_regs_hit() - a #DB of user code
 * @dr6:	what the CPU has in DR6, without the bits that are always 1
 *
 * Keeps it for the tracer, has a breakpoint not hit again when the task goes on.
 * Returns the TRAP_* code of its signal, 0: it was for nobody.
 */
extern int debug_regs_hit(struct uml_pt_regs *regs, unsigned long dr6);

/* A program starts without breakpoints; so does a child, which sees the old DR6 and DR7. */
extern void debug_regs_exec(struct uml_pt_regs *regs);
extern void debug_regs_fork(struct uml_pt_regs *regs);

#endif
