/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UML_USER_TRAP_H
#define UML_USER_TRAP_H

struct uml_pt_regs;

/**
 * user_trap() - an exception of user code: handle the page fault, or force the
 *		signal that native x86-64 gives for this vector
 * @regs:	the task's registers; regs->faultinfo holds vector, error code and
 *		CR2 (for #DB: DR6 in the error code)
 *
 * Process context of the task. Intel SDM vol. 3, 6.15; signal(7).
 */
extern void user_trap(struct uml_pt_regs *regs);

/**
 * user_bad_state() - the CPU or the host refuses to enter user mode with these
 *		registers: repair what can't be loaded, force a SIGSEGV
 * @regs:	the task's registers
 */
extern void user_bad_state(struct uml_pt_regs *regs);

#endif
