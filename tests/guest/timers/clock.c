// SPDX-License-Identifier: GPL-2.0
/* clock.c - clocks go forward, at one speed, and for all processes. */
#define _GNU_SOURCE
#include "ring.h"
#include "timers.h"

#define SLOTS 3
#define TURNS 20

static void forward_check(void)
{
	static const clockid_t clocks[] = {
		CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_BOOTTIME,
		CLOCK_MONOTONIC_COARSE, CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID,
	};

	for (unsigned int c = 0; c < sizeof(clocks) / sizeof(clocks[0]); c++) {
		long last = clock_ns(clocks[c]);

		for (int i = 0; i < 50; i++) {
			long t = clock_ns(clocks[c]);

			CHECK(t >= last, "clock %d went back from %ld to %ld",
			      clocks[c], last, t);
			last = t;
		}
	}
}

/* Processes in turns: none sees an earlier time than the one before. */
static void processes_check(void)
{
	struct {
		struct ring ring;
		long last;
	} *shared = shared_alloc(sizeof(*shared));

	ring_create(&shared->ring, SLOTS);
	for (int slot = 0; slot < SLOTS; slot++) {
		if (!ring_fork(&shared->ring, slot))
			continue;
		for (int i = 0; i < TURNS; i++) {
			long t;

			ring_wait(&shared->ring, slot);
			t = now();
			CHECK(t >= shared->last, "process %d: %ld after %ld", slot,
			      t, shared->last);
			shared->last = now();
			ring_pass(&shared->ring, slot);
		}
		ring_wait(&shared->ring, slot);
		ring_leave(&shared->ring, slot);
		_exit(0);
	}
	ring_watch(&shared->ring);
	CHECK_SYS(munmap(shared, sizeof(*shared)));
}

/* Over the same time all clocks count the same, and CPU clocks stand still. */
static void speed_check(void)
{
	long mono = now(), raw = clock_ns(CLOCK_MONOTONIC_RAW);
	long boot = clock_ns(CLOCK_BOOTTIME), coarse = clock_ns(CLOCK_MONOTONIC_COARSE);
	long cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID), end;
	struct timespec wait = timespec_of(60 * MS);

	CHECK_SYS(nanosleep(&wait, NULL));
	cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	coarse = clock_ns(CLOCK_MONOTONIC_COARSE) - coarse;
	boot = clock_ns(CLOCK_BOOTTIME) - boot;
	raw = clock_ns(CLOCK_MONOTONIC_RAW) - raw;
	end = now() - mono;
	CHECK(cpu < 50 * MS, "60 ms of sleep cost %ld us of CPU", cpu / 1000);
	CHECK(coarse > end - 35 * MS && coarse < end + 35 * MS,
	      "coarse clock: %ld us, CLOCK_MONOTONIC: %ld us", coarse / 1000,
	      end / 1000);
	/* The three were read one after the other; 0.1 % is NTP's slewing. */
	CHECK(raw <= end + end / 1000 && boot <= end,
	      "raw %ld us, boot time %ld us, CLOCK_MONOTONIC %ld us", raw / 1000,
	      boot / 1000, end / 1000);
	CHECK(raw > end / 2 && boot > end / 2,
	      "raw %ld us, boot time %ld us, CLOCK_MONOTONIC %ld us", raw / 1000,
	      boot / 1000, end / 1000);
}

void clock_check(void *arg)
{
	(void)arg;
	forward_check();
	processes_check();
	speed_check();
}
