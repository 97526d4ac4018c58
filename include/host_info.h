/* SPDX-License-Identifier: GPL-2.0 */
/*
 * host_info.h - what the host is.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_HOST_INFO_H
#define UML_HOST_INFO_H

/* The host's kernel, and its CPU's name, as strings of at most size bytes. */
extern void host_kernel_name(char *buf, unsigned long size);
extern void host_cpu_name(char *buf, unsigned long size);

#endif
