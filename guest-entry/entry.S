/* SPDX-License-Identifier: GPL-2.0 */
/*
 * entry.S - all the code that runs at CPL 0 in a vcpu: user mode entered, user
 * mode left, the work on page tables and TLB in between.
 *
 * It is data in ./linux, copied into the region of each vcpu (save_area.h) and
 * addresses the region relative to itself. There is no stack to speak of: the
 * CPU pushes the frame of an exception directly into the save area (IST 1 ends
 * there), IRETQ pops it from there. GS and FS are the user's all the time, so
 * are the debug registers, whose addresses are of the user half.
 *
 * Interrupts are off throughout, and nothing here may touch user memory.
 * Plain instructions only, and few: some hosts interpret CPL 0.
 *
 * Intel SDM vol. 3, 6.14 (IDT, IST), 4.10.4 (TLB), vol. 2 SYSCALL, SYSRET, IRETQ;
 * AMD APM vol. 2, 8.9.
 */
#include <uml/save_area.h>

#define REGION(offset)	(guest_entry_start + (offset))(%rip)
#define SAVE(offset)	REGION(ENTRY_SAVE + (offset))

	.section .rodata.guest_entry, "a", @progbits
	.balign 64
	.globl guest_entry_start
guest_entry_start:

/*
 * enter - where a new vcpu starts, and each KVM_RUN goes on after the `out`.
 * In: the save area. CR3: of the last address space (or the region's own);
 * registers: nothing of use. RSP may be anything.
 */
enter:
	mov	SAVE(SAVE_WORK), %ebx
	test	%ebx, %ebx
	jz	load_registers

	/*
	 * A store to each page-table entry that the process took away or
	 * replaced: where the host shadows page tables it sees stores of the
	 * guest only. One byte does, which changes nothing. It is locked, since
	 * the page may be no table any more and be written by a device.
	 */
	test	$WORK_ENTRIES, %ebx
	jz	1f
	mov	SAVE(SAVE_ENTRY_COUNT), %ecx
	lea	REGION(ENTRY_LIST), %rsi
	lea	REGION(ENTRY_WINDOW), %rdi
	lea	REGION(ENTRY_LEAF + (ENTRY_WINDOW >> 12) * 8), %rdx
	xor	%r9d, %r9d
0:	mov	-8(%rsi, %rcx, 8), %rax
	mov	%eax, %r8d
	and	$0xfff, %r8d
	sub	%r8, %rax
	cmp	%rax, %r9
	je	2f
	mov	%rax, %r9
	or	$0x63, %rax		/* present, writable, accessed, dirty */
	mov	%rax, (%rdx)
	invlpg	(%rdi)
2:	lock orb $0, (%rdi, %r8)
	dec	%ecx
	jnz	0b
	movq	$0, (%rdx)
	invlpg	(%rdi)

1:	test	$WORK_CR3, %ebx
	jz	2f
	mov	SAVE(SAVE_CR3), %rax
	mov	%rax, %cr3

2:	test	$WORK_PAGES, %ebx
	jz	3f
	mov	SAVE(SAVE_PAGE_COUNT), %ecx
	lea	SAVE(SAVE_PAGE), %rsi
0:	mov	-8(%rsi, %rcx, 8), %rax
	invlpg	(%rax)
	dec	%ecx
	jnz	0b

	/* another task's extended state */
3:	test	$(WORK_XSAVE | WORK_XRSTOR), %ebx
	jz	6f
	mov	SAVE(SAVE_FEATURES), %eax
	mov	SAVE(SAVE_FEATURES + 4), %edx
	test	$WORK_FXSR, %ebx
	jnz	fxsr
	test	$WORK_XSAVE, %ebx
	jz	4f
	xsave64	REGION(ENTRY_XSTATE_OUT)
4:	test	$WORK_XRSTOR, %ebx
	jz	6f
load:	/* what faults from here to load_end faults because of what is loaded */
	xrstor64 REGION(ENTRY_XSTATE_IN)

