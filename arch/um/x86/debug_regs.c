// SPDX-License-Identifier: GPL-2.0
/*
 * debug_regs.c - see debug_regs.h. What PTRACE_POKEUSER takes is what native x86-64
 * takes, where each register is a breakpoint of its own: it exists from the first
 * write of its address or enable bit on, and keeps its kind while it is disabled.
 * Addresses are checked against that kind at each write.
 *
 * Intel SDM vol. 3, 17.2 (DR0 to DR7); ptrace(2).
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/siginfo.h>
#include <uapi/asm/processor-flags.h>
#include <sysdep/ptrace.h>
#include <uml/debug_regs.h>
#include <uml/task_state.h>
#include <uml/user_abilities.h>

#define BREAKPOINTS	4
#define DR6_INVERTED	0xffff0ff0UL	/* DR6 bits that are 1 while nothing happened */
#define DR6_STEP	0x4000UL
#define DR7_KEPT	0xffff03ffUL	/* what of a tracer's DR7 means something */
#define DR7_ALWAYS	0x400UL

/* The kind of a breakpoint: condition, and length above it */
#define KIND_EXEC	0
#define KIND_WRITE	1
#define KIND_IO		2

static unsigned int kind_of(unsigned long dr7, int i)
{
	return dr7 >> (16 + 4 * i) & 15;
}

static bool is_enabled(unsigned long dr7, int i)
{
	return dr7 >> (2 * i) & 3;
}

/* A DR7 with nothing but breakpoint @i of this kind */
static unsigned long control_bits(int i, unsigned int kind, bool enabled)
{
	return (unsigned long)kind << (16 + 4 * i) | (unsigned long)enabled << (2 * i + 1);
}

static int breakpoint_check(unsigned long address, unsigned int kind)
{
	unsigned int condition = kind & 3, length = kind >> 2;
	unsigned long last = length == 2 ? 7 : length;

	if (condition == KIND_IO || (condition == KIND_EXEC && length))
		return -EINVAL;
	if ((address & last) || address >= USER_HALF_END || address + last >= USER_HALF_END)
		return -EINVAL;
	return 0;
}

/* Make breakpoint @i, or change it: what it is and where, together. */
static int breakpoint_set(unsigned long *dr, int i, unsigned long address,
			  unsigned int kind, bool enabled)
{
	int err;

	if (!is_enabled(dr[DR_KINDS], i) && !(user_abilities & CAN_BREAK))
		return -ENOSPC;
	err = breakpoint_check(address, kind);
	if (err)
		return err;
	dr[i] = address;
	dr[DR_KINDS] &= ~control_bits(i, 15, true);
	dr[DR_KINDS] |= control_bits(i, kind, true);
	dr[DR_CONTROL] &= ~control_bits(i, 15, true);
	if (enabled)
		dr[DR_CONTROL] |= control_bits(i, kind, true) | DR7_ALWAYS;
	else if (dr[DR_CONTROL] == DR7_ALWAYS)
		dr[DR_CONTROL] = 0;
	return 0;
}

static int address_put(unsigned long *dr, int i, unsigned long address)
{
	if (!is_enabled(dr[DR_KINDS], i))
		return breakpoint_set(dr, i, address, KIND_WRITE, false);
	return breakpoint_set(dr, i, address, kind_of(dr[DR_KINDS], i),
			      is_enabled(dr[DR_CONTROL], i));
}

/* What is neither there nor enabled stays as it is, whatever its kind says. */
static int breakpoints_set(unsigned long *dr, unsigned long dr7)
{
	int i, err = 0;

	for (i = 0; i < BREAKPOINTS && !err; i++)
		if (is_enabled(dr[DR_KINDS], i) || is_enabled(dr7, i))
			err = breakpoint_set(dr, i, dr[i], kind_of(dr7, i), is_enabled(dr7, i));
	return err;
}

static int control_put(unsigned long *dr, unsigned long dr7)
{
	unsigned long old = dr[DR_CONTROL];
	int err = breakpoints_set(dr, dr7 & DR7_KEPT);

	if (!err)
		dr[DR_WRITTEN] = dr7;
	else if (breakpoints_set(dr, old))
		return -EIO;	/* it can't be: they were in force a moment ago */
	return err;
}

int debug_reg_put(struct task_struct *task, int n, unsigned long value)
{
	unsigned long *dr = task->thread.regs.regs.dr;

	switch (n) {
	case 0 ... BREAKPOINTS - 1:
		return address_put(dr, n, value);
	case 6:
		dr[DR_STATUS] = value ^ DR6_INVERTED;
		return 0;
	case 7:
		return control_put(dr, value);
	}
	return -EIO;
}

unsigned long debug_reg_get(struct task_struct *task, int n)
{
	const unsigned long *dr = task->thread.regs.regs.dr;

	switch (n) {
	case 0 ... BREAKPOINTS - 1:
		return dr[n];
	case 6:
		return dr[DR_STATUS] ^ DR6_INVERTED;
	case 7:
		return dr[DR_WRITTEN];
	}
	return 0;
}

int debug_regs_hit(struct uml_pt_regs *regs, unsigned long dr6)
{
	unsigned long seen = dr6 & DR6_STEP;
	int i;

	for (i = 0; i < BREAKPOINTS; i++) {
		/* the CPU tells of those that are not enabled, too */
		if (!(dr6 & (1 << i)) || !is_enabled(regs->dr[DR_CONTROL], i))
			continue;
		if ((kind_of(regs->dr[DR_CONTROL], i) & 3) == KIND_EXEC) {
			/* it is a fault, whose turn comes after the step */
			if (seen & DR6_STEP)
				continue;
			/* and must not hit again when the task goes on */
			regs->gp[HOST_EFLAGS] |= X86_EFLAGS_RF;
		}
		seen |= 1 << i;
	}
	if (dr6 && !seen)
		return 0;
	regs->dr[DR_STATUS] = seen;
	if (seen & DR6_STEP)
		return TRAP_TRACE;
	return seen ? TRAP_HWBKPT : TRAP_BRKPT;
}

void debug_regs_exec(struct uml_pt_regs *regs)
{
	memset(regs->dr, 0, sizeof(regs->dr));
}

void debug_regs_fork(struct uml_pt_regs *regs)
{
	unsigned long status = regs->dr[DR_STATUS], written = regs->dr[DR_WRITTEN];

	debug_regs_exec(regs);
	regs->dr[DR_STATUS] = status;
	regs->dr[DR_WRITTEN] = written;
}
