// SPDX-License-Identifier: GPL-2.0
/*
 * skas_run.c - one stretch of user code in the ptraced process of its mm.
 *
 * PTRACE_SYSEMU stops the process at each system call and lets the host
 * execute none of them. Every other event is a signal: of the CPU (an
 * exception, its vector and error code come from the frame that the host
 * builds for the stub's SIGSEGV handler, or from the signal's si_code), or for
 * the kernel. ptrace(2).
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <as-layout.h>
#include <kern_util.h>
#include <os.h>
#include <skas.h>
#include <sysdep/ptrace.h>
#include <sysdep/ptrace_user.h>
#include "internal.h"
#include <uml/backend.h>
#include <uml/debug_regs.h>
#include <uml/interrupts.h>
#include <uml/skas_host.h>
#include <uml/user_time.h>
#include <uml/xstate.h>

#define DR_OFFSET(n)	(offsetof(struct user, u_debugreg) + (n) * sizeof(long))
#define DR6_STEP	0x4000	/* single step, SDM vol. 3, 17.2.3 */
#define DR6_CAUSES	0xe00f	/* and breakpoints: what is 0 when it did not happen */

enum { TRAP_DE = 0, TRAP_DB = 1, TRAP_BP = 3, TRAP_UD = 6, TRAP_SS = 12,
	TRAP_GP = 13, TRAP_PF = 14, TRAP_MF = 16, TRAP_AC = 17, TRAP_XM = 19 };

extern unsigned long current_stub_stack(void);

/* name in /proc/um/exits; what it counts */
#define COUNT_LIST(X)							\
	X(runs)		/* user mode was entered */			\
	X(syscall)	/* and left by a system call */			\
	X(exception)	/* by a page fault or another exception */	\
	X(interrupt)	/* by a signal for the kernel */		\
	X(host_calls)	/* ptrace() and waitpid(), except for the extended state */ \
	X(xstate_moves)	/* extended state read or written */

enum {
#define X(name)	COUNT_##name,
	COUNT_LIST(X)
#undef X
	COUNTS
};

static unsigned long counts[COUNTS];

const char *skas_count(unsigned int i, unsigned long *value)
{
	static const char *const names[] = {
#define X(name)	#name,
		COUNT_LIST(X)
#undef X
	};

	counts[COUNT_xstate_moves] = skas_xstate_moves;
	if (i >= COUNTS)
		return NULL;
	*value = counts[i];
	return names[i];
}

static long trace(int request, int pid, unsigned long addr, unsigned long data)
{
	counts[COUNT_host_calls]++;
	return ptrace(request, pid, addr, data);
}


/*
 * Debug registers belong to the task, the process to the mm. Once any task has
 * used them they are written before each entry.
 */
static int debug_registers_put(int pid, const unsigned long *dr)
{
	static int in_use;
	int i;

	if (dr[DR_CONTROL] == 0 && !in_use)
		return 0;
	in_use = 1;
	/* DR7 first to 0: the host checks it against the addresses of the moment */
	if (trace(PTRACE_POKEUSER, pid, DR_OFFSET(7), 0) < 0)
		return -errno;
	if (dr[DR_CONTROL] == 0)
		return 0;
	for (i = 0; i < 4; i++)
		if (trace(PTRACE_POKEUSER, pid, DR_OFFSET(i), dr[i]) < 0)
			return -errno;
	if (trace(PTRACE_POKEUSER, pid, DR_OFFSET(7), dr[DR_CONTROL]) < 0)
		return -errno;
	return 0;
}

/*
 * User code can load selectors of levels 0 to 2, which ptrace refuses: of what they
 * name the one of level 3 does the same, and a null one is null.
 */
static void selectors_clean(unsigned long *gp)
{
	static const unsigned char segments[] = { HOST_DS, HOST_ES, HOST_FS, HOST_GS };
	unsigned int i;

	for (i = 0; i < sizeof(segments); i++)
		gp[segments[i]] = gp[segments[i]] < 4 ? 0 : gp[segments[i]] | 3;
}

static int general_put(int pid, unsigned long *gp)
{
	if (trace(PTRACE_SETREGS, pid, 0, (unsigned long)gp) == 0)
		return 0;
	if (errno != EIO)
		return -errno;
	selectors_clean(gp);
	if (trace(PTRACE_SETREGS, pid, 0, (unsigned long)gp) == 0)
		return 0;
	return errno == EIO ? USER_EXIT_BAD_STATE : -errno;
}

static int registers_put(int pid, struct uml_pt_regs *regs)
{
	int err;

	err = general_put(pid, regs->gp);
	if (err)
		return err;
	err = skas_xstate_load(pid, regs->fp);
	if (err)
		return err == -EINVAL ? USER_EXIT_BAD_STATE : err;
	return debug_registers_put(pid, regs->dr);
}

static int registers_get(int pid, struct uml_pt_regs *regs)
{
	return trace(PTRACE_GETREGS, pid, 0, (unsigned long)regs->gp) < 0 ? -errno : 0;
}

/* A SIGSEGV: run the stub's handler, which leaves the frame's trap information. */
static int fault_get(int pid, struct faultinfo *fi)
{
	skas_xstate_lose();
	if (trace(PTRACE_CONT, pid, 0, SIGSEGV) < 0)
		return -errno;
	wait_stub_done(pid);
	counts[COUNT_host_calls]++;
	memcpy(fi, (void *)current_stub_stack(), sizeof(*fi));
	return USER_EXIT_TRAP;
}

