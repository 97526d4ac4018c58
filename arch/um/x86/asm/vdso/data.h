/* SPDX-License-Identifier: GPL-2.0 */
#ifndef __UM_VDSO_DATA_H
#define __UM_VDSO_DATA_H

#include <linux/types.h>

struct arch_vdso_data {
	s64 tsc_offset;		/* user mode's rdtsc + this: the kernel's */
};

#endif
