// SPDX-License-Identifier: GPL-2.0
/*
 * user_trap.c - from an exception of user code to its signal, as native
 * x86-64 has it: signo, si_code, si_addr, and trap number, error code and CR2
 * in the signal frame. Every backend comes here.
 *
 * Intel SDM vol. 3, 6.15 (vectors, error codes); vol. 1, 8.1.3 (x87 status word), 10.2.3 (MXCSR).
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include <asm/trap_pf.h>
#include <kern_util.h>
#include <sysdep/ptrace.h>
#include <uml/backend.h>
#include <uml/debug_regs.h>
#include <uml/task_state.h>
#include <uml/user_space.h>
#include <uml/user_trap.h>
#include <uml/vsyscall.h>
#include <uml/xstate.h>

/* of several exceptions, native reports the first of this order */
static int fpe_code(unsigned int raised)
{
	if (raised & 0x01)
		return FPE_FLTINV;
	if (raised & 0x04)
		return FPE_FLTDIV;
	if (raised & 0x08)
		return FPE_FLTOVF;
	if (raised & 0x12)
		return FPE_FLTUND;
	if (raised & 0x20)
		return FPE_FLTRES;
	return 0;
}

static void trap_fpe(struct uml_pt_regs *regs, int vector)
{
	const void *area = task_xstate(current);
	unsigned int raised;

	if (vector == X86_TRAP_MF) {
		u16 fcw, fsw;

		memcpy(&fcw, area + XSTATE_FCW, sizeof(fcw));
		memcpy(&fsw, area + XSTATE_FSW, sizeof(fsw));
		raised = fsw & ~fcw & 0x3f;
	} else {
		u32 mxcsr;

		memcpy(&mxcsr, area + XSTATE_MXCSR, sizeof(mxcsr));
		raised = mxcsr & ~(mxcsr >> 7) & 0x3f;
	}
	force_sig_fault(SIGFPE, fpe_code(raised), (void __user *)UPT_IP(regs));
}

static void trap_debug(struct uml_pt_regs *regs, unsigned long dr6)
{
	int code = debug_regs_hit(regs, dr6);

	if (code)
		force_sig_fault(SIGTRAP, code, (void __user *)UPT_IP(regs));
}

/* An instruction fetch from a mapping that may not be executed? */
static bool fetch_forbidden(unsigned long address)
{
	struct vm_area_struct *vma;
	bool forbidden;

	mmap_read_lock(current->mm);
	vma = vma_lookup(current->mm, address);
	forbidden = vma && !(vma->vm_flags & VM_EXEC);
	mmap_read_unlock(current->mm);
	return forbidden;
}

/* Was the page there, as the page tables have it? */
static bool page_present(unsigned long address)
{
	pte_t *pte = virt_to_pte(current->mm, address);

	return pte && pte_read(*pte);
}

static void trap_page_fault(struct uml_pt_regs *regs, struct faultinfo *fi)
{
	/* the host tells of its own page tables, filled later than ours */
	if (!backend->own_page_tables && fi->cr2 < TASK_SIZE) {
		fi->error_code &= ~X86_PF_PROT;
		if (page_present(fi->cr2))
			fi->error_code |= X86_PF_PROT;
	}
	if (backend->own_page_tables && (fi->error_code & X86_PF_INSTR) &&
	    (fi->cr2 & PAGE_MASK) == VSYSCALL_PAGE && vsyscall_emulate(regs))
		return;
	/* native does not tell whether the kernel has something there */
	if (backend->own_page_tables && fi->cr2 >= TASK_SIZE)
		fi->error_code = (fi->error_code & ~X86_PF_RSVD) | X86_PF_PROT;
	/* a page that is not there is first mapped, as for a read: so natively */
	if ((fi->error_code & X86_PF_INSTR) && (fi->error_code & X86_PF_PROT) &&
	    fetch_forbidden(fi->cr2)) {
		current->thread.arch.faultinfo = *fi;
		force_sig_fault(SIGSEGV, SEGV_ACCERR, (void __user *)fi->cr2);
		return;
	}
	segv(*fi, UPT_IP(regs), 1, regs);
}

/*
 * Some hosts answer INT n, INT3 and INT1 with #UD, which no CPU does, or with
 * another error code: make it what it is, the #GP of a gate that user code may
 * not use, or one of those it may.
 */
static void int_n_repair(struct uml_pt_regs *regs, struct faultinfo *fi)
{
	u8 __user *at = (u8 __user *)UPT_IP(regs);
	unsigned int i = 0;
	u8 code, n;

	do {
		if (i == 14 || get_user(code, at + i))
			return;
		i++;
		/* LOCK makes it an #UD on any CPU */
		if (code == 0xf0)
			return;
	} while (user_code_prefix(code));
	switch (code) {
	case 0xcc:
		n = X86_TRAP_BP;
		break;
	case 0xf1:
		n = X86_TRAP_DB;
		break;
	case 0xcd:
		if (get_user(n, at + i))
			return;
		i++;
		if (n == X86_TRAP_BP || n == X86_TRAP_OF)
			break;
		fi->trap_no = X86_TRAP_GP;
		fi->error_code = n * 8 + 2;	/* the IDT entry */
		return;
	default:
		return;
	}
	if (fi->trap_no != X86_TRAP_UD)
		return;
	fi->trap_no = n;
	fi->error_code = 0;
	UPT_IP(regs) += i;
	regs->gp[HOST_EFLAGS] &= ~X86_EFLAGS_RF;	/* it is a trap, not a fault */
}

void user_trap(struct uml_pt_regs *regs)
{
	struct faultinfo *seen = &current->thread.arch.faultinfo;
	struct faultinfo fi = regs->faultinfo;

	if (fi.trap_no == X86_TRAP_PF) {
		trap_page_fault(regs, &fi);
		return;
	}
	if ((fi.trap_no == X86_TRAP_UD || fi.trap_no == X86_TRAP_GP) &&
	    backend->own_page_tables)
		int_n_repair(regs, &fi);
	/* CR2 of the last page fault stays, in the frame as natively */
	seen->trap_no = fi.trap_no;
	seen->error_code = fi.trap_no == X86_TRAP_DB ? 0 : fi.error_code;

	switch (fi.trap_no) {
	case X86_TRAP_DE:
		force_sig_fault(SIGFPE, FPE_INTDIV, (void __user *)UPT_IP(regs));
		break;
	case X86_TRAP_DB:
		trap_debug(regs, fi.error_code);
		break;
	case X86_TRAP_BP:
		force_sig(SIGTRAP);
		break;
	case X86_TRAP_UD:
		force_sig_fault(SIGILL, ILL_ILLOPN, (void __user *)UPT_IP(regs));
		break;
	case X86_TRAP_NP:
	case X86_TRAP_SS:
		force_sig(SIGBUS);
		break;
	case X86_TRAP_AC:
		force_sig_fault(SIGBUS, BUS_ADRALN, NULL);
		break;
	case X86_TRAP_MF:
	case X86_TRAP_XF:
		trap_fpe(regs, fi.trap_no);
		break;
	default: /* #OF #BR #TS #GP and what has no signal of its own */
		force_sig(SIGSEGV);
	}
}

void user_bad_state(struct uml_pt_regs *regs)
{
	struct faultinfo *seen = &current->thread.arch.faultinfo;

	task_state_repair(regs);
	seen->trap_no = X86_TRAP_GP;
	seen->error_code = 0;
	force_sig(SIGSEGV);
}
