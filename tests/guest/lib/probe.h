/* SPDX-License-Identifier: GPL-2.0 */
/*
 * probe.h - touch one address and learn whether that faulted, and how.
 *
 * A probe names the address where the program goes on after a fault; the
 * handler of SIGSEGV and SIGBUS puts that into rip. A fault while no probe is
 * on is a bug (of the machine or of the test) and ends the program as failed.
 */
#ifndef TESTS_PROBE_H
#define TESTS_PROBE_H

#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

/* The result of a probe: 0, or which signal came with which si_code. */
#define PROBE_RESULT(signo, code) ((signo) << 16 | ((code) & 0xffff))
#define PROBE_OK     0
#define PROBE_MAPERR PROBE_RESULT(SIGSEGV, SEGV_MAPERR)
#define PROBE_ACCERR PROBE_RESULT(SIGSEGV, SEGV_ACCERR)
#define PROBE_BUS    PROBE_RESULT(SIGBUS, BUS_ADRERR)

#define PROBE_ALTSTACK 65536 /* AMX state alone takes 8 KiB of a frame */

struct probe_state {
	unsigned long resume; /* 0: no probe is on */
	unsigned long sp;     /* rsp to go on with; 0: leave it */
	unsigned long addr;   /* si_addr of the last fault */
	unsigned long ip;     /* rip of the last fault */
	int result;
};

/* weak: one for all files of a program */
__attribute__((weak)) __thread volatile struct probe_state probe_state;

static inline const char *probe_name(int result)
{
	static __thread char text[40];

	switch (result) {
	case PROBE_OK:
		return "no fault";
	case PROBE_MAPERR:
		return "SIGSEGV, SEGV_MAPERR";
	case PROBE_ACCERR:
		return "SIGSEGV, SEGV_ACCERR";
	case PROBE_BUS:
		return "SIGBUS, BUS_ADRERR";
	}
	snprintf(text, sizeof(text), "signal %d, si_code %d", result >> 16,
		 (int16_t)result);
	return text;
}

static inline void probe_handle(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *regs = uc->uc_mcontext.gregs;

	if (!probe_state.resume)
		FAIL("signal %d, si_code %d, si_addr %p, rip %#llx, not expected",
		     signo, info->si_code, info->si_addr, regs[REG_RIP]);
	probe_state.addr = (unsigned long)info->si_addr;
	probe_state.ip = regs[REG_RIP];
	probe_state.result = PROBE_RESULT(signo, info->si_code);
	regs[REG_RIP] = probe_state.resume;
	if (probe_state.sp)
		regs[REG_RSP] = probe_state.sp;
	probe_state.resume = 0;
}

/* Once per thread that probes; a fork()ed child has it already. */
static inline void probe_init(void)
{
	struct sigaction action = {
		.sa_sigaction = probe_handle,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	stack_t stack = { .ss_size = PROBE_ALTSTACK };

	stack.ss_sp = mmap(NULL, PROBE_ALTSTACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(stack.ss_sp != MAP_FAILED, "%s", strerror(errno));
	CHECK_SYS(sigaltstack(&stack, NULL));
	CHECK_SYS(sigaction(SIGSEGV, &action, NULL));
	CHECK_SYS(sigaction(SIGBUS, &action, NULL));
}

/* Load one byte. */
static inline int probe_read(const volatile void *addr)
{
	unsigned char byte;

	probe_state.result = PROBE_OK;
	probe_state.sp = 0;
	asm volatile("lea 1f(%%rip), %%rax\n\t"
		     "mov %%rax, %[resume]\n\t"
		     "movb (%[addr]), %%al\n"
		     "1:\tmovb %%al, %[byte]"
		     : [byte] "=r"(byte), [resume] "=m"(probe_state.resume)
		     : [addr] "r"(addr)
		     : "rax", "memory");
	probe_state.resume = 0;
	return probe_state.result;
}

/* Store a word: for memory whose contents do not matter, or must become this. */
static inline int probe_store(volatile void *addr, uint64_t value)
{
	probe_state.result = PROBE_OK;
	probe_state.sp = 0;
	asm volatile("lea 1f(%%rip), %%rax\n\t"
		     "mov %%rax, %[resume]\n\t"
		     "movq %[value], (%[addr])\n"
		     "1:"
		     : [resume] "=m"(probe_state.resume)
		     : [addr] "r"(addr), [value] "r"(value)
		     : "rax", "memory");
	probe_state.resume = 0;
	return probe_state.result;
}

/*
 * Add 0 to one byte: needs the right to write, changes nothing. (QEMU's TCG
 * loads the byte before it looks for the right to write: where a read would
 * fault in another way, use probe_store.)
 */
static inline int probe_write(volatile void *addr)
{
	probe_state.result = PROBE_OK;
	probe_state.sp = 0;
	asm volatile("lea 1f(%%rip), %%rax\n\t"
		     "mov %%rax, %[resume]\n\t"
		     "lock addb $0, (%[addr])\n"
		     "1:"
		     : [resume] "=m"(probe_state.resume)
		     : [addr] "r"(addr)
		     : "rax", "memory", "cc");
	probe_state.resume = 0;
	return probe_state.result;
}

/*
 * Call the code at addr, which must return soon and keep the registers that
 * the ABI says; *value gets what it left in rax.
 */
static inline int probe_call(const volatile void *addr, unsigned long *value)
{
	unsigned long rax = (unsigned long)addr;

	probe_state.result = PROBE_OK;
	asm volatile("lea -128(%%rsp), %%rsp\n\t" /* keep off the red zone */
		     "mov %%rsp, %[sp]\n\t"
		     "lea 1f(%%rip), %%rcx\n\t"
		     "mov %%rcx, %[resume]\n\t"
		     "call *%%rax\n"
		     "1:\tlea 128(%%rsp), %%rsp"
		     : "+a"(rax), [sp] "=m"(probe_state.sp),
		       [resume] "=m"(probe_state.resume)
		     :
		     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
		       "memory", "cc");
	probe_state.resume = 0;
	if (value)
		*value = rax;
	return probe_state.result;
}

/* After a probe that faulted: si_addr must have been this. */
static inline int probe_addr_is(const volatile void *addr)
{
	return probe_state.addr == (unsigned long)addr;
}

/* A probe of this kind (read, write) of addr must end like `wanted`. */
#define PROBE_CHECK(kind, address, wanted, what) \
	do { \
		volatile void *addr_ = (volatile void *)(address); \
		int seen_ = probe_##kind(addr_), wanted_ = (wanted); \
		if (seen_ != wanted_) { \
			char name_[40]; \
			snprintf(name_, sizeof(name_), "%s", probe_name(wanted_)); \
			FAIL("%s: " #kind " %p: %s, should be %s", (what), addr_, \
			     probe_name(seen_), name_); \
		} \
		if (seen_ && !probe_addr_is(addr_)) \
			FAIL("%s: " #kind " %p: si_addr is %#lx", (what), addr_, \
			     probe_state.addr); \
	} while (0)

#endif
