/* SPDX-License-Identifier: GPL-2.0 */
/* set_memory.h - or x86's would be found, which is not for this architecture. */
#ifndef UML_SET_MEMORY_H
#define UML_SET_MEMORY_H

#include <asm-generic/set_memory.h>

#endif
