/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VDSO_H
#define VDSO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#define SECOND 1000000000l
#define CLOCKSOURCE \
	"/sys/devices/system/clocksource/clocksource0/current_clocksource"

struct vdso_functions {
	int (*clock)(clockid_t clock, struct timespec *ts);
	int (*res)(clockid_t clock, struct timespec *ts);
	int (*timeofday)(struct timeval *tv, struct timezone *tz);
	time_t (*time)(time_t *t);
	int (*cpu)(unsigned int *cpu, unsigned int *node, void *unused);
};

extern struct vdso_functions vdso;

/* The address of a function of the vdso, or NULL */
void *vdso_find(const char *name);

/* A clock by the system call, by the vdso; each must work */
long kernel_ns(clockid_t clock);
long vdso_ns(clockid_t clock);

/* The vdso agrees with the system calls. */
void agree_check(void);

/* What the kernel's clock is */
void clocksource_read(char *name, size_t size);

/* The functions make no system call. */
void silent_check(long rounds);

/* Where it is mapped; program: this one, which prints that if asked */
void place_check(const char *program);
int place_print(void);

/* It agrees in a time namespace too. */
void timens_check(void);

/* It agrees, and does not go back, while the clock is set and slewed. */
void adjust_check(long rounds);

#endif
