// SPDX-License-Identifier: GPL-2.0
/*
 * vclock.c - the functions of the vdso: the kernel's library does the work. This
 * runs in user mode, in every process.
 */
#include <linux/time.h>
#include <linux/types.h>
#include <vdso/gettime.h>

#include "../../../../lib/vdso/gettimeofday.c"

struct getcpu_cache;
long __vdso_getcpu(unsigned int *cpu, unsigned int *node, struct getcpu_cache *unused);

/* Each also has the plain name, for programs that look for that. */
#define VDSO_ALIAS(name) \
	extern __typeof__(__vdso_##name) name __attribute__((weak, alias("__vdso_" #name)))

int __vdso_clock_gettime(clockid_t clock, struct __kernel_timespec *ts)
{
	return __cvdso_clock_gettime(clock, ts);
}

int __vdso_clock_getres(clockid_t clock, struct __kernel_timespec *ts)
{
	return __cvdso_clock_getres(clock, ts);
}

int __vdso_gettimeofday(struct __kernel_old_timeval *tv, struct timezone *tz)
{
	return __cvdso_gettimeofday(tv, tz);
}

__kernel_old_time_t __vdso_time(__kernel_old_time_t *t)
{
	return __cvdso_time(t);
}

#ifdef CONFIG_SMP
#error "there is more than one processor to tell apart"
#endif
long __vdso_getcpu(unsigned int *cpu, unsigned int *node, struct getcpu_cache *unused)
{
	if (cpu)
		*cpu = 0;
	if (node)
		*node = 0;
	return 0;
}

VDSO_ALIAS(clock_gettime);
VDSO_ALIAS(clock_getres);
VDSO_ALIAS(gettimeofday);
VDSO_ALIAS(time);
VDSO_ALIAS(getcpu);
