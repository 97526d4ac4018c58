/* SPDX-License-Identifier: GPL-2.0 */
/* ptrace.h - the parts of the ptrace test, by file. */
#ifndef PTRACE_TEST_H
#define PTRACE_TEST_H

/* memory.c */
void test_memory(void);

/* registers.c */
void test_registers(void);
void test_regsets(void);
void test_peekuser(void);
void test_segment_bases(void);
void test_bad_registers(void);
void test_selectors(void);
void test_bad_frames(void);

/* steps.c */
void test_steps(void);
void test_step_syscall(void);
void test_step_handler(void);
void test_breakpoints(void);

/* syscalls.c */
void test_syscalls(void);
void test_change_syscalls(void);
void test_syscall_info(void);
void test_restarted_syscall(void);
void test_sysemu(void);

/* xstate.c */
void test_fpregs(void);
void test_xstate(void);
void test_two_xstates(void);
void test_bad_xstate(void);

/* signals.c */
void test_signals(void);
void test_sigreturn(void);

/* attach.c */
void test_attach(void);
void test_kill(void);
void test_exitkill(void);
void test_interrupt(void);

/* events.c */
void test_fork(void);
void test_exec(void);

#endif
