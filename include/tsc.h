/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tsc.h - time from the processor's time stamp counter.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_TSC_H
#define UML_TSC_H

#ifdef __UM_HOST__
#include <stdint.h>
#else
#include <linux/types.h>
#endif

/* Not before the loads that precede it: time read later is not earlier. */
static inline uint64_t tsc_read(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/*
 * What has to be added to user mode's rdtsc to get the kernel's. skas: 0, user
 * mode reads the same counter. A backend whose counter differs sets it before it
 * runs user mode, and calls user_tsc_changed() after each change; with
 * user_tsc_usable 0 the vdso asks the kernel instead.
 */
extern int64_t user_tsc_offset;
extern int user_tsc_usable;
extern void user_tsc_changed(void);

/* The three clocks at one moment, the best of a few readings */
struct host_clock {
	uint64_t tsc;
	uint64_t mono;	/* CLOCK_MONOTONIC, what host timers count: NTP slews it */
	uint64_t raw;	/* CLOCK_MONOTONIC_RAW: nobody slews it */
};
extern void host_clock_read(struct host_clock *now);

/**
 * host_tsc_trusted() - may the counter be our clock?
 * @why:	the reason, for the boot log
 * @size:	of @why
 */
extern int host_tsc_trusted(char *why, unsigned long size);

/* Kernel objects only: early in boot, and at each timer interrupt */
extern void tsc_begin(void);
extern void tsc_tick(void);
/* All time but CLOCK_MONOTONIC_RAW runs faster: ns per second, << NTP_SCALE_SHIFT */
extern void ntp_base_adjust(int64_t faster);
/* hz 0: the host's clock */
extern void sched_clock_use_tsc(uint64_t hz);

#endif
