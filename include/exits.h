/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exits.h - what is counted about a vcpu. Host and kernel objects.
 */
#ifndef UML_EXITS_H
#define UML_EXITS_H

/* name in /proc/um/exits; what it counts */
#define EXIT_LIST(X)							\
	X(kvm_run)	/* KVM_RUN was called */			\
	X(syscall)	/* left user mode by a system call */		\
	X(page_fault)	/* by a page fault */				\
	X(exception)	/* by another exception */			\
	X(interrupt)	/* because the kernel has something to do */	\
	X(done)		/* guest-entry only did some work */		\
	X(signal)	/* KVM_RUN ended by a signal */			\
	X(window)	/* ended because an interrupt can be injected */ \
	X(bad_memory)	/* the host could not back a page */		\
	X(host_calls)	/* system calls of the host other than KVM_RUN, to run the vcpu */ \
	X(cr3_loads)	/* CR3 loaded */				\
	X(page_flushes)	/* pages flushed by INVLPG */			\
	X(entry_stores)	/* stores to page-table entries, on hosts with shadow paging */ \
	X(slot_renewals) /* memory slots renewed, where there were too many entries */ \
	X(xstate_switches) /* another task's extended state loaded */	\
	X(xstate_fetches)  /* extended state fetched from the vcpu, besides */

enum exit_kind {
#define X(name)	EXIT_##name,
	EXIT_LIST(X)
#undef X
	EXIT_KINDS
};

#endif