/* #MF and #XM are one signal: it was #XM if MXCSR has an unmasked exception. */
static int fpe_vector(const void *area)
{
	uint32_t mxcsr;

	memcpy(&mxcsr, (const char *)area + XSTATE_MXCSR, sizeof(mxcsr));
	return (~(mxcsr >> 7) & mxcsr & 0x3f) ? TRAP_XM : TRAP_MF;
}

/* Exceptions other than SIGSEGV: the vector follows from signal and si_code. */
static int trap_get(int pid, int sig, int code, struct uml_pt_regs *regs)
{
	struct faultinfo *fi = &regs->faultinfo;

	fi->error_code = 0;
	switch (sig) {
	case SIGILL:
		fi->trap_no = TRAP_UD;
		break;
	case SIGFPE:
		skas_xstate_fetch(regs->fp);
		fi->trap_no = code == FPE_INTDIV ? TRAP_DE : fpe_vector(regs->fp);
		break;
	case SIGBUS:
		if (code == BUS_ADRERR)	/* the host can't back a page of our memory */
			return -EFAULT;
		fi->trap_no = code == BUS_ADRALN ? TRAP_AC : TRAP_SS;
		break;
	case SIGTRAP:
		if (code == SI_KERNEL) {
			fi->trap_no = TRAP_BP;
			break;
		}
		fi->trap_no = TRAP_DB;
		if (code == TRAP_TRACE)
			fi->error_code = DR6_STEP;
		if (code == TRAP_HWBKPT || regs->dr[DR_CONTROL]) {
			errno = 0;
			fi->error_code = trace(PTRACE_PEEKUSER, pid, DR_OFFSET(6), 0);
			if (errno)
				return -errno;
			fi->error_code &= DR6_CAUSES;
		}
		break;
	}
	return USER_EXIT_TRAP;
}

static int signal_decode(int pid, int sig, struct uml_pt_regs *regs)
{
	siginfo_t si;

	switch (sig) {
	case SIGSEGV:
	case SIGILL:
	case SIGFPE:
	case SIGBUS:
	case SIGTRAP:
		if (trace(PTRACE_GETSIGINFO, pid, 0, (unsigned long)&si) < 0)
			return -errno;
		if (si.si_code <= 0) /* somebody's kill(2) on the host */
			return USER_EXIT_INTERRUPT;
		if (sig == SIGSEGV)
			return fault_get(pid, &regs->faultinfo);
		return trap_get(pid, sig, si.si_code, regs);
	case SIGIO:
	case SIGWINCH:
		if (interrupt_mark(sig == SIGIO ? INTERRUPT_IO : INTERRUPT_WINCH))
			interrupts_deliver(regs);
		return USER_EXIT_INTERRUPT;
	default:
		/* SIGALRM: the tick. Others came to the whole process group. */
		return USER_EXIT_INTERRUPT;
	}
}

/*
 * SYSEMU stops for int $0x80 and sysenter as well, whose numbers are of
 * another table. syscall alone leaves rip in rcx (SDM vol. 2, SYSCALL).
 * The others are what they are where no 32-bit system calls exist: #GP.
 */
static int syscall_decode(struct uml_pt_regs *regs)
{
	if (REGS_IP(regs->gp) >= STUB_START && REGS_IP(regs->gp) < STUB_END)
		return -EFAULT;	/* user code has jumped into the stub */
	if (REGS_CX(regs->gp) == REGS_IP(regs->gp))
		return USER_EXIT_SYSCALL;
	REGS_IP(regs->gp) -= 2;
	REGS_AX(regs->gp) = regs->gp[HOST_ORIG_AX];
	regs->faultinfo.trap_no = TRAP_GP;
	regs->faultinfo.error_code = 0x80 * 8 + 2; /* the IDT entry */
	return USER_EXIT_TRAP;
}

int skas_run(struct uml_pt_regs *regs, int singlestep)
{
	struct mm_id *mm = current_mm_id();
	int pid = userspace_pid[0];
	int err, status, n, what;

	err = skas_rights_load(mm);
	if (err)
		return err;
	err = syscall_stub_flush(mm);
	if (err)
		return err;
	err = registers_put(pid, regs);
	if (err)
		return err;
	user_time_begin();
	if (trace(singlestep ? PTRACE_SYSEMU_SINGLESTEP : PTRACE_SYSEMU, pid, 0, 0) < 0)
		return -errno;
	counts[COUNT_runs]++;
	user_code_runs = 1;
	CATCH_EINTR(n = waitpid(pid, &status, WUNTRACED | __WALL));
	user_code_runs = 0;
	user_time_end(n > 0 && status >> 8 == (SIGTRAP | 0x80));
	counts[COUNT_host_calls]++;
	if (n < 0)
		return -errno;
	if (!WIFSTOPPED(status))
		return -ESRCH;	/* the host killed it, out of memory maybe */

	regs->is_user = 1;
	err = registers_get(pid, regs);
	if (err)
		return err;
	if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
		counts[COUNT_syscall]++;
		return syscall_decode(regs);
	}
	what = signal_decode(pid, WSTOPSIG(status), regs);
	counts[what == USER_EXIT_INTERRUPT ? COUNT_interrupt : COUNT_exception]++;
	return what;
}
