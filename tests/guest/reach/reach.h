/* SPDX-License-Identifier: GPL-2.0 */
/* reach.h - one access, or one instruction, and what came of it. */
#ifndef REACH_H
#define REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "maps.h"

#define PAGE 4096ul
#define GIB  (1ul << 30)
#define PML4_SIZE (1ul << 39)
#define USER_END  0x00007ffffffff000ul /* Linux keeps the last page unused */
#define HALF	  0x0000800000000000ul
#define KERNEL_START 0xffff800000000000ul

enum access { READ, WRITE, EXEC, ACCESSES };

/* signo 0: nothing happened. What a page fault's error code says */
#define PF_PRESENT 1
#define PF_WRITE   2
#define PF_USER	   4
#define PF_FETCH   16

#define REGS 15	/* without rsp: rax rbx rcx rdx rsi rdi rbp r8 .. r15 */

struct outcome {
	int signo, si_code;
	uint64_t addr, rip;
	int trapno;
	uint64_t err;
	uint64_t regs[REGS], flags;
};

extern volatile struct outcome outcome;

/* probe.S: the access; returns when it is done or has faulted. */
void probe_read_byte(uint64_t addr);
void probe_write_byte(uint64_t addr);	/* stores the code of INT 3 */
void probe_execute(uint64_t addr);	/* jumps there; does not come back if it runs */
/* Jumps to `code` with a pattern in all registers but rsp, which stays. */
void probe_code(const void *code);
extern const char probe_read_here[], probe_write_here[], probe_execute_here[];
void probe_out(void);
void probe_entry(int signo);
extern uint64_t probe_sp, probe_pattern[REGS];

/* main.c */
void access_try(uint64_t addr, enum access access);
void access_refused(uint64_t addr, enum access access, const char *what);

/* privileged.c */
void test_privileged(void);

#endif
