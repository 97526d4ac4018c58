// SPDX-License-Identifier: GPL-2.0
/*
 * counted.c - for the emulated host, whose clock has to count instructions: a loop
 * of a known number of them takes that many nanoseconds, nearly. It does not when
 * something else runs on that host's only CPU, or the clock is not calibrated yet;
 * no figure from there would mean anything then.
 */
#include <stdint.h>
#include <time.h>

#include "bench.h"

#define INSTRUCTIONS 2000000ul
#define TRIALS 40
#define PER_MILLE 20		/* the timer's interrupts are that host's own */

static uint64_t now_ns(void)
{
	struct timespec t;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &t));
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static unsigned long loop_run(unsigned long ops)
{
	uint64_t begin = now_ns(), took, want = TRIALS * INSTRUCTIONS;
	unsigned long i, n;

	for (i = 0; i < TRIALS; i++) {
		n = INSTRUCTIONS / 2;
		asm volatile("1: dec %0; jnz 1b" : "+r" (n) : : "cc");
	}
	took = now_ns() - begin;
	CHECK(took > want - want / 1000 * PER_MILLE &&
	      took < want + want / 1000 * PER_MILLE,
	      "%llu instructions took %llu ns", (unsigned long long)want,
	      (unsigned long long)took);
	return ops > want ? ops : want;
}

static const struct figure figures[] = {
	{ "host/instruction", "ns", NULL, loop_run, NULL, 1 },
};

BENCH_MAIN(figures)
