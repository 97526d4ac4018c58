/* SPDX-License-Identifier: GPL-2.0 */
/* debugreg.h - what the files of this test share. */
#ifndef DEBUGREG_H
#define DEBUGREG_H

#include "tracee.h"

#define DEBUGREG(n)	offsetof(struct user, u_debugreg[n])

/* values.c */
extern void test_values(void);
extern void test_none(void);
extern void test_handed_on(void);

#endif
