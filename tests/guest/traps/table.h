/* SPDX-License-Identifier: GPL-2.0 */
/*
 * table.h - what must come out of which instruction. Each row is
 *
 *   TRAP(name, "set-up", "instruction", place (what rdi is),
 *        signo, si_code, si_addr, trap number, error code, rip)
 *
 * TRAP_NOT_TCG rows are those that QEMU's TCG doesn't do right. Error codes of page
 * faults: 1 protection, 2 write, 4 user, 0x10 fetch; for an address in the
 * upper half Linux always says protection (it doesn't tell what is mapped).
 *
 * This is what the manuals say, and what a native run is compared with. Inside
 * ./linux the same has to come out as natively on that host, see native.c.
 */

/* Page faults: nothing there. */
TRAP(read_unmapped, "", "movb (%rdi), %al", UNMAPPED,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 4, HERE)
TRAP(write_unmapped, "", "movb $1, (%rdi)", UNMAPPED,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 6, HERE)
TRAP_NOT_TCG(locked_unmapped, "", "lock incl (%rdi)", UNMAPPED,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 6, HERE)
TRAP(exec_unmapped, "", "jmp *%rdi", UNMAPPED,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 0x14, AT_RDI)
TRAP(read_null, "", "movb (%rdi), %al", NOWHERE,
     SIGSEGV, SEGV_MAPERR, ZERO, 14, 4, HERE)
TRAP(exec_null, "", "jmp *%rdi", NOWHERE,
     SIGSEGV, SEGV_MAPERR, ZERO, 14, 0x14, AT_RDI)
TRAP(read_crossing, "", "movq (%rdi), %rax", CROSSING,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 4, HERE)
TRAP(write_crossing, "", "movq %rax, (%rdi)", CROSSING,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 6, HERE)
TRAP(exec_crossing, "", "jmp *%rdi", CODE_CROSSING,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 0x14, AT_RDI)
TRAP(push_unmapped, "movq %rdi, %rsp", "pushq %rax", STACK_END,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 6, HERE)
TRAP(call_unmapped, "movq %rdi, %rsp", "call .+5", STACK_END,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 6, HERE)

/* Page faults: there, but not allowed. */
TRAP(read_none, "", "movb (%rdi), %al", PAGE_NONE,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 4, HERE)
TRAP(write_none, "", "movb $1, (%rdi)", PAGE_NONE,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 6, HERE)
TRAP(exec_none, "", "jmp *%rdi", PAGE_NONE,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 0x14, AT_RDI)
TRAP(read_none_used, "", "movb (%rdi), %al", PAGE_NONE_USED,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 4, HERE)
TRAP(write_none_used, "", "movb $1, (%rdi)", PAGE_NONE_USED,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 6, HERE)
TRAP(exec_none_used, "", "jmp *%rdi", PAGE_NONE_USED,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 0x14, AT_RDI)
TRAP(write_readonly, "", "movb $1, (%rdi)", PAGE_R,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 6, HERE)
TRAP(write_readonly_used, "", "movb $1, (%rdi)", PAGE_R_USED,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 7, HERE)
TRAP(write_code, "", "movb $1, (%rdi)", PAGE_RX,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 7, HERE)

/* Page faults that need NX. Linux first maps the untouched page as for a read. */
TRAP(exec_readonly, "", "jmp *%rdi", PAGE_R,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 0x15, AT_RDI)
TRAP(exec_readonly_used, "", "jmp *%rdi", PAGE_R_USED,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 0x15, AT_RDI)
TRAP(exec_data, "", "jmp *%rdi", PAGE_RW,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 0x15, AT_RDI)
TRAP(exec_data_used, "", "jmp *%rdi", PAGE_RW_USED,
     SIGSEGV, SEGV_ACCERR, FAULT, 14, 0x15, AT_RDI)

