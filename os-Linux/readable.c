// SPDX-License-Identifier: GPL-2.0
/*
 * readable.c - see whether memory of this process can be read, without a fault:
 * the host is asked for something with an argument in each page, which it copies
 * before it finds that it can't do that.
 *
 * Why not process_vm_readv(2): container profiles forbid it.
 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <uml/readable.h>

#define PAGE		4096UL
#define NO_SUCH_WAY	(-1)	/* to change a signal mask: EINVAL */
#define MASK_SIZE	8	/* the host's sigset_t */

/* Not at the page's beginning: the address 0 would be "no argument". */
static int page_readable(uintptr_t page)
{
	return syscall(SYS_rt_sigprocmask, NO_SUCH_WAY, page + MASK_SIZE, NULL,
		       MASK_SIZE) == 0 || errno != EFAULT;
}

int memory_readable(const void *address, unsigned long size)
{
	uintptr_t first = (uintptr_t)address, last = first + size - 1, page;

	if (!size)
		return 1;
	if (last < first)
		return 0;
	for (page = first & -PAGE; page_readable(page); page += PAGE)
		if (last - page < PAGE)
			return 1;
	return 0;
}