6:	test	$(WORK_DEBUG | WORK_SELECTORS | WORK_BASES), %ebx
	jz	9f
	test	$WORK_DEBUG, %ebx
	jz	7f
	xor	%eax, %eax
	mov	%rax, %dr7
	mov	SAVE(SAVE_DR + 0), %rax
	mov	%rax, %dr0
	mov	SAVE(SAVE_DR + 8), %rax
	mov	%rax, %dr1
	mov	SAVE(SAVE_DR + 16), %rax
	mov	%rax, %dr2
	mov	SAVE(SAVE_DR + 24), %rax
	mov	%rax, %dr3
	mov	SAVE(SAVE_DR7), %rax
	mov	%rax, %dr7

7:	test	$WORK_SELECTORS, %ebx
	jz	8f
	mov	SAVE(SAVE_DS), %eax
	mov	%eax, %ds
	mov	SAVE(SAVE_ES), %eax
	mov	%eax, %es
	mov	SAVE(SAVE_FS), %eax
	mov	%eax, %fs
	mov	SAVE(SAVE_GS), %eax
	mov	%eax, %gs
8:	mov	SAVE(SAVE_FS_BASE), %rax
	wrfsbase %rax
	mov	SAVE(SAVE_GS_BASE), %rax
	wrgsbase %rax
9:
	cmpl	$LEAVE_DONE, SAVE(SAVE_LEAVE)
	jne	load_registers
	movl	$ENTRY_DONE, SAVE(SAVE_VECTOR)
	jmp	leave

fxsr:	test	$WORK_XSAVE, %ebx
	jz	0f
	fxsave64 REGION(ENTRY_XSTATE_OUT)
0:	test	$WORK_XRSTOR, %ebx
	jz	6b
	fxrstor64 REGION(ENTRY_XSTATE_IN)
	jmp	6b

/* The user's registers; all state but these is the user's already. */
load_registers:
	mov	SAVE(SAVE_R15), %r15
	mov	SAVE(SAVE_R14), %r14
	mov	SAVE(SAVE_R13), %r13
	mov	SAVE(SAVE_R12), %r12
	mov	SAVE(SAVE_RBP), %rbp
	mov	SAVE(SAVE_RBX), %rbx
	mov	SAVE(SAVE_R10), %r10
	mov	SAVE(SAVE_R9), %r9
	mov	SAVE(SAVE_R8), %r8
	mov	SAVE(SAVE_RAX), %rax
	mov	SAVE(SAVE_RDX), %rdx
	mov	SAVE(SAVE_RSI), %rsi
	mov	SAVE(SAVE_RDI), %rdi
	cmpl	$LEAVE_SYSRET, SAVE(SAVE_LEAVE)
	jne	0f
	/* RIP is of the user half, checked by the host: SYSRET can't fault here */
	mov	SAVE(SAVE_RIP), %rcx
	mov	SAVE(SAVE_RFLAGS), %r11
	mov	SAVE(SAVE_RSP), %rsp
	sysretq
0:	mov	SAVE(SAVE_RCX), %rcx
	mov	SAVE(SAVE_R11), %r11
	lea	SAVE(SAVE_RIP), %rsp
	iretq
load_end:

/*
 * syscall_entry - LSTAR. RCX: the user's RIP, R11: its RFLAGS, RSP and all
 * others: the user's. Flags are cleared by SFMASK.
 */
	.balign 64
syscall_entry:
	mov	%rsp, SAVE(SAVE_RSP)
	mov	%rcx, SAVE(SAVE_RIP)
	mov	%r11, SAVE(SAVE_RFLAGS)
	movl	$ENTRY_SYSCALL, SAVE(SAVE_VECTOR)
	/* fall through: what is left to store are general registers and bases */
save_registers:
	mov	%r15, SAVE(SAVE_R15)
	mov	%r14, SAVE(SAVE_R14)
	mov	%r13, SAVE(SAVE_R13)
	mov	%r12, SAVE(SAVE_R12)
	mov	%rbp, SAVE(SAVE_RBP)
	mov	%rbx, SAVE(SAVE_RBX)
	mov	%r11, SAVE(SAVE_R11)
	mov	%r10, SAVE(SAVE_R10)
	mov	%r9, SAVE(SAVE_R9)
	mov	%r8, SAVE(SAVE_R8)
	mov	%rax, SAVE(SAVE_RAX)
	mov	%rcx, SAVE(SAVE_RCX)
	mov	%rdx, SAVE(SAVE_RDX)
	mov	%rsi, SAVE(SAVE_RSI)
	mov	%rdi, SAVE(SAVE_RDI)
