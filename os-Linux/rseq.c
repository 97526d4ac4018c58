// SPDX-License-Identifier: GPL-2.0
/*
 * rseq.c - give up glibc's restartable sequences.
 *
 * glibc registers an rseq area for the main thread, and a cloned process keeps
 * the registration. In the process of a guest mm that address belongs to the
 * guest: the host writes there at each preemption and kills the process where
 * nothing is mapped. rseq(2).
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/auxv.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <uml/rseq.h>

#ifndef AT_RSEQ_FEATURE_SIZE
#define AT_RSEQ_FEATURE_SIZE 27
#endif
#define RSEQ_SIZE_ORIGINAL 32

int rseq_unregister(void)
{
	/* glibc says how much it uses, not the size that it registered */
	unsigned int features = getauxval(AT_RSEQ_FEATURE_SIZE);
	unsigned int sizes[] = { RSEQ_SIZE_ORIGINAL, (features + 31) & ~31U,
				 features, __rseq_size };
	char *area = (char *)__builtin_thread_pointer() + __rseq_offset;
	size_t i;

	if (__rseq_size == 0)	/* not registered */
		return 0;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		if (sizes[i] && syscall(SYS_rseq, area, sizes[i], RSEQ_FLAG_UNREGISTER,
					RSEQ_SIG) == 0)
			return 0;
	fprintf(stderr, "rseq: can't give up glibc's rseq area: %s; try with GLIBC_TUNABLES=glibc.pthread.rseq=0\n",
		strerror(errno));
	return -errno;
}
