/* SPDX-License-Identifier: GPL-2.0 */
/* fpstate.h - the parts of the fpstate test. */
#ifndef FPSTATE_H
#define FPSTATE_H

struct xstate;

/* `got` must be the state in which signal handlers and programs start. */
void check_initial(const char *what, struct xstate *got);

/* tasks.c: several tasks, several patterns */
void test_ring(void);
void test_spin(void);
void test_pair(void);

void test_exec(void);		/* exec.c: a new program */

/* blob.S: a program that writes its XSAVE area to descriptor 1. */
extern const char exec_blob[], exec_blob_end[];

#endif
