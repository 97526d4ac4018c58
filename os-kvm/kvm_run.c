// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_run.c - one stretch of user code in the vcpu: a task's registers into the
 * save area, the vcpu run, the event out of it.
 */
#include <errno.h>
#include <string.h>
#include <kern_util.h>
#include <os.h>
#include <sysdep/ptrace.h>
#include <sysdep/ptrace_user.h>
#include <uml/backend.h>
#include <uml/debug_regs.h>
#include <uml/interrupts.h>
#include <uml/kvm_backend.h>
#include <uml/user_abilities.h>
#include <uml/user_space.h>
#include <uml/user_time.h>


#define FLAG_TF		0x100
#define DR7_UNKNOWN	(~0UL)		/* no task has this */
#define FLAG_RF		0x10000
#define FLAGS_ALWAYS	0x202		/* IF, and the bit that is always 1 */
/* CF PF AF ZF SF TF DF OF NT RF AC ID: what user code may have */
#define FLAGS_USER	0x254dd5UL

#define SEGMENTS	HOST_DS		/* DS, ES, FS, GS follow each other */
#define SELECTOR_LDT	4

static int canonical(unsigned long address)
{
	return (long)(address << 16) >> 16 == (long)address;
}

/*
 * Would the CPU return to user mode with these? What it refuses at CPL 0 must not
 * get there: it is made the #GP that it natively is.
 */
static int frame_refused(const unsigned long *gp, struct faultinfo *fi)
{
	unsigned long selector = 0;

	if (gp[HOST_CS] != ENTRY_USER_CS)
		selector = gp[HOST_CS];
	else if (gp[HOST_SS] != ENTRY_USER_SS)
		/* Linux goes another way for a stack of the LDT, without a selector */
		selector = gp[HOST_SS] & SELECTOR_LDT ? 0 : gp[HOST_SS];
	else if (canonical(gp[HOST_IP]))
		return 0;
	fi->trap_no = VECTOR_GP;
	fi->error_code = selector & ~3UL;
	return 1;
}

/* Of DS, ES, FS, GS what can't be loaded is loaded as null: so natively. */
static void selectors_clean(unsigned long *gp)
{
	unsigned int i;

	for (i = SEGMENTS; i < SEGMENTS + 4; i++)
		switch (gp[i] | 3) {
		case 3:		/* null */
		case ENTRY_USER32_CS:
		case ENTRY_USER_SS:
		case ENTRY_USER_CS:
		case ENTRY_CPU_SELECTOR | 3:
			break;
		default:
			gp[i] = 0;
		}
}

/* Segments and bases as they were left by the last task: load what differs. */
static unsigned int segments_work(const struct save_area *save, const unsigned long *gp)
{
	if (memcmp(&save->gp[SEGMENTS], &gp[SEGMENTS], 4 * sizeof(*gp)))
		return WORK_SELECTORS | WORK_BASES;
	if (save->gp[HOST_FS_BASE] != gp[HOST_FS_BASE] ||
	    save->gp[HOST_GS_BASE] != gp[HOST_GS_BASE])
		return WORK_BASES;
	return 0;
}

/* The debug registers in the vcpu are those of the last task that had some. */
static unsigned int debug_work(struct save_area *save, const unsigned long *dr)
{
	if (save->dr7 == dr[DR_CONTROL] &&
	    (dr[DR_CONTROL] == 0 || !memcmp(save->dr, dr, sizeof(save->dr))))
		return 0;
	save->dr7 = dr[DR_CONTROL];
	memcpy(save->dr, dr, sizeof(save->dr));
	return WORK_DEBUG;
}

/* SYSRET brings everything back but RCX and R11: has nobody changed those? */
static int sysret_possible(const unsigned long *gp)
{
	return gp[HOST_CX] == gp[HOST_IP] && gp[HOST_R11] == gp[HOST_EFLAGS] &&
		gp[HOST_IP] >> 47 == 0 && !(gp[HOST_EFLAGS] & (FLAG_TF | FLAG_RF));
}

static int registers_put(struct vcpu *vcpu, struct uml_pt_regs *regs, int step)
{
	struct save_area *save = vcpu->save;
	unsigned int work = 0;
	int err;

	if (user_denied() != vcpu->denied) {
		err = vcpu_rights_set(vcpu, user_denied());
		if (err)
			return err;
	}
	err = kvm_xstate_load(vcpu, regs->fp, &work);
	if (err)
		return err == -EINVAL ? USER_EXIT_BAD_STATE : err;
	/* takes the flush records: after it the vcpu has to run */
	err = kvm_space_load(vcpu, &work);
	if (err) {
		vcpu_report(vcpu, "its memory slots can't be renewed");
		return -EIO;
	}
	work |= segments_work(save, regs->gp) | debug_work(save, regs->dr);

	memcpy(save->gp, regs->gp, sizeof(save->gp));
	save->gp[HOST_EFLAGS] = (regs->gp[HOST_EFLAGS] & FLAGS_USER) | FLAGS_ALWAYS;
	if (step)
		save->gp[HOST_EFLAGS] |= FLAG_TF;
	save->leave = sysret_possible(save->gp) ? LEAVE_SYSRET : LEAVE_IRET;
	save->work = work;
	return 0;
}

