// SPDX-License-Identifier: GPL-2.0
/*
 * sigframe.c - signal frames as native x86-64 builds them: the whole extended
 * state with its magic words, selectors, flags word, alignment, red zone.
 *
 * The format is ABI: arch/x86/include/uapi/asm/{sigcontext,ucontext}.h;
 * the psABI (red zone, stack alignment at function entry).
 *
 * From the top of the stack down: (red zone,) extended state at a multiple of
 * 64, struct rt_sigframe at 8 below a multiple of 16.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/signal.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <uapi/asm/processor-flags.h>
#include <asm/ucontext.h>
#include <asm/unistd.h>
#include <frame_kern.h>
#include <registers.h>
#include <skas.h>
#include <uml/task_state.h>
#include <uml/xstate.h>

#define RED_ZONE	128
#define XSTATE_ALIGN	64

/* what a handler may change for the code it returns to */
#define FLAGS_RESTORED	(X86_EFLAGS_AC | X86_EFLAGS_OF | X86_EFLAGS_DF | X86_EFLAGS_TF | \
			 X86_EFLAGS_SF | X86_EFLAGS_ZF | X86_EFLAGS_AF | X86_EFLAGS_PF | \
			 X86_EFLAGS_CF | X86_EFLAGS_RF)

struct rt_sigframe {
	char __user *pretcode;
	struct ucontext uc;
	struct siginfo info;
};

unsigned long sigframe_size_max(void)
{
	return ALIGN(sizeof(struct rt_sigframe) + xstate_frame_size() +
		     XSTATE_ALIGN - 1 + 16, 16);
}

/* where gp[] and struct sigcontext agree but for the names */
#define SIGCONTEXT_REGS(X)						\
	X(R8, r8) X(R9, r9) X(R10, r10) X(R11, r11) X(R12, r12)	\
	X(R13, r13) X(R14, r14) X(R15, r15) X(DI, di) X(SI, si)	\
	X(BP, bp) X(BX, bx) X(DX, dx) X(AX, ax) X(CX, cx)		\
	X(SP, sp) X(IP, ip)

static void sigcontext_fill(struct sigcontext *sc, struct pt_regs *regs,
			    void __user *xstate, unsigned long mask)
{
	struct faultinfo *fi = &current->thread.arch.faultinfo;
	unsigned long *gp = regs->regs.gp;

	memset(sc, 0, sizeof(*sc));
#define X(reg, field) sc->field = gp[HOST_##reg];
	SIGCONTEXT_REGS(X)
#undef X
	sc->flags = gp[HOST_EFLAGS];
	sc->cs = gp[HOST_CS];
	sc->ss = gp[HOST_SS];
	sc->err = fi->error_code;
	sc->trapno = fi->trap_no;
	sc->cr2 = fi->cr2;
	sc->oldmask = mask;
	sc->fpstate = (__u64)xstate;
}

static int sigcontext_load(struct pt_regs *regs, const struct sigcontext *sc,
			   unsigned long uc_flags)
{
	unsigned long *gp = regs->regs.gp;

	/* a system call that the signal interrupted is not restarted */
	current->restart_block.fn = do_no_restart_syscall;
#define X(reg, field) gp[HOST_##reg] = sc->field;
	SIGCONTEXT_REGS(X)
#undef X
	gp[HOST_EFLAGS] = (gp[HOST_EFLAGS] & ~FLAGS_RESTORED) |
			  (sc->flags & FLAGS_RESTORED);
	gp[HOST_CS] = sc->cs | 3;
	if (uc_flags & UC_STRICT_RESTORE_SS)
		gp[HOST_SS] = sc->ss | 3;
	return xstate_from_frame((const void __user *)sc->fpstate);
}

/*
 * Where frame and extended state go below @top; NULL: they would leave the
 * alternate stack they belong on.
 */
