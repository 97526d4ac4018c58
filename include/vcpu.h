/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vcpu.h - a virtual CPU that runs guest-entry, and the loop around KVM_RUN.
 * Host objects only. One host thread owns a vcpu.
 */
#ifndef UML_VCPU_H
#define UML_VCPU_H

#include <stdint.h>
#include <uml/save_area.h>
#include <uml/vm.h>
#include <uml/exits.h>

struct kvm_run;

/**
 * struct vcpu_features - what the CPU under this KVM does; found out, not named
 * @xcr0:	extended state that user code can use; 0: no XSAVE, FXSAVE only
 * @xstate_size: bytes of an area with all of it
 * @fsgsbase, @smep, @umip: CR4 has them
 * @native_cpl3: user code runs on the host's CPU as it is and can do more than
 *		KVM's CPUID says
 * @breakpoints: debug registers work
 * @selectors:	DS and ES of user code are what guest-entry loads
 * @flag_nt:	so is the flag NT
 * @gp_faults:	an SSE operand that is not aligned gives #GP
 * @int_faults:	INT n faults where there is no gate
 * @tsc_denied, @cpuid_denied: RDTSC and CPUID can be made to fault
 * @tsc_aligned: the guest reads the TSC that the host reads
 * @address_bits: width of a guest-physical address
 * @xsave_cpl0:	XSAVE and XRSTOR work at CPL 0, so guest-entry switches it
 * @syscall_faults: SYSCALL does not leave CPL 3: it shows as the page fault of
 *		fetching the entry code
 * @shadow_paging: what the process writes to a page table that is in use is not
 *		seen before the guest itself stores to that table
 */
struct vcpu_features {
	uint64_t xcr0;
	uint32_t xstate_size;
	uint8_t address_bits;
	uint8_t fsgsbase;
	uint8_t smep;
	uint8_t umip;
	uint8_t tsc_aligned;
	uint8_t native_cpl3;
	uint8_t breakpoints;
	uint8_t selectors;
	uint8_t flag_nt;
	uint8_t int_faults;
	uint8_t tsc_denied;
	uint8_t cpuid_denied;
	uint8_t gp_faults;
	uint8_t xsave_cpl0;
	uint8_t syscall_faults;
	uint8_t shadow_paging;
};

/**
 * struct vcpu - a virtual CPU
 * @vm:		its machine
 * @fd, @run, @run_size: the descriptor and its shared pages
 * @region:	the memory behind its region (save_area.h), @region_gpa: its
 *		guest-physical address, @region_gva: its address in the guest
 * @save:	the save area in it
 * @root:	the CR3 that is loaded
 * @quiet:	print no report when it can't go on
 * @denied:	DENY_* that are in force
 * @kicked:	KVM_INTERRUPT was called and its vector has not come yet
 */
struct vcpu {
	struct vm *vm;
	int fd;
	struct kvm_run *run;
	uint32_t run_size;
	char *region;
	uint64_t region_gpa;
	uint64_t region_gva;
	struct save_area *save;
	uint64_t root;
	unsigned int denied;
	int kicked;
	int quiet;
	struct vcpu_features features;
	uint64_t counts[EXIT_KINDS];
};

/**
 * vcpu_create() - a vcpu that stands at guest-entry's `enter`
 * @vm:		its machine; gets a slot for the region
 * @number:	its number, from 0
 * @gpa:	free guest-physical addresses for the region
 * @known:	what the probe found out, or NULL: what CPUID says is assumed
 *
 * 0 or -errno with vm->why.
 */
extern int vcpu_create(struct vcpu *vcpu, struct vm *vm, unsigned int number,
		       uint64_t gpa, const struct vcpu_features *known);
extern void vcpu_destroy(struct vcpu *vcpu);

/**
 * vcpu_run() - let the vcpu do what its save area says, until guest-entry
 *		leaves the guest
 *
 * A signal of this thread ends user code: it is interrupted at any instruction,
 * and the save area then says ENTRY_VECTOR_KICK. For the caller to lose no
 * wakeup: clear the kick (vcpu_kick_clear()), then check for work, then call.
 *
 * 0: the save area tells what happened. -EFAULT: the host could not back a page
 * that user code touched; the save area has its registers as after a kick, and
 * if it is run again the access is tried again. Other errors: the vcpu can't go
 * on, it has been reported.
 */
extern int vcpu_run(struct vcpu *vcpu);

/**
 * vcpu_rights_set() - have DENY_* (user_abilities.h) in force, and nothing else denied
 *
 * 0 or -errno: this KVM can't, which features say beforehand.
 */
extern int vcpu_rights_set(struct vcpu *vcpu, unsigned int denied);

/* Vectors of the SDM, volume 3, table 6-1, that need more than to be passed on */
#define VECTOR_DB	1
#define VECTOR_NMI	2
#define VECTOR_UD	6
#define VECTOR_DF	8
#define VECTOR_GP	13
#define VECTOR_PF	14
#define VECTOR_MC	18

/* Was the last event a page fault of fetching the entry code for system calls? */
extern int vcpu_entry_fetched(const struct vcpu *vcpu);

/*
 * Where SYSCALL does not leave CPL 3: is this event the page fault of fetching the
 * entry code, that is, a system call? RCX and R11 are as after SYSCALL.
 */
extern int vcpu_syscall_faulted(const struct vcpu *vcpu);

/* Async-signal-safe: the next or present KVM_RUN ends soon. */
extern void vcpu_kick(struct vcpu *vcpu);
extern void vcpu_kick_clear(struct vcpu *vcpu);

/**
 * vcpu_report() - print the state of a vcpu that can't go on to standard error
 */
extern void vcpu_report(struct vcpu *vcpu, const char *what);

/* The same after NMI, #DF or #MC, with the registers that it has hit */
extern void vcpu_abort_report(struct vcpu *vcpu);

/*
 * entry_map.c: make the region of vcpu @number in ENTRY_MEMORY_SIZE bytes of
 * zeroes at @region, guest-physical @gpa.
 */
extern void entry_region_fill(struct vm *vm, char *region, uint64_t gpa,
			      unsigned int number);
/* entry_map.c: don't store segments and bases, for a CPU without RDFSBASE; or do. */
extern void entry_segments_skip(char *region, int skip);
/* cpuid.c: give the vcpu its CPUID and extended state */
extern int vcpu_cpuid_set(struct vcpu *vcpu);

#endif