/* Page faults: the upper half; and a file that is too short. */
TRAP(read_kernel, "", "movb (%rdi), %al", KERNEL,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 5, HERE)
TRAP(write_kernel, "", "movb $1, (%rdi)", KERNEL,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 7, HERE)
TRAP(exec_kernel, "", "jmp *%rdi", KERNEL,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 0x15, AT_RDI)
TRAP(read_kernel_text, "", "movb (%rdi), %al", KERNEL_TEXT,
     SIGSEGV, SEGV_MAPERR, FAULT, 14, 5, HERE)
TRAP(read_beyond_file, "", "movb (%rdi), %al", BEYOND_FILE,
     SIGBUS, BUS_ADRERR, FAULT, 14, 4, HERE)
TRAP(write_beyond_file, "", "movb $1, (%rdi)", BEYOND_FILE,
     SIGBUS, BUS_ADRERR, FAULT, 14, 6, HERE)
TRAP(exec_beyond_file, "", "jmp *%rdi", BEYOND_FILE,
     SIGBUS, BUS_ADRERR, FAULT, 14, 0x14, AT_RDI)

/* General protection: addresses, alignment, selectors, vectors. */
TRAP(read_noncanonical, "", "movb (%rdi), %al", NOT_CANONICAL,
     SIGSEGV, SI_KERNEL, ZERO, 13, 0, HERE)
TRAP(write_noncanonical, "", "movb $1, (%rdi)", NOT_CANONICAL,
     SIGSEGV, SI_KERNEL, ZERO, 13, 0, HERE)
TRAP_NOT_TCG(jump_noncanonical, "", "jmp *%rdi", NOT_CANONICAL,
     SIGSEGV, SI_KERNEL, ZERO, 13, 0, HERE)
TRAP_NOT_TCG(return_noncanonical, "pushq %rdi", "ret", NOT_CANONICAL,
     SIGSEGV, SI_KERNEL, ZERO, 13, 0, HERE)
TRAP_NOT_TCG(push_noncanonical, "movq %rdi, %rsp", "pushq %rax", NOT_CANONICAL,
     SIGBUS, SI_KERNEL, ZERO, 12, 0, HERE)
TRAP(movaps_misaligned, "", "movaps (%rdi), %xmm0", DATA_ODD,
     SIGSEGV, SI_KERNEL, ZERO, 13, 0, HERE)
TRAP(load_ds_bad, "movl $0xfff8, %eax", "movl %eax, %ds", NOWHERE,
     SIGSEGV, SI_KERNEL, ZERO, 13, 0xfff8, HERE)
TRAP(load_ss_null, "xorl %eax, %eax", "movl %eax, %ss", NOWHERE,
     SIGSEGV, SI_KERNEL, ZERO, 13, 0, HERE)
TRAP(load_ss_bad, "movl $0xfff8, %eax", "movl %eax, %ss", NOWHERE,
     SIGSEGV, SI_KERNEL, ZERO, 13, 0xfff8, HERE)
TRAP(far_jump_kernel, "movabsq $0x10 << 32, %rax; pushq %rax", "ljmp *(%rsp)",
     NOWHERE, SIGSEGV, SI_KERNEL, ZERO, 13, 0x10, HERE)
TRAP_NOT_TCG(int_0x21, "", "int $0x21", NOWHERE,
     SIGSEGV, SI_KERNEL, ZERO, 13, 0x21 * 8 + 2, HERE)
TRAP_NOT_TCG(int_13, "", "int $13", NOWHERE,
     SIGSEGV, SI_KERNEL, ZERO, 13, 13 * 8 + 2, HERE)
TRAP_NOT_TCG(int_14, "", "int $14", NOWHERE,
     SIGSEGV, SI_KERNEL, ZERO, 13, 14 * 8 + 2, HERE)
TRAP(int_4, "", "int $4", NOWHERE,
     SIGSEGV, SI_KERNEL, ZERO, 4, 0, NEXT)

