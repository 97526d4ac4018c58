/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UML_CPU_FLAGS_H
#define UML_CPU_FLAGS_H

/* Take flags that no process can use from those of the host. At the start. */
extern void cpu_flags_limit(void);

#endif
