/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vsyscall.h - the kernel's side of the data that the vdso reads.
 */
#ifndef __UM_VDSO_VSYSCALL_H
#define __UM_VDSO_VSYSCALL_H

#include <uml/tsc.h>
#include <vdso/datapage.h>

extern struct vdso_data *vdso_kernel_data;
#define __arch_get_k_vdso_data() vdso_kernel_data

/* User mode that can't read a counter of ours has to ask the kernel. */
static __always_inline void vdso_tsc_update(struct vdso_data *data)
{
	data[CS_HRES_COARSE].arch_data.tsc_offset = user_tsc_offset;
	data[CS_RAW].arch_data.tsc_offset = user_tsc_offset;
	if (!user_tsc_usable) {
		data[CS_HRES_COARSE].clock_mode = VDSO_CLOCKMODE_NONE;
		data[CS_RAW].clock_mode = VDSO_CLOCKMODE_NONE;
	}
}
#define __arch_update_vsyscall(data, tk) vdso_tsc_update(data)

#include <asm-generic/vdso/vsyscall.h>

#endif
