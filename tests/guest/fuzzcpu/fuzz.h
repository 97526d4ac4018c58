/* SPDX-License-Identifier: GPL-2.0 */
/* fuzz.h - cases, their outcomes, and who makes, runs and compares them. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stdint.h>

#include "rng.h"

#define PAGE 4096ul

/*
 * The pages that a case has, always at the same addresses, with nothing beside
 * them: code (two pages), data, stack. Above 4 GiB, so that code that got into a
 * 32-bit segment faults, and below the 512 GiB that the skas backend has.
 */
#define CODE  0x500010000ul
#define DATA  0x500020000ul
#define STACK 0x500030000ul
#define CODE_SIZE (2 * PAGE)
#define CODE_ROOM 32		/* bytes of a case; the rest is INT 3 */
#define DATA_SPOT 0x800		/* where a case's own words are in DATA */
#define WORDS	  16

enum reg {
	RAX, RBX, RCX, RDX, RSI, RDI, RBP, RSP,
	R8, R9, R10, R11, R12, R13, R14, R15, REGS
};

/* In the order of IRETQ's frame; engine.S knows the offsets. */
struct state {
	uint64_t rip, cs, flags, rsp, ss;
	uint64_t reg[REGS];	/* reg[RSP] isn't used */
};

enum way { RUN, SIGRETURN, SETREGS };

struct fuzz_case {
	enum way way;
	const char *class;
	struct state state;
	unsigned int at;		/* where in the code pages it starts */
	unsigned int size;
	uint8_t code[CODE_ROOM];
	uint64_t data[WORDS];		/* at DATA_SPOT */
	uint64_t stack[WORDS];		/* at the stack pointer, if it is good */
	bool bad_frame;			/* SIGRETURN: break the FP state, too */
};

/* How a case ends: by a signal; never; by the death of the process. */
enum end { NOT_RUN, SIGNAL, LOOP, DEATH };

struct outcome {
	uint16_t end, signo;
	int16_t si_code;
	uint16_t trapno;
	uint32_t err;
	uint32_t segments;	/* a hash of selectors and bases */
	uint64_t addr, rip, flags;
	uint64_t regs;		/* a hash of the general registers */
	uint64_t memory;	/* ... of data and stack */
};

/* Shared by the process that runs cases and the one that watches it. */
struct shared {
	volatile long current;
	volatile uint32_t canary_bad;
	struct outcome outcome[];
};

extern struct shared *shared;
extern uint64_t seed;
extern long random_cases;

/* gen.c: the cases; the same seed and number give the same case. */
long cases_count(void);
void case_make(struct fuzz_case *c, long nr);

/* run.c */
void run_init(void);
void run_from(void *first);	/* all cases from *(long *)first on */
void case_prepare(const struct fuzz_case *c);
uint64_t hash_words(uint64_t hash, const void *words, unsigned int count);
void harmless(void);	/* no system call that isn't ours does anything */
int outcome_same(const struct outcome *a, const struct outcome *b);

/* setregs.c */
void setregs_run(long first, long last);

/* known.c: why this difference is known, or NULL */
const char *known_reason(const struct fuzz_case *c, const struct outcome *native,
			 const struct outcome *here);

/* engine.S */
void engine_run(void);
void engine_sigreturn(void *frame);
void engine_entry(int signo);
void engine_out(void);
extern struct state engine_state;
extern uint64_t engine_sp, engine_fsbase, engine_has_fsgsbase;
extern volatile uint32_t engine_in_case;
extern uint64_t engine_selectors[4], engine_bases[2];
extern uint8_t engine_xstate[];
extern const char engine_start[], engine_end[];

#endif
