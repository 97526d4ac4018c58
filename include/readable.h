/* SPDX-License-Identifier: GPL-2.0 */
/*
 * readable.h - look before reading memory that may not be there.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_READABLE_H
#define UML_READABLE_H

/**
 * memory_readable() - would reading this memory of ./linux work
 * @address, @size: any; a size of 0 is readable
 *
 * Any context. Costs a host call for each page. Memory of vmalloc that
 * nobody has touched yet may not be on the host, and counts as not readable.
 */
extern int memory_readable(const void *address, unsigned long size);

#endif
