// SPDX-License-Identifier: GPL-2.0
/* device.c - what the kernel says about memory and swap. */
#define _GNU_SOURCE
#include <sys/sysinfo.h>

#include "maps.h"
#include "swap.h"

unsigned long swap_used(void)
{
	struct sysinfo info;

	CHECK_SYS(sysinfo(&info));
	return (info.totalswap - info.freeswap) * info.mem_unit;
}

unsigned long vmstat_get(const char *name)
{
	char *at = strstr(proc_text("/proc/vmstat"), name);

	CHECK(at, "no %s in /proc/vmstat", name);
	return strtoul(at + strlen(name), NULL, 10);
}

void memory_get(unsigned long *total, unsigned long *available)
{
	char *text = proc_text("/proc/meminfo");
	char *at = strstr(text, "MemAvailable:");
	struct sysinfo info;

	CHECK_SYS(sysinfo(&info));
	*total = info.totalram * info.mem_unit;
	CHECK(at, "no MemAvailable in /proc/meminfo");
	*available = strtoul(at + strlen("MemAvailable:"), NULL, 10) << 10;
}