/* General protection: instructions of the kernel. */
#define PRIVILEGED(id, setup, insn) \
	TRAP(id, setup, insn, DATA, SIGSEGV, SI_KERNEL, ZERO, 13, 0, HERE)
PRIVILEGED(hlt, "", "hlt")
PRIVILEGED(cli, "", "cli")
PRIVILEGED(sti, "", "sti")
PRIVILEGED(in, "", "inb $0x80, %al")
PRIVILEGED(in_dx, "movl $0x3f8, %edx", "inl %dx, %eax")
PRIVILEGED(out, "", "outb %al, $0x80")
PRIVILEGED(outs, "movl $0x3f8, %edx; movq %rdi, %rsi", "outsb")
PRIVILEGED(lgdt, "", "lgdt (%rdi)")
PRIVILEGED(lidt, "", "lidt (%rdi)")
PRIVILEGED(lldt, "xorl %eax, %eax", "lldt %ax")
PRIVILEGED(ltr, "movl $0x40, %eax", "ltr %ax")
PRIVILEGED(lmsw, "movl $1, %eax", "lmsw %ax")
PRIVILEGED(clts, "", "clts")
PRIVILEGED(invlpg, "", "invlpg (%rdi)")
PRIVILEGED(wbinvd, "", "wbinvd")
PRIVILEGED(read_cr0, "", "movq %cr0, %rax")
PRIVILEGED(read_cr3, "", "movq %cr3, %rax")
PRIVILEGED(write_cr0, "xorl %eax, %eax", "movq %rax, %cr0")
PRIVILEGED(write_cr3, "xorl %eax, %eax", "movq %rax, %cr3")
PRIVILEGED(write_cr4, "xorl %eax, %eax", "movq %rax, %cr4")
PRIVILEGED(write_cr8, "xorl %eax, %eax", "movq %rax, %cr8")
PRIVILEGED(read_dr7, "", "movq %dr7, %rax")
PRIVILEGED(write_dr0, "xorl %eax, %eax", "movq %rax, %dr0")
PRIVILEGED(rdmsr, "movl $0xc0000080, %ecx", "rdmsr")
PRIVILEGED(wrmsr, "movl $0xc0000080, %ecx; xorl %eax, %eax; xorl %edx, %edx",
	   "wrmsr")
PRIVILEGED(swapgs, "", "swapgs")
PRIVILEGED(sysret, "xorl %ecx, %ecx", "sysretq")

/* Arithmetic; invalid opcodes. */
TRAP(div_zero, "xorl %ecx, %ecx", "divl %ecx", NOWHERE,
     SIGFPE, FPE_INTDIV, HERE, 0, 0, HERE)
TRAP(div_overflow, "movl $0x80000000, %eax; cltd; movl $-1, %ecx", "idivl %ecx",
     NOWHERE, SIGFPE, FPE_INTDIV, HERE, 0, 0, HERE)
TRAP(ud2, "", "ud2", NOWHERE,
     SIGILL, ILL_ILLOPN, HERE, 6, 0, HERE)
TRAP(lock_nop, "", ".byte 0xf0, 0x90", NOWHERE,
     SIGILL, ILL_ILLOPN, HERE, 6, 0, HERE)
TRAP(push_es, "", ".byte 0x06", NOWHERE,
     SIGILL, ILL_ILLOPN, HERE, 6, 0, HERE)
TRAP(into, "", ".byte 0xce", NOWHERE,
     SIGILL, ILL_ILLOPN, HERE, 6, 0, HERE)

/* Breakpoints and single-step: rip is behind the instruction. */
TRAP(int3, "", "int3", NOWHERE,
     SIGTRAP, SI_KERNEL, ZERO, 3, 0, NEXT)
TRAP(int_3, "", ".byte 0xcd, 3", NOWHERE,
     SIGTRAP, SI_KERNEL, ZERO, 3, 0, NEXT)
/* a trap by the manuals; on some hosts of AMD CPUs rip stays at it */
TRAP_NOT_TCG(int1, "", ".byte 0xf1", NOWHERE,
     SIGTRAP, TRAP_BRKPT, EITHER, 1, 0, EITHER)
