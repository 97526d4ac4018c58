/* SPDX-License-Identifier: GPL-2.0 */
/*
 * regs.h - the register image that regs.S loads and stores. The order is that
 * of the instruction encoding; the numbers are byte offsets.
 */
#ifndef REGS_H
#define REGS_H

#define R_RAX   0
#define R_RCX   8
#define R_RDX   16
#define R_RBX   24
#define R_RSP   32
#define R_RBP   40
#define R_RSI   48
#define R_RDI   56
#define R_R8    64
#define R_R9    72
#define R_R10   80
#define R_R11   88
#define R_R12   96
#define R_R13   104
#define R_R14   112
#define R_R15   120
#define R_FLAGS 128

/* Where the event_load, event_store and event_exec instructions touch memory. */
#define EVENT_PAGE 0x10000000

#ifndef __ASSEMBLER__

#include <stdint.h>

#define REGS_COUNT 17

union regs {
	uint64_t r[REGS_COUNT];
	struct {
		uint64_t rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi;
		uint64_t r8, r9, r10, r11, r12, r13, r14, r15, flags;
	};
};

_Static_assert(sizeof(union regs) == R_FLAGS + 8, "regs.S uses R_FLAGS");

extern union regs regs_in, regs_out;

/* Load regs_in, make the event happen, store everything in regs_out. */
void regs_run(void (*event)(void));

void event_syscall(void);	/* syscall */
void event_load(void);		/* rax = 8 bytes at EVENT_PAGE */
void event_store(void);		/* byte at EVENT_PAGE = 1 */
void event_exec(void);		/* jump to EVENT_PAGE, code there jumps on */
void event_spin(void);		/* jump to itself, until rip += 2 */
void event_wait(void);		/* until *wait_word != 0; rcx = that value */
void event_trap(void);		/* int3; the handler returns behind it */
void event_ud2(void);		/* ud2, until rip += 2 */
void regs_store(void);		/* the code at EVENT_PAGE jumps here */

extern uint64_t *wait_word;

/* Four flag patterns: pattern(n) has the flags of number n % PATTERNS. */
#define PATTERNS 4
union regs regs_pattern(unsigned int seed);

/* A pattern that a handler may put in the frame of code that ran with `in`. */
union regs regs_change(unsigned int seed, const union regs *in);

/* Fail unless got == want; `ignore` is a set of BIT(R_...). */
#define BIT(offset) (1u << ((offset) / 8))
void regs_compare(const char *what, const union regs *want,
		  const union regs *got, unsigned int ignore);

/* Run one event: afterwards everything is as before but what `ignore` names. */
void regs_keep(const char *what, void (*event)(void), const union regs *in,
	       unsigned int ignore);

/* What the signal handler shall do. */
struct plan {
	int runs;		/* so far */
	void (*at)(void);	/* don't count runs at another rip, if set */
	int wanted;		/* act at this run, else just return */
	int skip;		/* bytes to add to rip then */
	int write_fd;		/* write a byte there then, if >= 0 */
	int unprotect;		/* make EVENT_PAGE accessible then */
	const union regs *change;	/* put these in the frame then */
};
extern volatile struct plan plan;
extern union regs seen;		/* in the last frame up to the wanted run */

void plan_set(int wanted, int skip);

/* The handler ran `runs` times, was started as the ABI says, and saw `in`. */
void plan_check(const char *what, const union regs *in, int runs,
		unsigned int ignore);

void signals_set_up(void);

/* Signal handler: runs handler_c with AC off, then clobbers all registers. */
void handler_entry(int signo);
extern uint64_t handler_entry_flags;

#endif
#endif
