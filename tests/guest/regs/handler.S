/* SPDX-License-Identifier: GPL-2.0 */
/*
 * handler.S - the signal handler. The kernel clears DF for it, but leaves AC,
 * and the compiler's code can't live with that. All that handler_entry leaves
 * behind is garbage: what the interrupted code sees afterwards came from the
 * signal frame.
 */

	.text
	.globl	handler_entry
handler_entry:
	pushfq
	movq	(%rsp), %rax
	movq	%rax, handler_entry_flags(%rip)
	andq	$~0x40000, (%rsp)
	popfq
	subq	$8, %rsp
	call	handler_c
	addq	$8, %rsp
	movq	$-1, %rax
	movq	%rax, %rcx
	movq	%rax, %rdx
	movq	%rax, %rbx
	movq	%rax, %rbp
	movq	%rax, %rsi
	movq	%rax, %rdi
	movq	%rax, %r8
	movq	%rax, %r9
	movq	%rax, %r10
	movq	%rax, %r11
	movq	%rax, %r12
	movq	%rax, %r13
	movq	%rax, %r14
	movq	%rax, %r15
	std
	stc
	ret

	.bss
	.balign	8
	.globl	handler_entry_flags
handler_entry_flags:
	.skip	8

	.section .note.GNU-stack, "", @progbits
