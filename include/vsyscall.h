/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UML_VSYSCALL_H
#define UML_VSYSCALL_H

#include <linux/types.h>

struct uml_pt_regs;

#define VSYSCALL_PAGE	0xffffffffff600000UL

/**
 * vsyscall_emulate() - an instruction fetch from the vsyscall page: do the call
 *		that stands there
 * @regs:	the task's registers; RIP is the address
 *
 * Process context of the task. False: there is none at that address, it is a
 * fault as any other. arch/x86/entry/vsyscall has the interface.
 */
extern bool vsyscall_emulate(struct uml_pt_regs *regs);

#endif
