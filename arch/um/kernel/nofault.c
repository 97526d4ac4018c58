// SPDX-License-Identifier: GPL-2.0
/*
 * nofault.c - reads of kernel memory that may not be there: sysrq's task list,
 * /proc/kcore, BPF. The common code has a hook to refuse an address; here that is
 * the only protection, since a fault of the kernel ends the machine.
 */
#include <linux/uaccess.h>
#include <uml/readable.h>

bool copy_from_kernel_nofault_allowed(const void *unsafe_src, size_t size)
{
	return memory_readable(unsafe_src, size);
}
