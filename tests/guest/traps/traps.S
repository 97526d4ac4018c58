/* SPDX-License-Identifier: GPL-2.0 */
/* traps.S - the way into instructions that trap, and the way out again. */

	.text
	.globl	trap_run
trap_run:				/* rdi: code, rsi: its argument */
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	movq	%rsp, trap_rsp(%rip)
	movq	%rdi, %rax
	movq	%rsi, %rdi
	call	*%rax

	.globl	trap_resume
trap_resume:				/* any state, rsp included */
	movq	trap_rsp(%rip), %rsp
	pushq	$2
	popfq
	fninit
	pushq	$0x1f80
	ldmxcsr	(%rsp)
	addq	$16, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

/* The signal handler. The kernel leaves AC on, the compiler can't have that. */
	.globl	trap_entry
trap_entry:
	pushfq
	andl	$~0x40000, (%rsp)
	popfq
	jmp	trap_handler

	.bss
	.balign	8
	.globl	trap_rsp
trap_rsp:
	.skip	8

	.section .note.GNU-stack, "", @progbits
