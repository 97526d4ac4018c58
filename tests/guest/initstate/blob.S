/* SPDX-License-Identifier: GPL-2.0 */
/*
 * blob.S - a whole program (see tinyelf.h): push all that execve left in the
 * registers, write it to descriptor 1, and then the stack up to the end of the
 * string that AT_EXECFN points to, which is the last thing on it.
 */
#include <sys/syscall.h>

#include "blob.h"

#define AT_EXECFN 31
#define ARCH_GET_FS 0x1003
#define ARCH_GET_GS 0x1004

	.section .rodata
	.globl	blob_start, blob_end
blob_start:
	pushq	%rsp			/* pushes the value before the push */
	pushfq
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movl	%cs, %eax
	pushq	%rax
	movl	%ss, %eax
	pushq	%rax
	movl	%ds, %eax
	pushq	%rax
	movl	%es, %eax
	pushq	%rax
	movl	%fs, %eax
	pushq	%rax
	movl	%gs, %eax
	pushq	%rax
	subq	$16, %rsp
	cld
	movl	$SYS_arch_prctl, %eax
	movl	$ARCH_GET_GS, %edi
	movq	%rsp, %rsi
	syscall
	movl	$SYS_arch_prctl, %eax
	movl	$ARCH_GET_FS, %edi
	leaq	8(%rsp), %rsi
	syscall

	/* rbx: the stack at the start; over argc, argv, NULL, envp, NULL */
	leaq	BLOB_SIZE(%rsp), %rbx
	movq	(%rbx), %rax
	leaq	16(%rbx,%rax,8), %rsi
1:	lodsq
	testq	%rax, %rax
	jnz	1b
2:	lodsq				/* auxv: type, value */
	movq	%rax, %rcx
	lodsq
	testq	%rcx, %rcx
	jz	4f			/* no AT_EXECFN: end here */
	cmpq	$AT_EXECFN, %rcx
	jne	2b
	movq	%rax, %rsi
3:	lodsb
	testb	%al, %al
	jnz	3b
4:	movq	%rsi, %rdx		/* the end */
	movq	%rsp, %rsi

5:	movl	$SYS_write, %eax
	movl	$1, %edi
	pushq	%rdx
	subq	%rsi, %rdx
	syscall
	popq	%rdx
	testq	%rax, %rax
	jle	6f
	addq	%rax, %rsi
	cmpq	%rdx, %rsi
	jb	5b
	xorl	%eax, %eax
6:	negl	%eax
	movl	%eax, %edi
	movl	$SYS_exit_group, %eax
	syscall
	hlt
blob_end:

	.section .note.GNU-stack, "", @progbits
