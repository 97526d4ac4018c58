/* SPDX-License-Identifier: GPL-2.0 */
/* entry.S - the parts of sigframe where the stack pointer matters. */
#include <sys/syscall.h>

	.text
	.globl	frame_entry
frame_entry:
	movq	%rsp, entry(%rip)
	movq	%rdi, entry+8(%rip)
	movq	%rsi, entry+16(%rip)
	movq	%rdx, entry+24(%rip)
	movq	%rax, entry+32(%rip)
	pushfq
	popq	entry+40(%rip)
	subq	$8, %rsp
	call	frame_handler
	addq	$8, %rsp
	ret

	.globl	frame_return
frame_return:
	movl	$SYS_rt_sigreturn, %eax
	syscall
	hlt

	.globl	sigreturn_at
sigreturn_at:
	movq	%rdi, %rsp
	jmp	frame_return

/* A leaf function may keep data in the 128 bytes below its rsp. */
	.macro	red_zone_fill
	leaq	-128(%rsp), %rdi
	movl	$128, %ecx
	movl	$0x5a, %eax
	rep stosb
	.endm

	.macro	red_zone_count
	leaq	-128(%rsp), %rdi
	movl	$128, %ecx
	xorl	%eax, %eax
1:	cmpb	$0x5a, (%rdi)
	je	2f
	incl	%eax
2:	incq	%rdi
	loop	1b
	.endm

	.globl	red_zone_trap
red_zone_trap:
	red_zone_fill
	int3
	red_zone_count
	ret

	.globl	red_zone_spin
red_zone_spin:
	red_zone_fill
	movl	handler_runs(%rip), %eax
3:	cmpl	%eax, handler_runs(%rip)
	je	3b
	red_zone_count
	ret

	.bss
	.balign	8
	.globl	entry
entry:
	.skip	48

	.section .note.GNU-stack, "", @progbits
