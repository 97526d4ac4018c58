// SPDX-License-Identifier: GPL-2.0
/*
 * set_memory.c - the protection of the kernel's virtual memory (vmalloc space), which
 * is that of a module's code and data.
 *
 * No page is writable and executable at any time (kernel/tlb.c): where the host
 * forbids that (PR_SET_MDWE, prctl(2)) a module could not be loaded. While its code
 * is writable it can't be executed, then it is mapped anew; that is no mprotect(2),
 * which such a host forbids too.
 */
#include <linux/mm.h>
#include <linux/set_memory.h>
#include <asm/tlbflush.h>

struct change {
	unsigned long set, clear;
};

static int entry_change(pte_t *entry, unsigned long addr, void *data)
{
	const struct change *change = data;

	set_pte_at(&init_mm, addr, entry,
		   __pte((pte_val(*entry) & ~change->clear) | change->set));
	return 0;
}

static int pages_change(unsigned long addr, int count, struct change change)
{
	unsigned long size = (unsigned long)count << PAGE_SHIFT;
	int err;

	if (!count)
		return 0;
	err = apply_to_existing_page_range(&init_mm, addr, size, entry_change, &change);
	flush_tlb_kernel_range(addr, addr + size);
	return err;
}

int set_memory_ro(unsigned long addr, int numpages)
{
	return pages_change(addr, numpages, (struct change){ .clear = _PAGE_RW });
}

int set_memory_rw(unsigned long addr, int numpages)
{
	return pages_change(addr, numpages, (struct change){ .set = _PAGE_RW });
}

int set_memory_x(unsigned long addr, int numpages)
{
	return pages_change(addr, numpages, (struct change){ .clear = _PAGE_NX });
}

int set_memory_nx(unsigned long addr, int numpages)
{
	return pages_change(addr, numpages, (struct change){ .set = _PAGE_NX });
}
