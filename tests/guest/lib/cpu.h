/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpu.h - what the processor under us can do, asked from the processor itself
 * (CPUID and XGETBV), never from /proc.
 */
#ifndef TESTS_CPU_H
#define TESTS_CPU_H

#include <cpuid.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>

/* State components of XCR0, Intel SDM vol. 1 section 13.1. */
#define XF_X87       (1u << 0)
#define XF_SSE       (1u << 1)
#define XF_YMM       (1u << 2)
#define XF_OPMASK    (1u << 5)
#define XF_ZMM_HI256 (1u << 6)
#define XF_HI16_ZMM  (1u << 7)
#define XF_PKRU      (1u << 9)
#define XF_TILEDATA  (1u << 18)

#define FLAG_CF 0x1u
#define FLAG_PF 0x4u
#define FLAG_AF 0x10u
#define FLAG_ZF 0x40u
#define FLAG_SF 0x80u
#define FLAG_TF 0x100u
#define FLAG_IF 0x200u
#define FLAG_DF 0x400u
#define FLAG_OF 0x800u
#define FLAG_IOPL 0x3000u
#define FLAG_NT 0x4000u
#define FLAG_RF 0x10000u
#define FLAG_AC 0x40000u
#define FLAG_ID 0x200000u

/* OSXSAVE: the kernel has switched XSAVE on, so XGETBV may be used. */
static inline int cpu_has_xsave(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & (1u << 27));
}

static inline uint64_t cpu_xcr0(void)
{
	unsigned int a, b, c, d;
	uint32_t lo, hi;

	if (!cpu_has_xsave())
		return 0;
	asm volatile("xgetbv" : "=a" (lo), "=d" (hi) : "c" (0));
	/* a machine may offer less of it than the CPU under it has */
	__cpuid_count(0xd, 0, a, b, c, d);
	lo &= a;
	hi &= d;
	/* protection keys that the system does not offer are nobody's state */
	if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(c & 1u << 4))
		lo &= ~(1u << 9);
	return (uint64_t)hi << 32 | lo;
}

/* Size and offset of one component in the standard (not compacted) format. */
static inline void cpu_xcomponent(int nr, unsigned int *size, unsigned int *off)
{
	unsigned int c, d;

	__cpuid_count(0xd, nr, *size, *off, c, d);
}

/* RDFSBASE and friends may be executed by user code. */
static inline int cpu_has_fsgsbase(void)
{
	return (getauxval(AT_HWCAP2) & 2) != 0;
}

/*
 * QEMU's TCG implements some exceptions not at all (#AC) or as another vector
 * (#SS as #GP). Its name is in the hypervisor leaf of a machine it emulates,
 * and in the brand string, which KVM inside that machine passes on.
 */
static inline int cpu_is_tcg(void)
{
	union {
		unsigned int r[13];
		char s[52];
	} id = { .r = { 0 } };
	unsigned int a, max;
	int i;

	__cpuid(0x40000000, a, id.r[0], id.r[1], id.r[2]);
	if (!strncmp(id.s, "TCGTCGTCGTCG", 12))
		return 1;
	__cpuid(0x80000000, max, id.r[0], id.r[1], id.r[2]);
	for (i = 0; i < 3 && max >= 0x80000004; i++)
		__cpuid(0x80000002 + i, id.r[4 * i], id.r[4 * i + 1],
			id.r[4 * i + 2], id.r[4 * i + 3]);
	return strstr(id.s, "QEMU") != NULL;
}

#endif
