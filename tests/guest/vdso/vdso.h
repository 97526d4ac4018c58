/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VDSO_H
#define VDSO_H

#include <stdint.h>

/* The address of a function of the vdso, or NULL */
void *vdso_find(const char *name);

#endif