static struct rt_sigframe __user *frame_place(unsigned long top, struct pt_regs *regs,
					      unsigned long *xstate)
{
	unsigned long sp = top;
	bool entering_altstack = top != PT_REGS_SP(regs);
	bool on_altstack = entering_altstack || on_sig_stack(PT_REGS_SP(regs));

	if (!entering_altstack)
		sp -= RED_ZONE;
	*xstate = round_down(sp - xstate_frame_size(), XSTATE_ALIGN);
	sp = round_down(*xstate - sizeof(struct rt_sigframe), 16) - 8;
	if (on_altstack && !__on_sig_stack(sp))
		return NULL;
	return (struct rt_sigframe __user *)sp;
}

/**
 * setup_signal_stack_si() - put a signal frame on the user stack and point the
 *		registers at the handler
 * @stack_top:	the stack pointer, or the top of the alternate stack
 *
 * Called by the common handle_signal(). 0; else the task gets a SIGSEGV.
 */
int setup_signal_stack_si(unsigned long stack_top, struct ksignal *ksig,
			  struct pt_regs *regs, sigset_t *set)
{
	struct rt_sigframe __user *frame;
	struct ucontext uc = { };
	unsigned long xstate;

	frame = frame_place(stack_top, regs, &xstate);
	if (!frame || !access_ok(frame, stack_top - (unsigned long)frame))
		return -EFAULT;
	/* the psABI has a restorer in the C library: there is no code on the stack */
	if (!(ksig->ka.sa.sa_flags & SA_RESTORER))
		return -EFAULT;
	if (xstate_to_frame((void __user *)xstate))
		return -EFAULT;

	uc.uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS;
	if (xstate_info.features)
		uc.uc_flags |= UC_FP_XSTATE;
	sigcontext_fill(&uc.uc_mcontext, regs, (void __user *)xstate, set->sig[0]);
	uc.uc_sigmask = *set;
	if (copy_to_user(&frame->uc, &uc, sizeof(uc)) ||
	    __save_altstack(&frame->uc.uc_stack, PT_REGS_SP(regs)) ||
	    __put_user((char __user *)ksig->ka.sa.sa_restorer, &frame->pretcode))
		return -EFAULT;
	if ((ksig->ka.sa.sa_flags & SA_SIGINFO) &&
	    copy_siginfo_to_user(&frame->info, &ksig->info))
		return -EFAULT;

	PT_REGS_SP(regs) = (unsigned long)frame;
	PT_REGS_IP(regs) = (unsigned long)ksig->ka.sa.sa_handler;
	PT_REGS_DI(regs) = ksig->sig;
	PT_REGS_SI(regs) = (unsigned long)&frame->info;
	PT_REGS_DX(regs) = (unsigned long)&frame->uc;
	PT_REGS_AX(regs) = 0;	/* no vector arguments, for handlers without prototype */
	PT_REGS_EFLAGS(regs) &= ~(X86_EFLAGS_DF | X86_EFLAGS_RF | X86_EFLAGS_TF);
	task_state_selectors(&regs->regs);
	xstate_init_image(task_xstate_write(current)); /* a handler starts like a program */
	return 0;
}

SYSCALL_DEFINE0(rt_sigreturn)
{
	struct pt_regs *regs = current_pt_regs();
	struct rt_sigframe __user *frame =
		(struct rt_sigframe __user *)(PT_REGS_SP(regs) - sizeof(long));
	struct ucontext uc;

	if (copy_from_user(&uc, &frame->uc, sizeof(uc)))
		goto bad_frame;
	set_current_blocked(&uc.uc_sigmask);
	if (sigcontext_load(regs, &uc.uc_mcontext, uc.uc_flags))
		goto bad_frame;
	if (restore_altstack(&frame->uc.uc_stack))
		goto bad_frame;

	PT_REGS_SYSCALL_NR(regs) = -1;	/* no restart of rt_sigreturn itself */
	return PT_REGS_SYSCALL_RET(regs);

bad_frame:
	force_sig(SIGSEGV);
	return 0;
}
