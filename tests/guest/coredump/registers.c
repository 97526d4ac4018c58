// SPDX-License-Identifier: GPL-2.0
/* registers.c - the registers of both threads in the core file. */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/procfs.h>
#include <sys/user.h>
#include <unistd.h>

#include "coredump.h"
#include "cpu.h"

#define XMM_OFFSET 160 /* in FXSAVE's area, and XSAVE's, which begins with it */

static void general_check(const struct elf_prstatus *status, unsigned long base,
			  const char *what)
{
	const unsigned long *reg = (const void *)&status->pr_reg;
	const struct user_regs_struct *regs = (const void *)reg;

	for (int i = 0; i < GENERAL; i++)
		CHECK(reg[i] == base + i || &reg[i] == (const void *)&regs->rcx,
		      "%s: register %d is %#lx, should be %#lx", what, i, reg[i],
		      base + i);
	CHECK(regs->cs == 0x33 && regs->ss == 0x2b, "%s: cs %#llx, ss %#llx", what,
	      regs->cs, regs->ss);
	CHECK(regs->fs_base, "%s: no fs_base", what);
}

static const struct elf_prstatus *status_get(const struct core *core, int which,
					     pid_t pid)
{
	const struct elf_prstatus *status;
	struct note note;

	CHECK(core_note(core, NT_PRSTATUS, which, &note), "no NT_PRSTATUS %d", which);
	CHECK(note.size == sizeof(*status), "NT_PRSTATUS has %u bytes", note.size);
	status = note.data;
	CHECK(status->pr_pid == pid, "NT_PRSTATUS %d is of process %d, should be %d",
	      which, status->pr_pid, pid);
	return status;
}

static void victim_check(const struct core *core, const struct victim *v, pid_t pid)
{
	const struct elf_prstatus *status = status_get(core, 0, pid);
	const struct user_regs_struct *regs = (const void *)&status->pr_reg;
	const unsigned long *sp = core_memory(core, &crash_sp, sizeof(crash_sp));

	general_check(status, CRASH, "the victim");
	CHECK(status->pr_cursig == SIGSEGV && status->pr_info.si_signo == SIGSEGV,
	      "signal %d, %d", status->pr_cursig, status->pr_info.si_signo);
	CHECK(status->pr_ppid == getpid(), "its parent is %d", status->pr_ppid);
	CHECK(regs->rip == (unsigned long)crash_ip, "rip is %#llx, should be %p",
	      regs->rip, crash_ip);
	CHECK(regs->rcx == (unsigned long)v->bad, "rcx is %#llx, should be %p",
	      regs->rcx, v->bad);
	CHECK(sp && regs->rsp == *sp, "rsp is %#llx", regs->rsp);
	CHECK((regs->eflags & (FLAG_ZF | FLAG_CF | FLAG_DF)) == FLAG_ZF,
	      "eflags is %#llx", regs->eflags);
	CHECK(regs->orig_rax == -1ull, "orig_rax is %#llx after a fault",
	      regs->orig_rax);
}

static void spinner_check(const struct core *core, const struct victim *v)
{
	const struct elf_prstatus *status = status_get(core, 1, v->told->tid);
	const struct user_regs_struct *regs = (const void *)&status->pr_reg;
	struct note note;

	general_check(status, SPIN, "the other thread");
	CHECK(regs->rcx == SPIN + 11, "the other thread: rcx is %#llx", regs->rcx);
	CHECK(regs->rip >= (unsigned long)spin_begin &&
	      regs->rip < (unsigned long)spin_end, "the other thread: rip is %#llx",
	      regs->rip);
	CHECK(!core_note(core, NT_PRSTATUS, 2, &note), "a third thread");
}

static void xmm_check(const char *area, const struct victim *v, int thread,
		      const char *what)
{
	for (int i = 0; i < VECTORS; i++)
		CHECK(!memcmp(area + XMM_OFFSET + 16 * i, v->vectors[thread][i], 16),
		      "%s of thread %d: xmm%d is wrong", what, thread, i);
}

static void vectors_check(const struct core *core, const struct victim *v, int thread)
{
	unsigned int size, offset;
	struct note note;

	CHECK(core_note(core, NT_FPREGSET, thread, &note) && note.size == 512,
	      "NT_FPREGSET %d", thread);
	xmm_check(note.data, v, thread, "NT_FPREGSET");
	if (!core_note(core, NT_X86_XSTATE, thread, &note)) {
		NOTE("no NT_X86_XSTATE");
		return;
	}
	xmm_check(note.data, v, thread, "NT_X86_XSTATE");
	if (!v->avx)
		return;
	cpu_xcomponent(2, &size, &offset);
	CHECK(offset + size <= note.size, "NT_X86_XSTATE has %u bytes, ymm ends at %u",
	      note.size, offset + size);
	for (int i = 0; i < VECTORS; i++)
		CHECK(!memcmp((const char *)note.data + offset + 16 * i,
			      v->vectors[thread][i] + 16, 16),
		      "thread %d: the upper half of ymm%d is wrong", thread, i);
}

void registers_check(const struct core *core, const struct victim *v, pid_t pid)
{
	victim_check(core, v, pid);
	spinner_check(core, v);
	vectors_check(core, v, 0);
	vectors_check(core, v, 1);
}
