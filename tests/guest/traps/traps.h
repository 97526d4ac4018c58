/* SPDX-License-Identifier: GPL-2.0 */
/* traps.h - run a few instructions, see which signal comes out of them. */
#ifndef TRAPS_H
#define TRAPS_H

#include <signal.h>
#include <stdint.h>

/* What rdi points to when the instructions run, and the address that faults. */
enum place {
	NOWHERE,	/* 0 */
	DATA,		/* a page with data, aligned */
	DATA_ODD,	/* the same page + 1 */
	UNMAPPED,
	PAGE_NONE,	/* PROT_NONE, never touched */
	PAGE_NONE_USED,	/* PROT_NONE, was read and written before */
	PAGE_R,		/* PROT_READ, never touched */
	PAGE_R_USED,	/* PROT_READ, has been read */
	PAGE_RX,	/* code */
	PAGE_RW,	/* PROT_READ|WRITE, never touched */
	PAGE_RW_USED,	/* has been written */
	BEYOND_FILE,	/* second page of a shared mapping of a 1-page file */
	KERNEL,		/* an address of the upper half */
	KERNEL_TEXT,	/* the same, where a kernel's text is usually */
	NOT_CANONICAL,
	CROSSING,	/* 4 bytes before an unmapped page, faults in that */
	CODE_CROSSING,	/* an instruction that goes on in an unmapped page */
	STACK_END,	/* rsp, faults 8 bytes below */
	PLACES
};

/* What si_addr must be, and what rip. */
enum where {
	ZERO,
	FAULT,		/* the address that faults */
	HERE,		/* the instruction */
	NEXT,		/* behind the instruction */
	AT_RDI,		/* what rdi had */
	EITHER,		/* HERE or NEXT, as rip: CPUs differ */
};

struct trap {
	const char *name;
	void (*code)(uint64_t rdi);	/* the set-up, then the instruction */
	const char *here, *next;	/* the instruction, and its end */
	enum place place;
	int signo, si_code;
	enum where addr;
	int trapno;
	int err;
	enum where rip;
	int not_tcg;			/* QEMU's TCG does something else */
};

extern const struct trap traps[];
extern const int trap_count;

/* What of a signal is compared; an address by its value, and a word of its own. */
enum {
	VALUE_SIGNO, VALUE_CODE, VALUE_ADDR, VALUE_TRAPNO, VALUE_ERR, VALUE_RIP, VALUES
};
extern const char *const value_names[VALUES];

/* main.c: of the last signal caught; by the table; of a word for an address */
void values_caught(uint64_t *values);
void values_table(const struct trap *trap, uint64_t *values);
uint64_t where_address(const struct trap *trap, enum where where);

/* native.c: print what each row gives on this machine, for its run inside */
void native_record(void);
/* native.c: what the same program has seen directly on the host; 0: no recording */
int native_values(const struct trap *trap, uint64_t *values);

/* The last signal that trap_run caught; signo 0: there was none. */
struct caught {
	int signo, si_code;
	uint64_t addr;
	uint64_t trapno, err, cr2, rip, flags, rcx, rdi;
	uint16_t fsw;
	uint32_t mxcsr;
};
extern volatile struct caught caught;

/* Called at each trap when set: 0 means go on after the signal. */
extern int (*caught_hook)(uint64_t *gregs);

/* traps.S: code(rdi), until it returns or a signal is caught. */
void trap_run(void (*code)(uint64_t), uint64_t rdi);
void trap_resume(void);
void trap_entry(int signo);
extern uint64_t trap_rsp;

/* extra.c */
void test_steps(void);
void test_string(void);
void test_status_words(void);
void test_deaths(void);

const struct trap *trap_find(const char *name);

/* In the process that uses them: a fork need not copy what is mapped. */
void places_set_up(void);
uint64_t place_rdi(enum place place);

#endif
