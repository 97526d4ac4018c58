/* SPDX-License-Identifier: GPL-2.0 */
/* host_limits.h - the limits of this process in which a machine can start. */
#ifndef UML_HOST_LIMITS_H
#define UML_HOST_LIMITS_H

/* Before all else, which needs a stack. Ends the process if it can have none. */
extern void host_stack_check(void);

/* For a machine of so many bytes. Ends the process with a line where it can't start. */
extern void host_limits_check(unsigned long long memory);

#endif
