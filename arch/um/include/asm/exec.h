/* SPDX-License-Identifier: GPL-2.0 */
/*
 * exec.h - for kernel/sys.c, which takes prctl(PR_GET_TSC) and prctl(PR_SET_TSC) from
 * whatever header of the architecture has these names. Few files include this one.
 */
#ifndef __UM_EXEC_H
#define __UM_EXEC_H

#include <asm-generic/exec.h>

extern int get_tsc_mode(unsigned long address);
extern int set_tsc_mode(unsigned int mode);

#define GET_TSC_CTL(address)	get_tsc_mode(address)
#define SET_TSC_CTL(mode)	set_tsc_mode(mode)

#endif
