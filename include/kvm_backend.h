/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvm_backend.h - the kvm backend: what its files share. Host objects only.
 */
#ifndef UML_KVM_BACKEND_H
#define UML_KVM_BACKEND_H

#include <uml/vcpu.h>

struct uml_pt_regs;

/* The machine. One cpu in stage one; all of the state of a cpu is in its vcpu. */
extern struct vm kvm_vm;
extern struct vcpu kvm_vcpu;

/* The members of struct backend */
extern int kvm_start(char *why, unsigned int size);
extern int kvm_run(struct uml_pt_regs *regs, int singlestep);
extern int kvm_memory_add(unsigned long gpa, unsigned long size, void *hva,
			  const char *kind);
extern void kvm_root_init(unsigned long *root);
extern void kvm_entry_region(unsigned long *start, unsigned long *end);
extern void kvm_xstate_fetch(void *area);
extern void kvm_xstate_forget(void *area);
extern const char *kvm_count(unsigned int i, unsigned long *value);
extern const char *kvm_report(void);

/**
 * kvm_xstate_load() - have @area in the vcpu when user code runs
 * @work:	gets the WORK_* bits for it
 *
 * 0, -EINVAL: the CPU refuses this state, or -errno of the host.
 */
extern int kvm_xstate_load(struct vcpu *vcpu, void *area, unsigned int *work);

/* After the vcpu has run: what guest-entry saved goes where it belongs. */
extern void kvm_xstate_collect(struct vcpu *vcpu);

/**
 * kvm_space_load() - the current task's page tables, and what the TLB and the
 *		host have to learn about them
 * @work:	gets the WORK_* bits
 *
 * 0 or -errno of the host.
 */
extern int kvm_space_load(struct vcpu *vcpu, unsigned int *work);

#endif
