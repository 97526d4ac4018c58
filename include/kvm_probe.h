/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kvm_probe.h - can this host run guest-entry, and what kind of host is it?
 * Host objects only.
 */
#ifndef UML_KVM_PROBE_H
#define UML_KVM_PROBE_H

#include <stdio.h>
#include <uml/vcpu.h>

#define PROBE_WHY	VM_WHY

/**
 * struct kvm_probe - what was found
 * @features:	for the vcpu of the machine
 * @exit_ns:	a system call of user code and back
 * @ptrace_ns:	the same with ptrace on this host; 0: not known
 * @why:	if the probe failed: what, on what, what to do
 */
struct kvm_probe {
	struct vcpu_features features;
	unsigned long exit_ns;
	unsigned long ptrace_ns;
	char why[PROBE_WHY];
};

/**
 * kvm_probe() - try it: a machine of its own with a few pages, user code, a
 *		system call, faults, coherence of page tables, extended state
 * @out:	where each finding is printed, or NULL
 *
 * 0 or -errno with probe->why.
 */
extern int kvm_probe(struct kvm_probe *probe, FILE *out);

#endif
