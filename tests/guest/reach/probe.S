/* SPDX-License-Identifier: GPL-2.0 */
/*
 * probe.S - accesses that may fault. The handler does not return from the signal
 * (that is a system call for each of many faults): it goes to probe_out.
 */
	.macro	probe_enter
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, probe_sp(%rip)
	.endm

	.text
	.globl	probe_read_byte, probe_read_here
probe_read_byte:
	probe_enter
probe_read_here:
	movb	(%rdi), %al
	jmp	probe_out

	.globl	probe_write_byte, probe_write_here
probe_write_byte:
	probe_enter
	movb	$0xcc, %al
probe_write_here:
	movb	%al, (%rdi)
	jmp	probe_out

	.globl	probe_execute, probe_execute_here
probe_execute:
	probe_enter
probe_execute_here:
	jmp	*%rdi

	.globl	probe_code
probe_code:
	probe_enter
	pushq	%rdi
	leaq	probe_pattern(%rip), %rsp
	popq	%rax
	popq	%rbx
	popq	%rcx
	popq	%rdx
	popq	%rsi
	popq	%rdi
	popq	%rbp
	popq	%r8
	popq	%r9
	popq	%r10
	popq	%r11
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	movq	probe_sp(%rip), %rsp
	jmp	*-8(%rsp)

	.globl	probe_out
probe_out:
	movq	probe_sp(%rip), %rsp
	cld
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret

	.globl	probe_entry
probe_entry:				/* of the signal handler */
	call	probe_handle
	jmp	probe_out

	.bss
	.balign	8
	.globl	probe_sp
probe_sp:
	.skip	8

	.section .note.GNU-stack, "", @progbits
