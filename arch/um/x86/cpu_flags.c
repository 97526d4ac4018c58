// SPDX-License-Identifier: GPL-2.0
/*
 * cpu_flags.c - the host's CPU flags that /proc/cpuinfo does not show, since no
 * process can use what they stand for: it needs state or permissions that the
 * kernel does not handle. cpuid.c of os-kvm masks the same.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <asm/cpufeature.h>
#include <uml/cpu_flags.h>

static const u16 unusable[] = {
	X86_FEATURE_PKU, X86_FEATURE_OSPKE, X86_FEATURE_SHSTK, X86_FEATURE_USER_SHSTK,
	X86_FEATURE_IBT, X86_FEATURE_AMX_BF16, X86_FEATURE_AMX_TILE,
	X86_FEATURE_AMX_INT8, X86_FEATURE_VMX, X86_FEATURE_SVM,
};

void cpu_flags_limit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(unusable); i++)
		clear_bit(unusable[i], (unsigned long *)boot_cpu_data.x86_capability);
}
