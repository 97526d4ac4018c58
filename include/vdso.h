/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vdso.h - how the vdso lies in a process. Kernel objects and its linker script.
 */
#ifndef UML_VDSO_H
#define UML_VDSO_H

/*
 * The data come first, the code right behind. In a time namespace the first
 * page has the namespace's offsets, and the second one the clocks; otherwise
 * the first has the clocks, and nobody looks at the second.
 */
#define VVAR_CLOCKS 0
#define VVAR_TIMENS 1
#define VVAR_PAGES  2

#endif
