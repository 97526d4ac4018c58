// SPDX-License-Identifier: GPL-2.0
/*
 * syscalls.c - system calls that only x86-64 has, and its mmap.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <asm/prctl.h>
#include <registers.h>
#include <sysdep/ptrace.h>
#include <uml/task_state.h>

/**
 * arch_prctl() - get and set the segment bases of a task, arch_prctl(2)
 * @task:	current, or a stopped task that current traces
 */
long arch_prctl(struct task_struct *task, int option, unsigned long __user *arg)
{
	unsigned long *gp = task->thread.regs.regs.gp;
	unsigned long base = (unsigned long)arg;

	switch (option) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (base >= USER_HALF_END)
			return -EPERM;
		/* a base of its own goes with a null selector */
		gp[option == ARCH_SET_FS ? HOST_FS_BASE : HOST_GS_BASE] = base;
		gp[option == ARCH_SET_FS ? HOST_FS : HOST_GS] = 0;
		return 0;
	case ARCH_GET_FS:
		return put_user(gp[HOST_FS_BASE], arg);
	case ARCH_GET_GS:
		return put_user(gp[HOST_GS_BASE], arg);
	}
	return -EINVAL;
}

SYSCALL_DEFINE2(arch_prctl, int, option, unsigned long, arg)
{
	if (option == ARCH_SET_CPUID)
		return cpuid_mode_set(arg);
	if (option == ARCH_GET_CPUID)
		return cpuid_mode_get();
	return arch_prctl(current, option, (unsigned long __user *)arg);
}

/* clone(CLONE_SETTLS) refuses what arch_prctl(ARCH_SET_FS) does. */
int arch_set_tls(struct task_struct *task, unsigned long tls)
{
	return arch_prctl(task, ARCH_SET_FS, (unsigned long __user *)tls);
}

/* Nothing is kept anywhere else. */
void clear_flushed_tls(struct task_struct *task)
{
}

/* Segment bases are among the registers that each entry to user mode loads. */
void arch_switch_to(struct task_struct *to)
{
}

SYSCALL_DEFINE6(mmap, unsigned long, addr, unsigned long, len,
		unsigned long, prot, unsigned long, flags,
		unsigned long, fd, unsigned long, offset)
{
	if (offset & ~PAGE_MASK)
		return -EINVAL;
	return ksys_mmap_pgoff(addr, len, prot, flags, fd, offset >> PAGE_SHIFT);
}
