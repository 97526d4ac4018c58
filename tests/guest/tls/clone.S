/* SPDX-License-Identifier: GPL-2.0 */
/* clone.S - a child with a stack of its own looks at its fs and gs. */
#include <sys/syscall.h>

	.text
	.globl	tls_clone
tls_clone:			/* rdi: flags, rsi: stack, rdx: tls, rcx: saw */
	movq	%rdx, %r8
	movq	%rcx, %r9
	xorl	%edx, %edx
	xorl	%r10d, %r10d
	movl	$SYS_clone, %eax
	syscall
	testq	%rax, %rax
	jz	1f
	ret
1:	movq	%fs:0, %rax
	movq	%rax, (%r9)
	movq	%gs:0, %rax
	movq	%rax, 8(%r9)
	movl	$SYS_sched_yield, %eax
	syscall
	movl	$SYS_sched_yield, %eax
	syscall
	movq	%fs:0, %rax
	movq	%rax, 16(%r9)
	xorl	%edi, %edi
	movl	$SYS_exit, %eax
	syscall
	hlt

	.section .note.GNU-stack, "", @progbits
