/* SPDX-License-Identifier: GPL-2.0 */
/*
 * blob.S - a whole program (see tinyelf.h): store the state that execve left
 * in the vector and x87 registers, write it to descriptor 1, exit.
 */
#include <sys/syscall.h>

#define AREA_SIZE 4096		/* XSTATE_SIZE */
#define COMPONENTS 0x2e7	/* XSTATE_KNOWN; XSAVE itself ands XCR0 */

	.section .rodata
	.globl	exec_blob, exec_blob_end
exec_blob:
	andq	$-64, %rsp
	subq	$AREA_SIZE, %rsp
	movq	%rsp, %rdi
	movl	$AREA_SIZE / 8, %ecx
	xorl	%eax, %eax
	rep stosq
	movl	$1, %eax
	cpuid
	testl	$1 << 27, %ecx		/* OSXSAVE */
	jz	1f
	movl	$COMPONENTS, %eax
	xorl	%edx, %edx
	xsave64	(%rsp)
	jmp	2f
1:	fxsave64 (%rsp)
2:	movl	$SYS_write, %eax
	movl	$1, %edi
	movq	%rsp, %rsi
	movl	$AREA_SIZE, %edx
	syscall
	xorl	%edi, %edi
	cmpq	$AREA_SIZE, %rax
	setne	%dil
	movl	$SYS_exit_group, %eax
	syscall
	hlt
exec_blob_end:

	.section .note.GNU-stack, "", @progbits
