// SPDX-License-Identifier: GPL-2.0
/*
 * cpu_rights.c - what of the CPU a task's user code may use: the time stamp counter,
 * CPUID, ports. prctl(2), arch_prctl(2), iopl(2), ioperm(2).
 */
#include <linux/errno.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <asm/exec.h>
#include <sysdep/ptrace.h>
#include <uml/task_state.h>
#include <uml/user_abilities.h>

#define PORTS	65536

static void deny(int what, bool on)
{
	unsigned int *denied = &current->thread.arch.denied;

	*denied = on ? *denied | what : *denied & ~what;
}

static bool is_denied(int what)
{
	return current->thread.arch.denied & what;
}

/* Seccomp's strict mode takes the TSC away as well. */
unsigned int user_denied(void)
{
	unsigned int denied = current->thread.arch.denied;

	if (seccomp_mode(&current->seccomp) == SECCOMP_MODE_STRICT && user_abilities & CAN_DENY_TSC)
		denied |= DENY_TSC;
	return denied;
}

/* The TSC stays denied: so natively */
void cpu_rights_exec(void)
{
	deny(DENY_CPUID, false);
}

int get_tsc_mode(unsigned long address)
{
	return put_user(is_denied(DENY_TSC) ? PR_TSC_SIGSEGV : PR_TSC_ENABLE,
			(int __user *)address);
}

/* Where the host can't do it it is refused, as on a CPU that can't. */
int set_tsc_mode(unsigned int mode)
{
	if (mode != PR_TSC_ENABLE && mode != PR_TSC_SIGSEGV)
		return -EINVAL;
	if (mode == PR_TSC_SIGSEGV && !(user_abilities & CAN_DENY_TSC))
		return -EINVAL;
	deny(DENY_TSC, mode == PR_TSC_SIGSEGV);
	return 0;
}

long cpuid_mode_set(unsigned long allowed)
{
	if (!(user_abilities & CAN_DENY_CPUID))
		return -ENODEV;
	deny(DENY_CPUID, !allowed);
	return 0;
}

long cpuid_mode_get(void)
{
	return !is_denied(DENY_CPUID);
}

/*
 * There are no ports. Nobody gets a right to them, not even who natively would: the
 * calls say what they say natively to those who have no such right.
 */
SYSCALL_DEFINE1(iopl, unsigned int, level)
{
	if (level > 3)
		return -EINVAL;
	return level ? -EPERM : 0;
}

SYSCALL_DEFINE3(ioperm, unsigned long, from, unsigned long, num, int, turn_on)
{
	if (from + num <= from || from + num > PORTS)
		return -EINVAL;
	return turn_on ? -EPERM : 0;
}
