/* SPDX-License-Identifier: GPL-2.0 */
/*
 * memfile.h - the file that holds the machine's memory, mapped shared by the
 * kernel, by the processes that run user code and by vhost-user servers.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_MEMFILE_H
#define UML_MEMFILE_H

/*
 * Have the host back the memory at addr, which keeps its contents. Returns 0,
 * or -ENOMEM if it can't. Any context.
 */
extern int memfile_populate(void *addr, unsigned long len);

/* "memfd", or the folder of the file. */
extern const char *memfile_place(void);

/* Compare mem= with what the host has; ends the process if it can't be. */
extern void memfile_check_size(unsigned long long len);

#endif