save_segments:
	rdfsbase %rax
	mov	%rax, SAVE(SAVE_FS_BASE)
	rdgsbase %rax
	mov	%rax, SAVE(SAVE_GS_BASE)
	mov	%ds, %eax
	mov	%eax, SAVE(SAVE_DS)
	mov	%es, %eax
	mov	%eax, SAVE(SAVE_ES)
	mov	%fs, %eax
	mov	%eax, SAVE(SAVE_FS)
	mov	%gs, %eax
	mov	%eax, SAVE(SAVE_GS)

/* leave - out of the guest; the host has it all in the save area. */
leave:
	out	%al, $ENTRY_PORT
	jmp	enter

/*
 * exception - the frame is in the save area, so are vector and error code. The
 * saved CS says whether it hit user code or this file.
 */
exception:
	mov	%rax, SAVE(SAVE_RAX)
	mov	%cr2, %rax
	mov	%rax, SAVE(SAVE_CR2)
	mov	SAVE(SAVE_RAX), %rax
	jmp	save_registers

/*
 * debug - #DB has a stack of its own (IST 2): after MOV SS it can hit the first
 * instruction of any other entry, whose frame must stay. Then it is noted, and
 * that entry goes on. RAX is pushed, RSP is below the frame.
 */
debug:
	push	%rax
	mov	%dr6, %rax
	testb	$3, 16(%rsp)		/* CPL of the saved CS */
	jz	0f
	mov	%rax, SAVE(SAVE_DR6)
	mov	$0xffff0ff0, %eax
	mov	%rax, %dr6
	mov	8(%rsp), %rax
	mov	%rax, SAVE(SAVE_RIP)
	mov	16(%rsp), %rax
	mov	%rax, SAVE(SAVE_CS)
	mov	24(%rsp), %rax
	mov	%rax, SAVE(SAVE_RFLAGS)
	mov	32(%rsp), %rax
	mov	%rax, SAVE(SAVE_RSP)
	mov	40(%rsp), %rax
	mov	%rax, SAVE(SAVE_SS)
	movq	$0, SAVE(SAVE_ERROR)
	movl	$1, SAVE(SAVE_VECTOR)
	pop	%rax
	jmp	exception
0:	or	%rax, SAVE(SAVE_ENTRY_DR6)
	mov	$0xffff0ff0, %eax
	mov	%rax, %dr6
	pop	%rax
	iretq

/*
 * abort - NMI, #DF and #MC: nothing goes on after these, and what they hit is unknown. Each
 * has a stack of its own and pushes all registers there, in the order of the save area;
 * RDI is pushed, its vector is in EDI. What another entry has stored is left alone.
 */
abort:
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%edi, SAVE(SAVE_ABORT)
	out	%al, $ENTRY_ABORT_PORT
0:	hlt
	jmp	0b

/*
 * The gates. The CPU has pushed an error code for vectors 8, 10-14, 17, 21, 29
 * and 30; the others get 0.
 */
	.balign ENTRY_STUB_SIZE
stubs:
	vector = 0
	.rept	ENTRY_VECTORS
	.balign	ENTRY_STUB_SIZE
	.if	vector == 1
	jmp	debug
	.elseif	vector == 2 || vector == 8 || vector == 18
	.if	vector != 8
	push	$0
	.endif
	push	%rdi
	mov	$vector, %edi
	jmp	abort
	.else
	.if	(vector >= 10 && vector <= 14) || vector == 17 || \
		vector == 21 || vector == 29 || vector == 30
	.else
	movq	$0, SAVE(SAVE_ERROR)
	.endif
	movl	$vector, SAVE(SAVE_VECTOR)
	jmp	exception
	.endif
	vector = vector + 1
	.endr

	.globl guest_entry_end
guest_entry_end:
	.org	guest_entry_start + 4096	/* an error if it is more than a page */

	.macro	offset name:req, label:req
	.globl	guest_entry_offset_\name
guest_entry_offset_\name:
	.long	\label - guest_entry_start
	.endm

	.balign	4
	offset	enter, enter
	offset	syscall, syscall_entry
	offset	stubs, stubs
	offset	segments, save_segments
	offset	leave, leave
	offset	load, load
	offset	load_end, load_end

	.section .note.GNU-stack, "", @progbits
