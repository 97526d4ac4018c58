/* SPDX-License-Identifier: GPL-2.0 */
/* host_memory.h - how much memory the host has left. */
#ifndef UML_HOST_MEMORY_H
#define UML_HOST_MEMORY_H

struct host_memory {
	unsigned long long available;	/* MemAvailable, bytes */
	unsigned long long swap;	/* SwapFree */
	unsigned long long limit;	/* memory.max of our cgroups, or ~0 */
};

/*
 * Returns 0, or -errno if the host does not say. No allocation: it is called
 * in any context. host_memory_left() reads the first two only.
 */
extern int host_memory_read(struct host_memory *m);
extern int host_memory_left(unsigned long long *left);

#endif
