// SPDX-License-Identifier: GPL-2.0
/*
 * host_cpu.c - what the CPU under the host says of itself; see guest.h.
 */
#include "cpu.h"
#include "host_cpu.h"

int host_is_qemu(void)
{
	return cpu_is_tcg();
}

uint64_t host_xcr0(void)
{
	return cpu_xcr0();
}

int host_has_smep(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> 7 & 1;
}
