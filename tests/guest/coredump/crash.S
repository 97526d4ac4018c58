/* SPDX-License-Identifier: GPL-2.0 */
/*
 * crash.S - have a known value in every register, and then fault (crash_now)
 * or go round in a loop (spin_now).
 *
 *   rdi	16 times 32 bytes for ymm0 to ymm15
 *   esi	0: only their lower halves, there is no AVX
 *   rdx	crash_now: the bad address (in rcx at the fault)
 */
#include "coredump.h"

/* The order is that of struct user_regs_struct: the base + its place. */
.macro load_general base
	movabs	$(\base + 0), %r15
	movabs	$(\base + 1), %r14
	movabs	$(\base + 2), %r13
	movabs	$(\base + 3), %r12
	movabs	$(\base + 4), %rbp
	movabs	$(\base + 5), %rbx
	movabs	$(\base + 6), %r11
	movabs	$(\base + 7), %r10
	movabs	$(\base + 8), %r9
	movabs	$(\base + 9), %r8
	movabs	$(\base + 10), %rax
	/* 11 is rcx */
	movabs	$(\base + 12), %rdx
	movabs	$(\base + 13), %rsi
	movabs	$(\base + 14), %rdi
.endm

.macro load_vectors
	testl	%esi, %esi
	jz	1f
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	vmovdqu	\n * 32(%rdi), %ymm\n
	.endr
	jmp	2f
1:	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	movdqu	\n * 32(%rdi), %xmm\n
	.endr
2:
.endm

	.text
	.globl	crash_now, crash_ip, spin_now, spin_begin, spin_end
	.type	crash_now, @function
	.type	spin_now, @function

crash_now:
	load_vectors
	movq	%rdx, %rcx
	movq	%rsp, crash_sp(%rip)
	load_general CRASH
	cmpq	%rax, %rax		/* ZF, not CF */
crash_ip:
	movq	%rax, (%rcx)
	ud2

spin_now:
	load_vectors
	load_general SPIN
	movabs	$(SPIN + 11), %rcx
	movl	$1, spin_ready(%rip)
spin_begin:
	pause
	jmp	spin_begin
spin_end:
	ud2

	.bss
	.balign	8
	.globl	crash_sp, spin_ready
crash_sp:
	.zero	8
spin_ready:
	.zero	8

	.section .note.GNU-stack, "", @progbits
