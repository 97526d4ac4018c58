/* SPDX-License-Identifier: GPL-2.0 */
/*
 * engine.S - the way into a case and out of it. A case may leave anything in any
 * register, so nothing here or in the signal handler uses libc or %fs before
 * engine_out has put things right. The program is linked below 2 GiB: absolute
 * addresses need no register.
 */
#include <sys/syscall.h>
#define ARCH_SET_FS 0x1002
#define ARCH_SET_GS 0x1001

	.macro	save_callee
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, engine_sp
	.endm

	.macro	clean_xstate
	movl	$-1, %eax
	movl	$-1, %edx
	xrstor64 engine_xstate
	.endm

	/* libc's FS base is another in each run: cases begin with 0. */
	.macro	zero_fsbase
	xorl	%esi, %esi
	call	fsbase_set
	.endm

	.text
	.globl	engine_start
engine_start:
	.globl	engine_run
fsbase_set:				/* rsi */
	cmpq	$0, engine_has_fsgsbase
	je	1f
	wrfsbase %rsi
	ret
1:	movl	$__NR_arch_prctl, %eax
	movl	$ARCH_SET_FS, %edi
	syscall
	ret

engine_run:				/* the case that is in engine_state */
	save_callee
	zero_fsbase
	clean_xstate
	pushq	engine_state + 32	/* ss, rsp, flags, cs, rip */
	pushq	engine_state + 24
	pushq	engine_state + 16
	pushq	engine_state + 8
	pushq	engine_state
	movq	engine_state + 40, %rax
	movq	engine_state + 48, %rbx
	movq	engine_state + 56, %rcx
	movq	engine_state + 64, %rdx
	movq	engine_state + 72, %rsi
	movq	engine_state + 80, %rdi
	movq	engine_state + 88, %rbp
	movq	engine_state + 104, %r8
	movq	engine_state + 112, %r9
	movq	engine_state + 120, %r10
	movq	engine_state + 128, %r11
	movq	engine_state + 136, %r12
	movq	engine_state + 144, %r13
	movq	engine_state + 152, %r14
	movq	engine_state + 160, %r15
	movl	$1, engine_in_case
	iretq

	.globl	engine_sigreturn
engine_sigreturn:			/* rdi: the frame */
	save_callee
	movq	%rdi, %rbx
	zero_fsbase
	movq	%rbx, %rdi
	movq	%rdi, %rsp
	movl	$1, engine_in_case
	movl	$__NR_rt_sigreturn, %eax
	syscall
	ud2

	.globl	engine_entry
engine_entry:				/* of the signal handler */
	pushfq				/* without AC, NT, DF, TF; ID stays */
	andl	$~0x44500, (%rsp)
	popfq
	movw	%ds, engine_selectors
	movw	%es, engine_selectors + 8
	movw	%fs, engine_selectors + 16
	movw	%gs, engine_selectors + 24
	cmpq	$0, engine_has_fsgsbase
	je	1f
	rdfsbase %rax
	movq	%rax, engine_bases
	rdgsbase %rax
	movq	%rax, engine_bases + 8
1:	jmp	engine_handle		/* C; returns only if the case goes on */

	.globl	engine_out
engine_out:
	movq	engine_sp, %rsp
	pushq	$0x202
	popfq
	movl	$0x2b, %eax
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movq	engine_fsbase, %rsi
	call	fsbase_set
	cmpq	$0, engine_has_fsgsbase
	je	1f
	xorl	%eax, %eax
	wrgsbase %rax
	jmp	2f
1:	movl	$__NR_arch_prctl, %eax
	movl	$ARCH_SET_GS, %edi
	xorl	%esi, %esi
	syscall
2:	clean_xstate
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
	.globl	engine_end
engine_end:

	.bss
	.balign	64
	.globl	engine_xstate, engine_state, engine_sp, engine_fsbase
	.globl	engine_has_fsgsbase, engine_selectors, engine_bases, engine_in_case
engine_xstate:
	.skip	16384
engine_state:
	.skip	168
engine_sp:
	.skip	8
engine_fsbase:
	.skip	8
engine_has_fsgsbase:
	.skip	8
engine_selectors:
	.skip	32
engine_bases:
	.skip	16
engine_in_case:
	.skip	8

	.section .note.GNU-stack, "", @progbits
