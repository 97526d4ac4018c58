/* SPDX-License-Identifier: GPL-2.0 */
/* regs.S - the register loader of the regs test, for a tracee. */
#include "../regs/regs.S"
