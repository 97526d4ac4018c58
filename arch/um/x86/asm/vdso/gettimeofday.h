/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gettimeofday.h - what lib/vdso/gettimeofday.c needs to know of us. This is
 * compiled for user mode.
 */
#ifndef __UM_VDSO_GETTIMEOFDAY_H
#define __UM_VDSO_GETTIMEOFDAY_H

#include <asm/unistd.h>
#include <uml/tsc.h>

#define VDSO_HAS_TIME 1
#define VDSO_HAS_CLOCK_GETRES 1

static __always_inline long vdso_syscall(long nr, long a, void *b)
{
	long ret;

	asm volatile("syscall" : "=a" (ret) : "0" (nr), "D" (a), "S" (b)
		     : "rcx", "r11", "memory");
	return ret;
}

static __always_inline long
clock_gettime_fallback(clockid_t clock, struct __kernel_timespec *ts)
{
	return vdso_syscall(__NR_clock_gettime, clock, ts);
}

static __always_inline long
clock_getres_fallback(clockid_t clock, struct __kernel_timespec *ts)
{
	return vdso_syscall(__NR_clock_getres, clock, ts);
}

static __always_inline long
gettimeofday_fallback(struct __kernel_old_timeval *tv, struct timezone *tz)
{
	return vdso_syscall(__NR_gettimeofday, (long)tv, tz);
}

static __always_inline u64 __arch_get_hw_counter(s32 mode,
						 const struct vdso_data *vd)
{
	return tsc_read() + vd->arch_data.tsc_offset;
}

/*
 * The offset of a backend may be a few ticks wrong, and another CPU's counter a
 * few behind: a moment before the last update counts as that update's. (A jump
 * back of less than 2^63 ticks is all that can be.)
 */
static __always_inline u64 vdso_calc_ns(const struct vdso_data *vd, u64 cycles,
					u64 base)
{
	u64 delta = cycles - vd->cycle_last;

	if (likely(delta <= vd->max_cycles))
		return (delta * vd->mult + base) >> vd->shift;
	if ((s64)delta < 0)
		return base >> vd->shift;
	return mul_u64_u32_add_u64_shr(delta, vd->mult, base, vd->shift);
}
#define vdso_calc_ns vdso_calc_ns

static __always_inline const struct vdso_data *__arch_get_vdso_data(void)
{
	return _vdso_data;
}

#ifdef CONFIG_TIME_NS
static __always_inline const struct vdso_data *
__arch_get_timens_vdso_data(const struct vdso_data *vd)
{
	return _timens_data;
}
#endif

#endif
