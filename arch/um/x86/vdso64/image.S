/* SPDX-License-Identifier: GPL-2.0 */
/* image.S - the vdso, from where vma.c copies it to pages that can be mapped. */
#include <linux/init.h>
#include <linux/linkage.h>

__INITDATA

SYM_DATA_START(vdso_start)
	.incbin "arch/x86/um/vdso64/vdso.so"
SYM_DATA_END_LABEL(vdso_start, SYM_L_GLOBAL, vdso_end)

__FINIT

	.section .note.GNU-stack, "", @progbits
