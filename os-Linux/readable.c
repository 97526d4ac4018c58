// SPDX-License-Identifier: GPL-2.0
/*
 * readable.c - see whether memory of this process can be read, without a fault:
 * the host copies a byte of each page and says where it could not.
 */
#include <stdint.h>
#include <unistd.h>
#include <sys/uio.h>
#include <uml/readable.h>

#define PAGE		4096UL
#define BATCH		16

int memory_readable(const void *address, unsigned long size)
{
	uintptr_t at = (uintptr_t)address, last = at + size - 1;
	struct iovec from[BATCH], to;
	char bytes[BATCH];
	int n;

	if (size && last < at)
		return 0;
	while (size && at <= last) {
		for (n = 0; n < BATCH && at <= last; n++) {
			from[n] = (struct iovec){ (void *)at, 1 };
			at = (at | (PAGE - 1)) + 1;
			if (!at)
				return 0;	/* the end of the address space */
		}
		to = (struct iovec){ bytes, n };
		if (process_vm_readv(getpid(), &to, 1, from, n, 0) != n)
			return 0;
	}
	return 1;
}
