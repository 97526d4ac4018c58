/* SPDX-License-Identifier: GPL-2.0 */
/* blob.h - what the program in blob.S writes to descriptor 1. */
#ifndef BLOB_H
#define BLOB_H

#define BLOB_GPRS	15	/* in the order of the pushes, rsp left out */
#define BLOB_SIZE	(8 * (BLOB_GPRS + 10))

#ifndef __ASSEMBLER__

#include <stdint.h>

/* Lowest address first, so the reverse of the pushes. */
struct blob {
	uint64_t gs_base, fs_base;
	uint64_t gs, fs, es, ds, ss, cs;
	uint64_t gprs[BLOB_GPRS];	/* r15 ... r8, rdi, rsi, rbp, rbx, ... rax */
	uint64_t flags;
	uint64_t rsp;
	/* Here follows the stack as execve left it, strings and all. */
};
_Static_assert(sizeof(struct blob) == BLOB_SIZE, "blob.S uses BLOB_SIZE");

extern const char blob_start[], blob_end[];

#endif
#endif
