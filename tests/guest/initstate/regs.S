/* SPDX-License-Identifier: GPL-2.0 */
/* regs.S - the register loader of the regs test: what execve must not leak. */
#include "../regs/regs.S"
