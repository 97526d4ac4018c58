// SPDX-License-Identifier: GPL-2.0
/*
 * address_space.c - the size of the users' address spaces and how much of it
 * randomisation may use.
 */
#include <linux/init.h>
#include <linux/mm.h>
#include <asm/pgtable.h>
#include <asm/processor.h>
#include <as-layout.h>
#include <uml/address_space.h>
#include <uml/backend.h>
#include <uml/page_tables.h>

/*
 * mmap and PIE addresses vary by this many bits of pages. Natively it is 28, 1 TiB;
 * of skas's 510 GiB programs get 64, so that large mappings still find a place.
 */
#define SKAS_RND_BITS	24

int own_page_tables __ro_after_init;
EXPORT_SYMBOL(own_page_tables);

void __init address_space_start(void)
{
	own_page_tables = backend->own_page_tables;
	if (own_page_tables) {
		task_size = USER_HALF_TOP;
		return;
	}
	/* below the stub pages; whole gigabytes, as it has always been */
	task_size = host_task_size & PUD_MASK;
	mmap_rnd_bits = SKAS_RND_BITS;
	mmap_rnd_bits_max = SKAS_RND_BITS;
}
