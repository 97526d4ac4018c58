/* SPDX-License-Identifier: GPL-2.0 */
/*
 * address_space.h - how large the address spaces are: the users' is a property
 * of the backend, the kernel's is not.
 */
#ifndef UML_ADDRESS_SPACE_H
#define UML_ADDRESS_SPACE_H

/*
 * Where the kernel's own addresses end: memory, then vmalloc space, then the
 * fixmap. Above are the host's libraries, stack and mmaps.
 */
#define KERNEL_TOP	0x7f80000000UL

/* TASK_SIZE where user code has the whole user half of x86-64, as natively */
#define USER_HALF_TOP	0x7ffffffff000UL

/* TASK_SIZE and the randomisation for the backend. Once, when it is chosen. */
extern void address_space_start(void);

#endif
