/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UML_REGSET_H
#define UML_REGSET_H

/* Order of the register sets in the view of a task, kernel objects only */
enum user_regset_index {
	REGSET_GENERAL,	/* NT_PRSTATUS: struct user_regs_struct */
	REGSET_FP,	/* NT_PRFPREG: the FXSAVE image */
	REGSET_XSTATE,	/* NT_X86_XSTATE: the whole area */
};

#endif
