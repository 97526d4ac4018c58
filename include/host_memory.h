/* SPDX-License-Identifier: GPL-2.0 */
/* host_memory.h - how much memory the host has left for us. */
#ifndef UML_HOST_MEMORY_H
#define UML_HOST_MEMORY_H

#define HOST_MEMORY_NONE (~0ULL)	/* no limit */

struct host_memory {		/* in bytes */
	unsigned long long available;	/* MemAvailable */
	unsigned long long swap;	/* SwapFree */
	unsigned long long limit;	/* the narrowest of our cgroups, with its swap */
	unsigned long long limit_left;	/* what is left to us of the one that has least */
};

/*
 * Returns 0, -EBUSY if it was called by what interrupted it, or -errno if the host
 * does not say. Any context, no allocation.
 */
extern int host_memory_read(struct host_memory *m);

#endif
