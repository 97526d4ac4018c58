/* SPDX-License-Identifier: GPL-2.0 */
/*
 * task_state.h - the state of a task in user mode beyond its general registers.
 * Kernel objects only.
 */
#ifndef UML_TASK_STATE_H
#define UML_TASK_STATE_H

#include <linux/types.h>

/* The first address behind the user half: segment bases and breakpoints end here. */
#define USER_HALF_END	0x7ffffffff000UL

struct task_struct;
struct uml_pt_regs;

/**
 * task_state_fork() - give a new task its own extended state
 * @child:	the new task, its registers copied or made already
 * @user:	it continues @current's user code (fork) rather than a function
 *
 * Process context, may sleep. 0 or -ENOMEM.
 */
extern int task_state_fork(struct task_struct *child, bool user);

/**
 * task_state_exec() - back to what a program starts with
 */
extern void task_state_exec(struct uml_pt_regs *regs);

/**
 * task_state_repair() - replace what the CPU would refuse to load (selectors,
 *		segment bases, extended state) by the initial values
 */
extern void task_state_repair(struct uml_pt_regs *regs);

/**
 * task_state_selectors() - the code and stack selectors of user mode
 */
extern void task_state_selectors(struct uml_pt_regs *regs);

/**
 * task_xstate() - a task's extended state, to be read
 * task_xstate_write() - the same, to be changed
 *
 * Process context of the task, or of one that traces it while it is stopped.
 */
extern void *task_xstate(struct task_struct *task);
extern void *task_xstate_write(struct task_struct *task);

/* A new program of the current task can use CPUID, whatever was denied to the one before. */
extern void cpu_rights_exec(void);

/**
 * cpuid_mode_set(), cpuid_mode_get() - may the current task's user code use CPUID?
 *
 * arch_prctl(ARCH_SET_CPUID) and (ARCH_GET_CPUID): 0 or -ENODEV; 1 or 0.
 */
extern long cpuid_mode_set(unsigned long allowed);
extern long cpuid_mode_get(void);

/**
 * xstate_frame_size() - bytes of extended state in a signal frame, with the
 *		trailing magic word
 * xstate_to_frame() - write the current task's extended state to a signal frame
 * @to:		user address, a multiple of 64
 * xstate_from_frame() - read it back, check it and load it
 * @from:	user address from the frame, NULL: the initial state
 *
 * Process context. 0, or -EFAULT: the frame is not readable/writable or holds
 * what the CPU refuses. arch/x86/include/uapi/asm/sigcontext.h has the format.
 */
extern size_t xstate_frame_size(void);
extern int xstate_to_frame(void __user *to);
extern int xstate_from_frame(const void __user *from);

/* AT_MINSIGSTKSZ: bytes of the largest signal frame, aligned and all */
extern unsigned long sigframe_size_max(void);

#endif
