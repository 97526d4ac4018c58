/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user_abilities.h - what of a CPU not every host can give to user code, and what
 * can be denied to the user code of a task.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_USER_ABILITIES_H
#define UML_USER_ABILITIES_H

#define CAN_BREAK	1	/* the debug registers work */
#define CAN_DENY_TSC	2	/* DENY_TSC does */
#define CAN_DENY_CPUID	4	/* DENY_CPUID does */
#define CAN_LDT		8	/* segments of an LDT work */

/* CAN_*: set by the backend when it starts */
extern unsigned int user_abilities;

/* These are #GP for user code */
#define DENY_TSC	1	/* RDTSC and RDTSCP, prctl(PR_SET_TSC) */
#define DENY_CPUID	2	/* arch_prctl(ARCH_SET_CPUID) */

/* DENY_* of the current task: a function of the kernel's for the backends */
extern unsigned int user_denied(void);

#endif
