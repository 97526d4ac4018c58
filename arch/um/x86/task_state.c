// SPDX-License-Identifier: GPL-2.0
/*
 * task_state.c - each task's extended state and debug registers: made by fork,
 * reset by exec, freed with the task.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <registers.h>
#include <sysdep/ptrace.h>
#include <uml/backend.h>
#include <uml/debug_regs.h>
#include <uml/fork_brake.h>
#include <uml/task_state.h>
#include <uml/xstate.h>


static struct kmem_cache *area_cache;

void *task_xstate(struct task_struct *task)
{
	void *area = task->thread.regs.regs.fp;

	if (area && backend->xstate_fetch)
		backend->xstate_fetch(area);
	return area;
}

static void area_forget(void *area)
{
	if (area && backend->xstate_forget)
		backend->xstate_forget(area);
}

void *task_xstate_write(struct task_struct *task)
{
	void *area = task_xstate(task);

	area_forget(area);
	return area;
}

/* Called by fork_init(), before the first fork. */
void __init arch_task_cache_init(void)
{
	/* 64: XSAVE wants it, and user copies of an area go to signal frames */
	area_cache = kmem_cache_create_usercopy("xstate_area", xstate_info.size, 64,
						SLAB_PANIC | SLAB_ACCOUNT, 0,
						xstate_info.size, NULL);
}

/* The copy must not share the area: it would be freed twice. */
int arch_dup_task_struct(struct task_struct *dst, struct task_struct *src)
{
	fork_brake();
	*dst = *src;
	dst->thread.regs.regs.fp = NULL;
	return 0;
}

void arch_release_task_struct(struct task_struct *task)
{
	void *area = task->thread.regs.regs.fp;

	area_forget(area);
	if (area)
		kmem_cache_free(area_cache, area);
	task->thread.regs.regs.fp = NULL;
}

int task_state_fork(struct task_struct *child, bool user)
{
	struct uml_pt_regs *regs = &child->thread.regs.regs;

	debug_regs_fork(regs);
	regs->fp = NULL;
	if (child->flags & PF_KTHREAD)
		return 0;	/* never runs user code */
	regs->fp = kmem_cache_alloc(area_cache, GFP_KERNEL);
	if (!regs->fp)
		return -ENOMEM;
	if (user)
		memcpy(regs->fp, task_xstate(current), xstate_info.size);
	else
		xstate_init_image(regs->fp);
	return 0;
}

void task_state_exec(struct uml_pt_regs *regs)
{
	area_forget(regs->fp);
	get_safe_registers(regs->gp, regs->fp);
	debug_regs_exec(regs);
	cpu_rights_exec();
}

void task_state_selectors(struct uml_pt_regs *regs)
{
	unsigned long safe[MAX_REG_NR];

	get_safe_registers(safe, NULL);
	regs->gp[HOST_CS] = safe[HOST_CS];
	regs->gp[HOST_SS] = safe[HOST_SS];
}

void task_state_repair(struct uml_pt_regs *regs)
{
	task_state_selectors(regs);
	area_forget(regs->fp);
	xstate_init_image(regs->fp);
	regs->gp[HOST_DS] = 0;
	regs->gp[HOST_ES] = 0;
	regs->gp[HOST_FS] = 0;
	regs->gp[HOST_GS] = 0;
	if (regs->gp[HOST_FS_BASE] >= USER_HALF_END)
		regs->gp[HOST_FS_BASE] = 0;
	if (regs->gp[HOST_GS_BASE] >= USER_HALF_END)
		regs->gp[HOST_GS_BASE] = 0;
}
