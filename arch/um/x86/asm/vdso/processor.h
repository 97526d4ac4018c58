/* SPDX-License-Identifier: GPL-2.0 */
/*
 * processor.h - what the vdso library wants of <asm/processor.h>, which itself
 * is not for user mode: its cpu_relax() asks for the time-travel mode.
 */
#ifndef __UM_VDSO_PROCESSOR_H
#define __UM_VDSO_PROCESSOR_H

#ifdef BUILD_VDSO
#define cpu_relax() __builtin_ia32_pause()
#else
#include <asm/processor.h>
#endif

#endif
