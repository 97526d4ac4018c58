/* SPDX-License-Identifier: GPL-2.0 */
/*
 * probe.h - the guest that the probe runs: one page of code, some of data.
 */
#ifndef UML_OS_KVM_PROBE_H
#define UML_OS_KVM_PROBE_H

#include <uml/vcpu.h>

#define PROBE_CODE	0x400000UL
#define PROBE_DATA	0x700000UL
#define PROBE_HOLE	0x701000UL
#define PROBE_TAG(n)	(0x70616765UL + (n))	/* what page n holds */
#define PROBE_PAGES	16

struct probe_guest {
	struct vm vm;
	struct vcpu vcpu;
	char *memory;
	uint64_t used;		/* bytes of it */
	uint64_t root, code;	/* guest-physical */
	uint64_t page[2];
	uint64_t flags;		/* RFLAGS bits that user code starts with */
};

extern int guest_make(struct probe_guest *g);
extern void guest_destroy(struct probe_guest *g);
extern void guest_map(struct probe_guest *g, uint64_t address, uint64_t page);
/* The guest-physical address of the page-table entry of @address. */
extern uint64_t guest_entry_gpa(struct probe_guest *g, uint64_t address);
/* Run user code from its start; the registers in the save area are its own. */
extern int guest_code_run(struct probe_guest *g, const uint8_t *code, unsigned int size,
			  unsigned int work);
extern void guest_xstate_fill(struct probe_guest *g);
/* Nanoseconds of a system call under PTRACE_SYSEMU, 0: it can't be measured. */
extern unsigned long ptrace_cost(void);

#endif
