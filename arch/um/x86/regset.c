// SPDX-License-Identifier: GPL-2.0
/*
 * regset.c - the register sets of a task, for PTRACE_GETREGSET and core dumps.
 *
 * A task that is traced or dumped is stopped in the kernel, so everything is
 * in its own struct: nothing is asked of the host, whose process may be
 * running another task by now.
 */
#include <linux/elf.h>
#include <linux/errno.h>
#include <linux/ptrace.h>
#include <linux/regset.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <asm/user.h>
#include <sysdep/ptrace.h>
#include <uml/regset.h>
#include <uml/task_state.h>
#include <uml/xstate.h>

static int general_get(struct task_struct *task, const struct user_regset *set,
		       struct membuf to)
{
	return membuf_write(&to, task->thread.regs.regs.gp, sizeof(struct user_regs_struct));
}

static int general_set(struct task_struct *task, const struct user_regset *set,
		       unsigned int pos, unsigned int count,
		       const void *kbuf, const void __user *ubuf)
{
	struct user_regs_struct regs;
	unsigned long *value = (unsigned long *)&regs;
	unsigned int offset;
	int err;

	memcpy(&regs, task->thread.regs.regs.gp, sizeof(regs));
	err = user_regset_copyin(&pos, &count, &kbuf, &ubuf, &regs, 0, sizeof(regs));
	for (offset = 0; !err && offset < sizeof(regs); offset += sizeof(long))
		err = putreg(task, offset, value[offset / sizeof(long)]);
	return err;
}

static int xstate_active(struct task_struct *task, const struct user_regset *set)
{
	if (!task->thread.regs.regs.fp)
		return 0;
	if (set->core_note_type == NT_X86_XSTATE && !xstate_info.features)
		return 0;
	return set->n;
}

static int fp_get(struct task_struct *task, const struct user_regset *set,
		  struct membuf to)
{
	return membuf_write(&to, task_xstate(task), XSTATE_FXSAVE_SIZE);
}

static int mxcsr_check(const void *area)
{
	u32 mxcsr;

	memcpy(&mxcsr, area + XSTATE_MXCSR, sizeof(mxcsr));
	return mxcsr & ~xstate_info.mxcsr_mask ? -EINVAL : 0;
}

static void features_add(void *area, u64 features)
{
	u64 have;

	if (!xstate_info.features)
		return;
	memcpy(&have, area + XSTATE_HEADER, sizeof(have));
	have |= features;
	memcpy(area + XSTATE_HEADER, &have, sizeof(have));
}

static int fp_set(struct task_struct *task, const struct user_regset *set,
		  unsigned int pos, unsigned int count,
		  const void *kbuf, const void __user *ubuf)
{
	void *area = task_xstate_write(task);
	u8 image[XSTATE_FXSAVE_SIZE];
	int err;

	memcpy(image, area, sizeof(image));
	err = user_regset_copyin(&pos, &count, &kbuf, &ubuf, image, 0, sizeof(image));
	if (!err)
		err = mxcsr_check(image);
	if (err)
		return err;
	memcpy(area, image, sizeof(image));
	features_add(area, XSTATE_FEATURES_FPSSE);
	return 0;
}

/* The software bytes of the area tell a debugger which features it holds. */
static int xstate_regset_get(struct task_struct *task, const struct user_regset *set,
			     struct membuf to)
{
	const void *area = task_xstate(task);
	u64 software[6] = { xstate_info.features };

	membuf_write(&to, area, XSTATE_SW_BYTES);
	membuf_write(&to, software, sizeof(software));
	return membuf_write(&to, area + XSTATE_HEADER, xstate_info.size - XSTATE_HEADER);
}

static int xstate_regset_set(struct task_struct *task, const struct user_regset *set,
			     unsigned int pos, unsigned int count,
			     const void *kbuf, const void __user *ubuf)
{
	u64 header[XSTATE_HEADER_SIZE / sizeof(u64)];
	void *area;
	int err;

	if (pos != 0 || count != xstate_info.size)
		return -EFAULT;
	area = kmalloc(xstate_info.size, GFP_KERNEL);
	if (!area)
		return -ENOMEM;
	err = user_regset_copyin(&pos, &count, &kbuf, &ubuf, area, 0, xstate_info.size);
	if (!err)
		err = mxcsr_check(area);
	if (!err) {
		memcpy(header, area + XSTATE_HEADER, sizeof(header));
		if ((header[0] & ~xstate_info.features) ||
		    memchr_inv(&header[1], 0, sizeof(header) - sizeof(u64)))
			err = -EINVAL;
	}
	if (!err)
		memcpy(task_xstate_write(task), area, xstate_info.size);
	kfree(area);
	return err;
}

static struct user_regset regsets[] = {
	[REGSET_GENERAL] = {
		.core_note_type = NT_PRSTATUS,
		.n = sizeof(struct user_regs_struct) / sizeof(long),
		.size = sizeof(long), .align = sizeof(long),
		.regset_get = general_get, .set = general_set,
	},
	[REGSET_FP] = {
		.core_note_type = NT_PRFPREG,
		.n = XSTATE_FXSAVE_SIZE / sizeof(long),
		.size = sizeof(long), .align = sizeof(long),
		.active = xstate_active, .regset_get = fp_get, .set = fp_set,
	},
	[REGSET_XSTATE] = {
		.core_note_type = NT_X86_XSTATE,
		.size = sizeof(u64), .align = sizeof(u64),
		.active = xstate_active,
		.regset_get = xstate_regset_get, .set = xstate_regset_set,
	},
};

static const struct user_regset_view view = {
	.name = "x86_64", .e_machine = EM_X86_64,
	.regsets = regsets, .n = ARRAY_SIZE(regsets),
};

const struct user_regset_view *task_user_regset_view(struct task_struct *task)
{
	return &view;
}

static int __init regset_init(void)
{
	regsets[REGSET_XSTATE].n = xstate_info.size / sizeof(u64);
	return 0;
}
core_initcall(regset_init);
