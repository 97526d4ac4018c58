// SPDX-License-Identifier: GPL-2.0
/*
 * vsyscall.c - the three calls at fixed addresses that very old programs make.
 * Nothing is mapped there; the fault of the fetch is the call.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/time.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <sysdep/ptrace.h>
#include <uml/page_tables.h>
#include <uml/vsyscall.h>

static long call_gettimeofday(struct uml_pt_regs *regs)
{
	struct __kernel_old_timeval __user *tv = (void __user *)regs->gp[HOST_DI];
	struct timezone __user *tz = (void __user *)regs->gp[HOST_SI];
	struct timespec64 now;

	ktime_get_real_ts64(&now);
	if (tv && (put_user(now.tv_sec, &tv->tv_sec) ||
		   put_user(now.tv_nsec / 1000, &tv->tv_usec)))
		return -EFAULT;
	if (tz && copy_to_user(tz, &sys_tz, sizeof(sys_tz)))
		return -EFAULT;
	return 0;
}

static long call_time(struct uml_pt_regs *regs)
{
	long __user *to = (void __user *)regs->gp[HOST_DI];
	long now = ktime_get_real_seconds();

	if (to && put_user(now, to))
		return -EFAULT;
	return now;
}

static long call_getcpu(struct uml_pt_regs *regs)
{
	unsigned int __user *cpu = (void __user *)regs->gp[HOST_DI];
	unsigned int __user *node = (void __user *)regs->gp[HOST_SI];

	if ((cpu && put_user(raw_smp_processor_id(), cpu)) || (node && put_user(0, node)))
		return -EFAULT;
	return 0;
}

static long (*const calls[])(struct uml_pt_regs *regs) = {
	call_gettimeofday, call_time, call_getcpu,
};

bool vsyscall_emulate(struct uml_pt_regs *regs)
{
	unsigned long offset = regs->gp[HOST_IP] - VSYSCALL_PAGE;
	unsigned long back;
	long ret;

	if (offset % 1024 || offset / 1024 >= ARRAY_SIZE(calls))
		return false;
	if (get_user(back, (unsigned long __user *)regs->gp[HOST_SP]))
		return false;
	ret = calls[offset / 1024](regs);
	if (ret == -EFAULT) {	/* there is no errno: natively a signal too */
		force_sig(SIGSEGV);
		return true;
	}
	regs->gp[HOST_AX] = ret;
	regs->gp[HOST_IP] = back;
	regs->gp[HOST_SP] += sizeof(long);
	return true;
}

/*
 * /proc/PID/maps shows it: execute only, as natively with vsyscall=xonly. What
 * the host has at that address under skas is not ours to show.
 */
#ifdef __HAVE_ARCH_GATE_AREA
static const char *gate_name(struct vm_area_struct *vma)
{
	return "[vsyscall]";
}

static const struct vm_operations_struct gate_ops = { .name = gate_name };

static struct vm_area_struct gate_vma = {
	.vm_start = VSYSCALL_PAGE,
	.vm_end = VSYSCALL_PAGE + PAGE_SIZE,
	.vm_flags = VM_EXEC,
	.vm_ops = &gate_ops,
};

struct vm_area_struct *get_gate_vma(struct mm_struct *mm)
{
	return own_page_tables ? &gate_vma : NULL;
}

int in_gate_area(struct mm_struct *mm, unsigned long address)
{
	return own_page_tables && (address & PAGE_MASK) == VSYSCALL_PAGE;
}

int in_gate_area_no_mm(unsigned long address)
{
	return (address & PAGE_MASK) == VSYSCALL_PAGE;
}
#endif
