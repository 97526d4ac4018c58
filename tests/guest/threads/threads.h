/* SPDX-License-Identifier: GPL-2.0 */
#ifndef THREADS_H
#define THREADS_H

#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

/* pthread functions return the error */
#define CHECK_PTHREAD(call) \
	do { \
		int error_ = (call); \
		if (error_) \
			FAIL(#call ": %s", strerror(error_)); \
	} while (0)

static inline long futex(uint32_t *word, int op, uint32_t value, void *timeout,
			 uint32_t *other, uint32_t value3)
{
	return syscall(SYS_futex, word, op, value, timeout, other, value3);
}

void futex_check(void);
void clone_check(void);
void robust_check(void);
void storm_check(int rounds);
void memory_check(int rounds);
void exit_check(void);

#endif
