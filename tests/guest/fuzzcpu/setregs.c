// SPDX-License-Identifier: GPL-2.0
/* setregs.c - registers with anything in them, set by PTRACE_SETREGS. */
#define _GNU_SOURCE
#include "fuzz.h"
#include "tracee.h"

static void tracee_body(void *arg)
{
	(void)arg;
	harmless();
	for (;;)
		STOP_HERE();
}

static struct user_regs_struct regs_of(const struct state *s)
{
	const uint64_t *r = s->reg;
	struct user_regs_struct regs = {
		.rax = r[RAX], .rbx = r[RBX], .rcx = r[RCX], .rdx = r[RDX],
		.rsi = r[RSI], .rdi = r[RDI], .rbp = r[RBP], .rsp = s->rsp,
		.r8 = r[R8], .r9 = r[R9], .r10 = r[R10], .r11 = r[R11],
		.r12 = r[R12], .r13 = r[R13], .r14 = r[R14], .r15 = r[R15],
		.rip = s->rip, .cs = s->cs, .ss = s->ss, .eflags = s->flags,
		.orig_rax = r[RAX] % 8 ? -1ul : r[RBX],
	};

	/* Bases: sometimes those that no task can have */
	regs.fs_base = r[R8] % 4 ? 0 : r[R9];
	regs.gs_base = r[R10] % 4 ? 0 : r[R11];
	return regs;
}

static bool continues(pid_t pid, struct outcome *o)
{
	struct user_regs_struct regs;
	siginfo_t info;
	int status;

	TRACE(PTRACE_CONT, pid, 0, 0);
	CHECK(waitpid(pid, &status, __WALL) == pid, "waitpid: %s", strerror(errno));
	if (!WIFSTOPPED(status)) {
		o->end = DEATH;
		o->signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		return false;
	}
	o->end = SIGNAL;
	o->signo = WSTOPSIG(status);
	TRACE(PTRACE_GETSIGINFO, pid, 0, &info);
	regs = regs_get(pid);
	o->si_code = info.si_code;
	o->addr = (uint64_t)info.si_addr;
	o->rip = regs.rip;
	o->flags = regs.eflags & ~0x10000ul;
	o->regs = hash_words(1, &regs, sizeof(regs) / 8);
	return true;
}

/* Those that it has been given and are refused: with errno, not run */
void setregs_run(long first, long last)
{
	struct fuzz_case c;
	pid_t pid = 0;

	for (long nr = first; nr < last; nr++) {
		struct outcome *o = &shared->outcome[nr];
		struct user_regs_struct regs;

		if (!pid)
			pid = tracee_start_stopped(tracee_body, NULL);
		case_make(&c, nr);
		case_prepare(&c);
		regs = regs_of(&c.state);
		if (ptrace(PTRACE_SETREGS, pid, NULL, &regs)) {
			o->end = SIGNAL;
			o->si_code = errno;
			o->regs = 0;
			/* Which of them were set before the bad one? Start again. */
			CHECK_SYS(kill(pid, SIGKILL));
			CHECK(waitpid(pid, NULL, __WALL) == pid, "waitpid");
			pid = 0;
			continue;
		}
		if (!continues(pid, o))
			pid = 0;
	}
	if (pid) {
		CHECK_SYS(kill(pid, SIGKILL));
		CHECK(waitpid(pid, NULL, __WALL) == pid, "waitpid");
	}
}
