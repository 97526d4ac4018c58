/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user.S - the user code of this test, copied to USER_CODE, and the table of the
 * exceptions that some of it raises.
 */
#include <uml/save_area.h>

	.section .rodata.user, "a", @progbits
	.balign 4096
	.globl user_start
user_start:

	.macro	code name:req
	.balign 16
	.globl	at_\name
at_\name:
	.endm

	code	call
	syscall
	code	call_ud2		/* behind the same SYSCALL by SYSRET */
	syscall
	ud2

	.macro	not_all
	.irp	r, rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15
	not	%\r
	.endr
	.endm

	/* each register inverted, then out by an exception, by a system call */
	code	not_ud2
	not_all
	.globl	at_not_ud2_end
at_not_ud2_end:
	ud2
	code	not_call
	not_all
	syscall
	.globl	at_not_call_end
at_not_call_end:
	jmp	at_not_call

	code	flags			/* flags as user code sees them */
	pushfq
	pop	%rax
	syscall

	code	segments
	rdfsbase %rax
	rdgsbase %rbx
	mov	%ds, %esi
	mov	%es, %edi
	mov	%fs, %r8d
	mov	%gs, %r9d
	syscall

	code	nops
	nop
	nop
	syscall
	code	load
	mov	(%rdi), %rax
	syscall
	code	store
	mov	%rax, (%rdi)
	.globl	at_store_end
at_store_end:
	syscall
	code	load_many		/* RCX pages from RDI on, into the list at RSI */
0:	mov	(%rdi), %rax
	mov	%rax, (%rsi)
	add	$4096, %rdi
	add	$8, %rsi
	dec	%ecx
	jnz	0b
	syscall

	code	privileged
	hlt
	code	rdtsc
	rdtsc
	syscall
	code	cpuid
	cpuid
	syscall

	code	loop
	inc	%rax
	.globl	at_loop_jump
at_loop_jump:
	jmp	at_loop
	code	calls
	inc	%rbx
	syscall
	jmp	at_calls

	/* after MOV SS nothing comes in between, no #DB either */
	code	movss_syscall
	mov	(%rdi), %ss
	syscall
	code	movss_int3
	mov	(%rdi), %ss
	int3
	.globl	at_movss_int3_end
at_movss_int3_end:
	code	movss_load
	mov	%eax, %ss
	.globl	at_movss_load_at
at_movss_load_at:
	mov	(%rdi), %rax
	syscall

	/* out to RDI, in from RSI, features in EDX:EAX */
	code	xstate
	xsave64	(%rdi)
	xrstor64 (%rsi)
	syscall
	code	xstate_fx
	fxsave64 (%rdi)
	fxrstor64 (%rsi)
	syscall

/*
 * exception NAME, then code, RAISES where RIP points to (the instruction of a
 * fault, behind that of a trap): what user code has to end with. Its registers:
 *
 * RDI a writable page, RSI nothing there, R8 not canonical, R9 kernel half,
 * R10 read-only, R12 guest-entry's region, R13 an entry with a reserved bit,
 * R14 not executable, R15 of the supervisor. RAX, RCX, RDX, RBP, RSP are free.
 */
#define NONE	-1
#define AT_CR2	1	/* RIP is CR2: fetching failed */
#define UD	2	/* #UD of `int n` where it is not possible at all */
#define NATIVE	4	/* CPUs and emulators differ: as natively on this host */
#define UMIP	8
#define MAYBE_P	128	/* some emulators leave `present` out */
#define FOREIGN	16	/* the error code can have bits of a table of the host's */

	.macro	exception name:req
	.pushsection .rodata.user_names, "a", @progbits
8:	.asciz	"\name"
	.popsection
7:
	.endm
	.macro	raises vector:req, error=0, cr2=NONE, kind=0, flags=0
6:
	.pushsection .data.rel.ro.exceptions, "aw", @progbits
	.quad	8b
	.long	7b - user_start, 6b - user_start, \vector, \error, \cr2, \kind, \flags, 0
	.popsection
	.endm

	.pushsection .data.rel.ro.exceptions, "aw", @progbits
	.balign	8
	.globl	exceptions
