// SPDX-License-Identifier: GPL-2.0
/*
 * host_info.c - see host_info.h.
 */
#include <cpuid.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <uml/host_info.h>

#define CPUID_BRAND 0x80000002	/* and the two after it: 48 characters */

void host_kernel_name(char *buf, unsigned long size)
{
	struct utsname host;

	if (uname(&host) < 0)
		snprintf(buf, size, "unknown");
	else
		snprintf(buf, size, "%s %s %s", host.sysname, host.release,
			 host.machine);
}

void host_cpu_name(char *buf, unsigned long size)
{
	unsigned int r[4], i;
	char name[49] = "", *p;

	for (i = 0; i < 3; i++) {
		if (!__get_cpuid(CPUID_BRAND + i, &r[0], &r[1], &r[2], &r[3]))
			break;
		memcpy(name + 16 * i, r, sizeof(r));
	}
	for (p = name; *p == ' '; p++)
		;
	snprintf(buf, size, "%s", *p ? p : "unknown");
}
