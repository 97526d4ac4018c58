/* SPDX-License-Identifier: GPL-2.0 */
/*
 * regs.S - fill every general register and the flags with a pattern, make one
 * event happen, store every register. No instruction between the loads and the
 * stores changes a flag, and only the event itself may change a register. The
 * stack pointer is a pattern as well: nothing may push or be delivered on it.
 */
#include "regs.h"

	.macro	copy_regs op
	\op	rax, R_RAX
	\op	rcx, R_RCX
	\op	rdx, R_RDX
	\op	rbx, R_RBX
	\op	rbp, R_RBP
	\op	rsi, R_RSI
	\op	rdi, R_RDI
	\op	r8, R_R8
	\op	r9, R_R9
	\op	r10, R_R10
	\op	r11, R_R11
	\op	r12, R_R12
	\op	r13, R_R13
	\op	r14, R_R14
	\op	r15, R_R15
	\op	rsp, R_RSP
	.endm

	.macro	load_reg reg, offset
	movq	regs_in+\offset(%rip), %\reg
	.endm

	.macro	store_reg reg, offset
	movq	%\reg, regs_out+\offset(%rip)
	.endm

	.text
	.globl	regs_run
regs_run:				/* rdi: the event */
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushfq
	movq	%rdi, regs_event(%rip)
	movq	%rsp, regs_saved_rsp(%rip)
	pushq	regs_in+R_FLAGS(%rip)
	popfq
	copy_regs load_reg
	jmp	*regs_event(%rip)

	.globl	regs_store
regs_store:				/* rsp may be anything */
	copy_regs store_reg
	movq	regs_saved_rsp(%rip), %rsp
	pushfq
	popq	regs_out+R_FLAGS(%rip)
	popfq
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	.globl	event_syscall
event_syscall:
	syscall
	jmp	regs_store

	.globl	event_load
event_load:
	movq	EVENT_PAGE, %rax
	jmp	regs_store

	.globl	event_store
event_store:
	movb	$1, EVENT_PAGE
	jmp	regs_store

	.globl	event_exec
event_exec:
	jmp	*exec_target(%rip)

	.globl	event_spin
event_spin:
	.byte	0xeb, 0xfe		/* jmp to itself, two bytes */
	jmp	regs_store

	.globl	event_wait
event_wait:				/* jrcxz looks at no flag */
	movq	wait_word(%rip), %rcx
	movq	(%rcx), %rcx
	jrcxz	event_wait
	jmp	regs_store

	.globl	event_trap
event_trap:
	int3
	jmp	regs_store

	.globl	event_ud2
event_ud2:
	ud2
	jmp	regs_store

	.data
	.balign	8
exec_target:
	.quad	EVENT_PAGE
	.globl	wait_word
wait_word:
	.quad	0

	.bss
	.balign	8
	.globl	regs_in, regs_out
regs_in:
	.skip	R_FLAGS + 8
regs_out:
	.skip	R_FLAGS + 8
regs_event:
	.skip	8
regs_saved_rsp:
	.skip	8

	.section .note.GNU-stack, "", @progbits