exceptions:
	.popsection

	exception "divide"
	xor	%ecx, %ecx
	raises	0
	div	%ecx
	exception "icebp"
	.byte	0xf1
	raises	1, kind=NATIVE
	exception "int3"
	int3
	raises	3
	exception "int $3"
	.byte	0xcd, 3
	raises	3, kind=UD
	exception "ud2"
	raises	6
	ud2
	exception "into"
	raises	6
	.byte	0xce

	exception "hlt"
	raises	13
	hlt
	exception "cli"
	raises	13
	cli
	exception "out"
	raises	13
	out	%al, $ENTRY_PORT
	exception "mov cr3"
	raises	13
	mov	%rax, %cr3
	exception "wrmsr"
	raises	13
	wrmsr
	exception "invlpg"
	raises	13
	invlpg	(%rdi)
	exception "load not canonical"
	raises	13
	mov	(%r8), %rax
	exception "selector of nothing"
	mov	$0x53, %eax
	raises	13, 0x50
	mov	%eax, %ds
	exception "selector behind the table"
	mov	$0x8b, %eax
	raises	13, 0x88
	mov	%eax, %es
	exception "selector of the TSS"
	mov	$ENTRY_TSS_SELECTOR, %eax
	raises	13, ENTRY_TSS_SELECTOR
	mov	%eax, %fs
	exception "null SS"
	xor	%eax, %eax
	raises	13
	mov	%eax, %ss
	exception "code as SS"
	mov	$ENTRY_USER_CS, %eax
	raises	13, 0x30
	mov	%eax, %ss
	exception "far return to kernel code"
	push	$ENTRY_KERNEL_CS
	push	%rdi
	raises	13, ENTRY_KERNEL_CS
	lretq
	exception "aligned load"
	lea	1(%rdi), %rax
	raises	13
	movaps	(%rax), %xmm0
	exception "xrstor64 with a bad header"	/* see the test of the same in guest-entry */
	movq	$-1, 512(%rdi)
	mov	$3, %eax
	xor	%edx, %edx
	raises	13, kind=NATIVE		/* #UD where there is no XSAVE */
	xrstor64 (%rdi)

	exception "push, not canonical"
	lea	0x100(%r8), %rsp
	raises	12, kind=NATIVE
	push	%rax
	exception "load by RBP, not canonical"
	mov	%r8, %rbp
	raises	12, kind=NATIVE
	mov	8(%rbp), %rax

	exception "load, nothing there"
	raises	14, 4, SAVE_RSI
	mov	(%rsi), %rax
	exception "store, nothing there"
	raises	14, 6, SAVE_RSI
	mov	%rax, (%rsi)
	exception "fetch, nothing there"
	raises	14, 0x14, SAVE_RSI, AT_CR2
	jmp	*%rsi
	exception "store, read-only"
	raises	14, 7, SAVE_R10
	mov	%rax, (%r10)
	exception "read and write, read-only"
	raises	14, 7, SAVE_R10
	incl	(%r10)
	exception "fetch, not executable"
	raises	14, 0x15, SAVE_R14, AT_CR2
	jmp	*%r14
	exception "load, reserved bit"
	raises	14, 0xd, SAVE_R13, MAYBE_P
	mov	(%r13), %rax
	exception "store, reserved bit"
	raises	14, 0xf, SAVE_R13, MAYBE_P
	mov	%rax, (%r13)
	exception "load, supervisor"
	raises	14, 5, SAVE_R15
	mov	(%r15), %rax
	exception "store, supervisor"
	raises	14, 7, SAVE_R15
	mov	%rax, (%r15)
	exception "fetch, supervisor"
	raises	14, 0x15, SAVE_R15, AT_CR2
	jmp	*%r15
	exception "load, kernel half"
	raises	14, 4, SAVE_R9, FOREIGN
	mov	(%r9), %rax
	exception "store, kernel half"
	raises	14, 6, SAVE_R9, FOREIGN
	mov	%rax, (%r9)
	exception "fetch, kernel half"
	raises	14, 0x14, SAVE_R9, FOREIGN+AT_CR2
	jmp	*%r9
	exception "load, guest-entry"
	raises	14, 5, SAVE_R12
	mov	(%r12), %rax
	exception "store, guest-entry"
	raises	14, 7, SAVE_R12
	mov	%rax, (%r12)
	exception "fetch, guest-entry"
	raises	14, 0x15, SAVE_R12, AT_CR2
	jmp	*%r12

	exception "x87 divide by zero"
	fninit
	movl	$0x37b, (%rdi)		/* not masked */
	fldcw	(%rdi)
	fld1
	fldz
	fdivrp
	raises	16
	fwait
	exception "alignment"
	raises	17, kind=NATIVE, flags=0x40000
	mov	1(%rdi), %eax
	syscall
	exception "SSE divide by zero"
	fninit
	movl	$0x1d80, (%rdi)		/* not masked */
	ldmxcsr	(%rdi)
	mov	$1, %eax
	cvtsi2ss %eax, %xmm0
	xorps	%xmm1, %xmm1
	raises	19, kind=NATIVE
	divss	%xmm1, %xmm0
	syscall
	exception "sgdt"
	raises	13, kind=UMIP
	sgdt	(%rdi)
	syscall

	.pushsection .data.rel.ro.exceptions, "aw", @progbits
	.globl	exceptions_end
exceptions_end:
	.popsection

	.balign 4096
	.globl	user_end
user_end:

	.section .note.GNU-stack, "", @progbits
