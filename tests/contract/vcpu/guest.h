/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guest.h - the tiny kernel of this test: memory, page tables, one vcpu, user
 * code from user.S. It runs on the host and never gives way: what it finds
 * wrong ends the process (check.h), and each case is a process of its own.
 */
#ifndef VCPU_GUEST_H
#define VCPU_GUEST_H

#include <stdint.h>
#include <uml/kvm_probe.h>
#include <uml/vcpu.h>
#include "check.h"
#include "host_cpu.h"

#define PAGE		4096UL
#define MEMORY_GPA	0x10000000UL
#define MEMORY_SIZE	(8UL << 20)
#define REGION_GPA(n)	(0x20000000UL + (n) * 0x100000UL)
#define SPARE_GPA	0x30000000UL	/* for slots of the cases' own */
#define NOTHING_GPA	0x38000000UL	/* in no slot */

/* Page-table bits; all are accessed and dirty from the start */
#define PTE_P		0x001UL
#define PTE_W		0x002UL
#define PTE_U		0x004UL
#define PTE_AD		0x060UL
#define PTE_NX		(1UL << 63)
#define PTE_RESERVED	0x080UL	/* in the root; high address bits are not, with 52 of them */
#define PTE_ADDRESS	0x000ffffffffff000UL
#define PTE_TABLE	(PTE_P | PTE_W | PTE_U | PTE_AD)
#define PTE_DATA	(PTE_TABLE | PTE_NX)
#define PTE_CODE	(PTE_P | PTE_U | PTE_AD)

/* User addresses */
#define USER_CODE	0x400000UL	/* user.S */
#define USER_SCRATCH	0x480000UL	/* code that a case writes */
#define USER_DATA	0x500000UL
#define USER_STACK	0x600000UL	/* the first byte above it */
#define USER_FREE	0x700000UL	/* from here on: the cases' */

#define VECTOR_BP	3
#define VECTOR_OF	4
#define VECTOR_NP	11
#define VECTOR_SS	12
#define VECTOR_AC	17

#define FLAG_TF		0x100UL
#define FLAG_RF		0x10000UL
#define FLAG_AC		0x40000UL
#define FLAGS_PLAIN	0x202UL

/* REG(save, RIP): a register in the save area */
#define REG(save, name)	((save)->gp[(SAVE_##name - SAVE_R15) / 8])
#define REGISTERS	15		/* general ones: gp[0] to gp[14] */

/* CODE(x): user code from the label at_x of user.S on */
#define CODE(name)	(USER_CODE + (at_##name - user_start))
extern const char user_start[], user_end[];

struct guest {
	struct vm vm;
	struct vcpu vcpu;
	char *memory;
	uint64_t used;		/* bytes of it */
	uint64_t root;		/* a page table with the user addresses above */
	uint64_t data, scratch;	/* guest-physical */
};

/* What the probe has found on this host, and the host's kind by name */
extern struct kvm_probe *probe;
extern const char *host;

/* @count rounds here, fewer on a slower host, but not less than @least */
extern unsigned int rounds(unsigned int count, unsigned int least);
extern unsigned int slow;

extern void guest_start(struct guest *g);
extern void guest_vcpu(struct guest *g, struct vcpu *vcpu, unsigned int number);
extern uint64_t page_take(struct guest *g);
extern void *page_at(struct guest *g, uint64_t gpa);

/* A root with only the region in it, and one with all the user addresses */
extern uint64_t root_empty(struct guest *g);
extern uint64_t root_make(struct guest *g);
/* The entry of @address at @level (1: the last, 4: in the root); makes tables. */
extern uint64_t *entry_at(struct guest *g, uint64_t root, uint64_t address, int level);
extern uint64_t entry_gpa(struct guest *g, uint64_t root, uint64_t address, int level);

/* The next run: user code at @address, plain registers, no work */
extern void user_set(struct vcpu *vcpu, uint64_t address);
/* Load CR3 on the next run */
extern void root_set(struct vcpu *vcpu, uint64_t root);
/* Run; it must work. A SYSCALL that stays at CPL 3 is made to look like another. */
extern void user_run(struct vcpu *vcpu);
/* Run to a system call. */
extern void user_call(struct vcpu *vcpu, uint64_t address);
extern void syscall_adjust(struct vcpu *vcpu);

/* Put each register's own pattern into gp[0] to gp[14]; say if they are there. */
extern void registers_fill(struct save_area *save, uint64_t seed);
extern void registers_check(const struct save_area *save, uint64_t seed, uint64_t flip,
			    unsigned int except, const char *what);
#define EXCEPT(name)	(1u << (SAVE_##name - SAVE_R15) / 8)

/* What is printed to standard error from here to stderr_text() */
extern void stderr_catch(void);
extern const char *stderr_text(void);

/**
 * struct native_event - an exception of a process of this host
 * @happened:	it was one; else the code came to its end
 * @vector, @error: of it, @rip: as a user address
 * @end:	where the code ends, from its first byte
 */
struct native_event {
	int happened;
	uint64_t vector, error, rip, end;
};

/* Run the user code that @save is set for (user_set()) as a process of this host. */
extern void native_run(const struct save_area *save, struct native_event *result);

/* Which event, in words */
extern const char *event_name(const struct save_area *save);

extern void case_probe(void);
extern void case_registers(void);
extern void case_flags(void);
extern void case_segments(void);
extern void case_exceptions(void);
extern void case_interrupts(void);
extern void case_step(void);
extern void case_breakpoints(void);
extern void case_movss(void);
extern void case_iret(void);
extern void case_xstate(void);
extern void case_xstate_bad(void);
extern void case_flush_pages(void);
extern void case_flush_root(void);
extern void case_flush_levels(void);
extern void case_table_reuse(void);
extern void case_stale(void);
extern void case_model(void);
extern void case_kick_before(void);
extern void case_kick_loop(void);
extern void case_kick_calls(void);
extern void case_kick_work(void);
extern void case_kick_window(void);
extern void case_kick_thread(void);
extern void case_bad_memory(void);
extern void case_bad_memory_shadow(void);
extern void case_no_memory(void);
extern void case_shutdown(void);
extern void case_abort(void);
extern void case_rights(void);
extern void case_two(void);

#endif
