// SPDX-License-Identifier: GPL-2.0
/*
 * ptrace.c - what debuggers inside the machine see and change: registers,
 * single step, system call stops. As on native x86-64. Debug registers: debug_regs.c.
 *
 * ptrace(2); struct user in sys/user.h.
 */
#include <linux/audit.h>
#include <linux/errno.h>
#include <linux/ptrace.h>
#include <linux/regset.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <uapi/asm/processor-flags.h>
#include <asm/prctl.h>
#include <asm/ptrace-abi.h>
#include <asm/user.h>
#include <kern_util.h>
#include <sysdep/ptrace.h>
#include <uml/debug_regs.h>
#include <uml/regset.h>
#include <uml/task_state.h>


/* flags that a debugger may set */
#define FLAGS_SETTABLE	(X86_EFLAGS_CF | X86_EFLAGS_PF | X86_EFLAGS_AF | X86_EFLAGS_ZF | \
			 X86_EFLAGS_SF | X86_EFLAGS_TF | X86_EFLAGS_DF | X86_EFLAGS_OF | \
			 X86_EFLAGS_RF | X86_EFLAGS_NT | X86_EFLAGS_AC)

void user_enable_single_step(struct task_struct *child)
{
	set_tsk_thread_flag(child, TIF_SINGLESTEP);
}

void user_disable_single_step(struct task_struct *child)
{
	clear_tsk_thread_flag(child, TIF_SINGLESTEP);
}

void ptrace_disable(struct task_struct *child)
{
	user_disable_single_step(child);
}

static bool selector_invalid(unsigned long value)
{
	return value && (value & 3) != 3;
}

int putreg(struct task_struct *child, int offset, unsigned long value)
{
	struct uml_pt_regs *regs = &child->thread.regs.regs;
	int reg = offset / sizeof(long);

	switch (reg) {
	case HOST_CS:
	case HOST_SS:
		if (!(value & 0xffff))
			return -EIO;
		fallthrough;
	case HOST_DS:
	case HOST_ES:
	case HOST_FS:
	case HOST_GS:
		value &= 0xffff;
		if (selector_invalid(value))
			return -EIO;
		break;
	case HOST_FS_BASE:
	case HOST_GS_BASE:
		if (value >= USER_HALF_END)
			return -EIO;
		break;
	case HOST_EFLAGS:
		value = (regs->gp[HOST_EFLAGS] & ~FLAGS_SETTABLE) |
			(value & FLAGS_SETTABLE);
		break;
	case HOST_ORIG_AX:
		UPT_SYSCALL_NR(regs) = (int)value;
		break;
	}
	regs->gp[reg] = value;
	return 0;
}

unsigned long getreg(struct task_struct *child, int offset)
{
	return child->thread.regs.regs.gp[offset / sizeof(long)];
}

#define DEBUGREG_FIRST	offsetof(struct user, u_debugreg[0])
#define DEBUGREG_LAST	offsetof(struct user, u_debugreg[7])

int poke_user(struct task_struct *child, long offset, long value)
{
	if (offset < 0 || (offset & (sizeof(long) - 1)) || offset >= sizeof(struct user))
		return -EIO;
	if (offset < sizeof(struct user_regs_struct))
		return putreg(child, offset, value);
	if (offset >= DEBUGREG_FIRST && offset <= DEBUGREG_LAST)
		return debug_reg_put(child, (offset - DEBUGREG_FIRST) / sizeof(long), value);
	return -EIO;
}

int peek_user(struct task_struct *child, long offset, long data)
{
	unsigned long value = 0;

	if (offset < 0 || (offset & (sizeof(long) - 1)) || offset >= sizeof(struct user))
		return -EIO;
	if (offset < sizeof(struct user_regs_struct))
		value = getreg(child, offset);
	else if (offset >= DEBUGREG_FIRST && offset <= DEBUGREG_LAST)
		value = debug_reg_get(child, (offset - DEBUGREG_FIRST) / sizeof(long));
	return put_user(value, (unsigned long __user *)data);
}

long arch_ptrace(struct task_struct *child, long request,
		 unsigned long addr, unsigned long data)
{
	const struct user_regset_view *view = task_user_regset_view(current);
	void __user *to = (void __user *)data;

	switch (request) {
	case PTRACE_PEEKUSR:
		return peek_user(child, addr, data);
	case PTRACE_POKEUSR:
		return poke_user(child, addr, data);
	case PTRACE_GETREGS:
		return copy_regset_to_user(child, view, REGSET_GENERAL, 0,
					   sizeof(struct user_regs_struct), to);
	case PTRACE_SETREGS:
		return copy_regset_from_user(child, view, REGSET_GENERAL, 0,
					     sizeof(struct user_regs_struct), to);
	case PTRACE_GETFPREGS:
		return copy_regset_to_user(child, view, REGSET_FP, 0,
					   sizeof(struct user_i387_struct), to);
	case PTRACE_SETFPREGS:
		return copy_regset_from_user(child, view, REGSET_FP, 0,
					     sizeof(struct user_i387_struct), to);
	case PTRACE_ARCH_PRCTL:
		return arch_prctl(child, data, (unsigned long __user *)addr);
	default:
		return ptrace_request(child, request, addr, data);
	}
}

int syscall_trace_enter(struct pt_regs *regs)
{
	audit_syscall_entry(UPT_SYSCALL_NR(&regs->regs),
			    UPT_SYSCALL_ARG1(&regs->regs),
			    UPT_SYSCALL_ARG2(&regs->regs),
			    UPT_SYSCALL_ARG3(&regs->regs),
			    UPT_SYSCALL_ARG4(&regs->regs));

	if (test_thread_flag(TIF_SYSCALL_EMU)) /* the debugger does what there is to do */
		return ptrace_report_syscall_entry(regs) ?: -1;
	if (!test_thread_flag(TIF_SYSCALL_TRACE))
		return 0;
	return ptrace_report_syscall_entry(regs);
}

void syscall_trace_leave(struct pt_regs *regs)
{
	bool traced = current->ptrace & PT_PTRACED;

	audit_syscall_exit(regs);
	if (test_thread_flag(TIF_SYSCALL_EMU)) {
		set_thread_flag(TIF_SIGPENDING);
		return;
	}

	/* the step over a system call ends behind it */
	if (test_thread_flag(TIF_SINGLESTEP))
		force_sig_fault(SIGTRAP, TRAP_BRKPT, (void __user *)PT_REGS_IP(regs));

	if (!test_thread_flag(TIF_SYSCALL_TRACE))
		return;
	ptrace_report_syscall_exit(regs, 0);
	/* the debugger may have changed what a restart is decided by */
	if (traced)
		set_thread_flag(TIF_SIGPENDING);
}