/* Did SYSCALL stay at CPL 3? Then the page fault of fetching the entry is it. */
static int is_syscall(const struct vcpu *vcpu)
{
	return vcpu->save->vector == ENTRY_SYSCALL || vcpu_syscall_faulted(vcpu);
}

static int syscall_seen(struct vcpu *vcpu)
{
	struct save_area *save = vcpu->save;

	if (!is_syscall(vcpu))
		return 0;
	if (save->vector == ENTRY_SYSCALL)
		return 1;
	save->gp[HOST_IP] = save->gp[HOST_CX];
	save->gp[HOST_EFLAGS] = save->gp[HOST_R11];
	return 1;
}

/* A fault of guest-entry: of what it loads, or there is something wrong with it. */
static int entry_fault(struct vcpu *vcpu)
{
	unsigned long offset = vcpu->save->gp[HOST_IP] - vcpu->region_gva;

	if (offset >= guest_entry_offset_load && offset < guest_entry_offset_load_end)
		return USER_EXIT_BAD_STATE;
	vcpu_report(vcpu, "guest-entry itself has faulted");
	return -EIO;
}

/* What happened, from the save area to the task. */
static int event_get(struct vcpu *vcpu, struct uml_pt_regs *regs)
{
	struct save_area *save = vcpu->save;
	struct faultinfo *fi = &regs->faultinfo;
	int syscall = syscall_seen(vcpu);

	if (syscall) {
		save->gp[HOST_CS] = ENTRY_USER_CS;
		save->gp[HOST_SS] = ENTRY_USER_SS;
	} else if ((save->gp[HOST_CS] & 3) == 0) {
		return entry_fault(vcpu);
	}
	memcpy(regs->gp, save->gp, sizeof(save->gp));
	if (syscall) {
		regs->gp[HOST_ORIG_AX] = regs->gp[HOST_AX];
		return USER_EXIT_SYSCALL;
	}
	fi->error_code = save->gp[HOST_ORIG_AX];
	regs->gp[HOST_ORIG_AX] = -1;
	if (save->vector == ENTRY_VECTOR_KICK)
		return USER_EXIT_INTERRUPT;
	fi->trap_no = save->vector;
	if (save->vector == VECTOR_PF)
		fi->cr2 = save->cr2;
	if (save->vector == VECTOR_DB)
		fi->error_code = save->dr6 & 0xffff & ~0x0ff0UL;
	return USER_EXIT_TRAP;
}

/* Does the kernel set TF for this step? Not if the instruction is about TF itself. */
static int step_flag_wanted(const unsigned long *gp)
{
	return !(gp[HOST_EFLAGS] & FLAG_TF);
}

/* What has come while user code ran, or before it could, counts as in user mode. */
static void interrupts_take(struct uml_pt_regs *regs)
{
	if (interrupts_pending()) {
		signals_enabled = 1;
		interrupts_deliver(regs);
	}
	unblock_signals_trace();
}

int kvm_run(struct uml_pt_regs *regs, int singlestep)
{
	struct vcpu *vcpu = &kvm_vcpu;
	int step = singlestep && step_flag_wanted(regs->gp);
	int step_own = step && user_step_sets_flag(regs->gp[HOST_IP]);
	int ret, err;

	if (frame_refused(regs->gp, &regs->faultinfo))
		return USER_EXIT_TRAP;
	selectors_clean(regs->gp);
	/* from here on signals only mark what is to do, and end KVM_RUN */
	vcpu_kick_clear(vcpu);
	block_signals_trace();
	if (user_work_pending()) {
		unblock_signals_trace();
		return USER_EXIT_INTERRUPT;
	}
	err = registers_put(vcpu, regs, step);
	if (err) {
		unblock_signals_trace();
		return err;
	}
	user_time_begin();
	err = vcpu_run(vcpu);
	user_time_end(!err && is_syscall(vcpu));
	if (err != -EIO)
		kvm_xstate_collect(vcpu);
	ret = err && err != -EFAULT ? err : event_get(vcpu, regs);
	if (step && !step_own)
		regs->gp[HOST_EFLAGS] &= ~(unsigned long)FLAG_TF;
	regs->is_user = 1;
	interrupts_take(regs);
	if (err == -EFAULT)
		return err;
	if (ret == USER_EXIT_BAD_STATE) {
		/* guest-entry did not come to these: load them anew */
		kvm_xstate_forget(regs->fp);
		vcpu->save->dr7 = DR7_UNKNOWN;
	}
	return ret;
}
