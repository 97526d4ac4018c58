// SPDX-License-Identifier: GPL-2.0
/*
 * task_regs.c - the registers that a program starts with, and those of a
 * kernel thread that is switched out.
 */
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <kern_util.h>
#include <longjmp.h>
#include <os.h>
#include <registers.h>
#include <sysdep/ptrace.h>
#include <sysdep/ptrace_user.h>
#include <uml/skas_host.h>
#include <uml/task_regs.h>
#include <uml/xstate.h>

#define EFLAGS_INIT	0x202	/* interrupts on; bit 1 is always set */

static unsigned long exec_regs[MAX_REG_NR];

/*
 * Selectors are the host's, all else is what exec gives natively: zero. A
 * child's registers as they were would show host addresses to every program.
 */
int init_pid_registers(int pid)
{
	unsigned long regs[MAX_REG_NR];

	if (ptrace(PTRACE_GETREGS, pid, 0, regs) < 0)
		return -errno;
	task_regs_init(regs[HOST_CS], regs[HOST_SS]);
	return xstate_probe(pid);
}

void task_regs_init(unsigned long cs, unsigned long ss)
{
	exec_regs[HOST_CS] = cs;
	exec_regs[HOST_SS] = ss;
	exec_regs[HOST_EFLAGS] = EFLAGS_INIT;
	exec_regs[HOST_ORIG_AX] = -1;
}

void get_safe_registers(unsigned long *regs, unsigned long *fp_regs)
{
	memcpy(regs, exec_regs, sizeof(exec_regs));
	if (fp_regs)
		xstate_init_image(fp_regs);
}

unsigned long get_thread_reg(int reg, jmp_buf *buf)
{
	switch (reg) {
	case HOST_IP:
		return buf[0]->__rip;
	case HOST_SP:
		return buf[0]->__rsp;
	case HOST_BP:
		return buf[0]->__rbp;
	}
	printk(UM_KERN_ERR "get_thread_reg: register %d of a switched-out thread is not kept\n",
	       reg);
	return 0;
}
