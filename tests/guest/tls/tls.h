/* SPDX-License-Identifier: GPL-2.0 */
/* tls.h - the parts of the tls test. */
#ifndef TLS_H
#define TLS_H

#include <stdint.h>

/* asm/prctl.h */
#define TLS_SET_GS	0x1001
#define TLS_SET_FS	0x1002
#define TLS_GET_FS	0x1003
#define TLS_GET_GS	0x1004

struct tls_clone {
	char *stack;		/* its end */
	uint64_t saw[3];	/* fs:0, gs:0, and fs:0 after two switches */
};

/* clone.S: clone(); the child fills `saw` and exits. */
long tls_clone(long flags, void *stack, uint64_t tls, uint64_t *saw);

/* limits.c */
void test_arch_prctl(void);
void test_selectors(void);
void test_kernel_half(void);

#endif