TRAP(step, "pushfq; orl $0x100, (%rsp); popfq", "nop", NOWHERE,
     SIGTRAP, TRAP_TRACE, NEXT, 1, 0, NEXT)

/* Alignment check. */
#define SET_AC "pushfq; orl $0x40000, (%rsp); popfq"
TRAP_NOT_TCG(read_misaligned, SET_AC, "movl (%rdi), %eax", DATA_ODD,
     SIGBUS, BUS_ADRALN, ZERO, 17, 0, HERE)
TRAP_NOT_TCG(write_misaligned, SET_AC, "movw %ax, (%rdi)", DATA_ODD,
     SIGBUS, BUS_ADRALN, ZERO, 17, 0, HERE)

/* x87: an operation with one exception unmasked, reported by fwait. */
#define X87(kind, id, control, operation, si_code) \
	kind(id, "fninit; pushq $" control "; fldcw (%rsp); " operation, "fwait", \
	     DATA, SIGFPE, si_code, HERE, 16, 0, HERE)
X87(TRAP, x87_invalid, "0x37e", "fldz; fldz; fdiv %st(1), %st", FPE_FLTINV)
X87(TRAP_NOT_TCG, x87_stack, "0x37e",
    "fld1; fld1; fld1; fld1; fld1; fld1; fld1; fld1; fld1", FPE_FLTINV)
X87(TRAP_NOT_TCG, x87_denormal, "0x37d", "pushq $1; fldl (%rsp)", FPE_FLTUND)
X87(TRAP, x87_div_zero, "0x37b", "fldz; fld1; fdiv %st(1), %st", FPE_FLTDIV)
#define POWER(n) "pushq $" n "; fildl (%rsp); fld1; fscale; " /* 2 ^ n */
X87(TRAP, x87_overflow, "0x377", POWER("0x3f00") "fmul %st(0), %st", FPE_FLTOVF)
X87(TRAP, x87_underflow, "0x36f", POWER("-0x3f00") "fmul %st(0), %st",
    FPE_FLTUND)
X87(TRAP, x87_precision, "0x35f",
    "pushq $3; fildl (%rsp); fld1; fdiv %st(1), %st", FPE_FLTRES)

/* SSE: the operation itself traps. xmm0 = first number, xmm1 = second. */
#define SSE(id, mxcsr, first, second, insn, si_code) \
	TRAP_NOT_TCG(id, "pushq $" mxcsr "; ldmxcsr (%rsp); " \
		     "movabsq $" first ", %rax; movq %rax, %xmm0; " \
		     "movabsq $" second ", %rax; movq %rax, %xmm1", insn, \
		     DATA, SIGFPE, si_code, HERE, 19, 0, HERE)
#define ONE "0x3ff0000000000000"
#define HUGE_NUMBER "0x7fe0000000000000"
#define TINY_NUMBER "0x0010000000000000"
#define DENORMAL "1"
SSE(sse_invalid, "0x1f00", "0", "0", "divsd %xmm1, %xmm0", FPE_FLTINV)
SSE(sse_denormal, "0x1e80", ONE, DENORMAL, "addsd %xmm1, %xmm0", FPE_FLTUND)
SSE(sse_div_zero, "0x1d80", ONE, "0", "divsd %xmm1, %xmm0", FPE_FLTDIV)
SSE(sse_overflow, "0x1b80", HUGE_NUMBER, HUGE_NUMBER, "mulsd %xmm1, %xmm0",
    FPE_FLTOVF)
SSE(sse_underflow, "0x1780", TINY_NUMBER, TINY_NUMBER, "mulsd %xmm1, %xmm0",
    FPE_FLTUND)
SSE(sse_precision, "0x0f80", ONE, "0x4008000000000000", "divsd %xmm1, %xmm0",
    FPE_FLTRES)
