/* SPDX-License-Identifier: GPL-2.0 */
#ifndef COREDUMP_H
#define COREDUMP_H

/* What the general registers hold: this plus their place in user_regs_struct */
#define CRASH 0xc0de0123456789a0
#define SPIN  0xfeed0123456789a0

#ifndef __ASSEMBLER__
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "check.h"

#define GENERAL 15 /* general registers without rsp */
#define VECTORS 16

/* crash.S */
void crash_now(const void *vectors, int avx, void *bad) __attribute__((noreturn));
void spin_now(const void *vectors, int avx) __attribute__((noreturn));
extern char crash_ip[], spin_begin[], spin_end[];
extern unsigned long crash_sp;
extern volatile int spin_ready;

/* core.c: a core file in memory */
struct core {
	const char *data;
	size_t size;
	const Elf64_Phdr *phdr;
	int segments;
};

struct note {
	uint32_t type;
	uint32_t size;
	const void *data;
};

void core_load(struct core *core, const char *path);
void core_free(struct core *core);
int core_note(const struct core *core, uint32_t type, int which, struct note *note);
const void *core_memory(const struct core *core, const void *addr, size_t size);

/* What the victim tells its parent */
struct told {
	volatile int tid;	/* of the thread that spins */
	uint64_t *stack_word;	/* is on the stack and holds STACK_WORD */
};

#define STACK_WORD 0x57ac57ac57ac57ac

/* victim.c: the process that dies. The parent has the same memory before. */
struct victim {
	char *private, *shared, *closed, *not_dumped; /* a page each */
	char *bad;				      /* where it faults */
	char vectors[2][VECTORS][32];		      /* of crash_now, spin_now */
	int avx;
	struct told *told;
};

void victim_prepare(struct victim *v);
void victim_body(void *arg);

/* registers.c */
void registers_check(const struct core *core, const struct victim *v, pid_t pid);

#endif
#endif
