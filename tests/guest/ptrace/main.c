/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ptrace - a debugger's view: memory, all registers general and extended,
 * single-step, breakpoints, system calls, signals, attach and detach. The
 * registers are always the tracee's, whatever the tracer has in its own.
 * (Debug registers: the test debugreg.)
 * Relies on: ptrace(2); Intel SDM vol. 3 17.3.1 (#DB by TF); Linux on native
 * x86-64 for which values are refused.
 */
#define _GNU_SOURCE
#include "parts.h"
#include "ptrace.h"

static const struct part parts[] = {
	{ "memory",		test_memory },
	{ "registers",		test_registers },
	{ "regsets",		test_regsets },
	{ "peekuser",		test_peekuser },
	{ "segment-bases",	test_segment_bases },
	{ "bad-registers",	test_bad_registers },
	{ "selectors",		test_selectors },
	{ "bad-frames",		test_bad_frames },
	{ "steps",		test_steps },
	{ "step-syscall",	test_step_syscall },
	{ "step-handler",	test_step_handler },
	{ "breakpoints",	test_breakpoints },
	{ "syscalls",		test_syscalls },
	{ "change-syscalls",	test_change_syscalls },
	{ "syscall-info",	test_syscall_info },
	{ "restarted-syscall",	test_restarted_syscall },
	{ "sysemu",		test_sysemu },
	{ "fpregs",		test_fpregs },
	{ "xstate",		test_xstate },
	{ "two-xstates",	test_two_xstates },
	{ "bad-xstate",		test_bad_xstate },
	{ "signals",		test_signals },
	{ "sigreturn",		test_sigreturn },
	{ "attach",		test_attach },
	{ "kill",		test_kill },
	{ "exitkill",		test_exitkill },
	{ "interrupt",		test_interrupt },
	{ "fork",		test_fork },
	{ "exec",		test_exec },
	{ NULL, NULL }
};

int main(int argc, char **argv)
{
	test_begin(120 * check_rounds(argc, argv, 1));
	parts_run(argc, argv, parts);
	printf("ptrace: ok\n");
	return 0;
}
