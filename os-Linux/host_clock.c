// SPDX-License-Identifier: GPL-2.0
/*
 * host_clock.c - the host's clocks beside the time stamp counter, see tsc.h.
 */
#include <cpuid.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <uml/tsc.h>
#include <uml/user_time.h>

#define CLOCKSOURCE \
	"/sys/devices/system/clocksource/clocksource0/current_clocksource"
#define CPUID_POWER   0x80000007
#define INVARIANT_TSC (1 << 8)	/* in its edx */
#define READINGS      5

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts = { 0, 0 };

	/* these clocks exist, and there is nothing else it could fail for */
	(void)!clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

uint64_t host_cpu_time(int pid)
{
	clockid_t clock = CLOCK_THREAD_CPUTIME_ID;

	if (pid && clock_getcpuclockid(pid, &clock))
		return 0;
	return clock_ns(clock);
}

void host_clock_read(struct host_clock *now)
{
	uint64_t best = UINT64_MAX;

	/* an interruption between the readings only makes that one a bad one */
	for (int i = 0; i < READINGS; i++) {
		uint64_t before = tsc_read();
		uint64_t mono = clock_ns(CLOCK_MONOTONIC);
		uint64_t raw = clock_ns(CLOCK_MONOTONIC_RAW);
		uint64_t took = tsc_read() - before;

		if (took >= best)
			continue;
		best = took;
		now->tsc = before + took / 2;
		now->mono = mono;
		now->raw = raw;
	}
}

/* The name of the host's clocksource; 0: it does not say */
static int clocksource_name(char *name, size_t size)
{
	int fd = open(CLOCKSOURCE, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, name, size - 1);
	(void)!close(fd);
	if (n <= 0)
		return 0;
	name[n] = 0;
	name[strcspn(name, "\n")] = 0;
	return 1;
}

/*
 * The host's kernel compares the counters of its processors, watches them, and
 * knows its own hypervisor: where it says what its clock is, that decides. Where
 * it doesn't (no /sys) the processor's word has to do.
 */
int host_tsc_trusted(char *why, unsigned long size)
{
	unsigned int eax, ebx, ecx, edx;
	char name[32];

	if (clocksource_name(name, sizeof(name))) {
		snprintf(why, size, "the host's clocksource is %s", name);
		return !strcmp(name, "tsc");
	}
	if (__get_cpuid(CPUID_POWER, &eax, &ebx, &ecx, &edx) &&
	    (edx & INVARIANT_TSC)) {
		snprintf(why, size, "the processor has an invariant TSC");
		return 1;
	}
	snprintf(why, size, "the processor's TSC is not invariant");
	return 0;
}
