// SPDX-License-Identifier: GPL-2.0
/*
 * mconsole_memory.c - config mem=-SIZE gives memory to the host, mem=+SIZE takes it
 * back: pages that nobody else can have meanwhile, and that the host was told to drop.
 */
#include <linux/init.h>
#include <linux/list.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <os.h>
#include <uml/backing.h>
#include "mconsole_kern.h"

/* Of what is available so much stays, or nothing could be started any more. */
#define KEEP_MIN	(SZ_8M >> PAGE_SHIFT)
#define KEEP_PART	16

extern long long physmem_size;

static DEFINE_MUTEX(memory_mutex);
static LIST_HEAD(removed);
static unsigned long removed_pages;

static long pages_removable(void)
{
	return si_mem_available() - (long)max_t(unsigned long, KEEP_MIN, totalram_pages() / KEEP_PART);
}

/* Returns how many were given back to the machine, at most @count. */
static unsigned long pages_add(struct list_head *from, unsigned long count)
{
	struct page *page, *next;
	unsigned long done = 0;

	list_for_each_entry_safe(page, next, from, lru) {
		if (done == count)
			break;
		list_del(&page->lru);
		backing_forget(page_address(page));
		adjust_managed_page_count(page, 1);
		__free_page(page);
		done++;
		cond_resched();
	}
	return done;
}

/* A block of at most 2^order pages, without taking it from anybody who runs */
static struct page *block_take(unsigned int *order)
{
	struct page *page;

	for (; *order; --*order) {
		page = alloc_pages(GFP_NOWAIT | __GFP_NOWARN, *order);
		if (page) {
			split_page(page, *order);
			return page;
		}
	}
	return alloc_page(GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
}

/* All of them or none. Returns 0 or -errno. */
static int pages_remove(unsigned long count)
{
	unsigned int order = MAX_PAGE_ORDER;
	unsigned long done = 0, i;
	struct page *page;
	LIST_HEAD(taken);
	int err = 0;

	while (!err && done < count) {
		order = min_t(unsigned int, order, ilog2(count - done));
		page = block_take(&order);
		if (!page) {
			err = -ENOMEM;
			break;
		}
		err = os_drop_memory(page_address(page), PAGE_SIZE << order);
		for (i = 0; i < 1UL << order; i++)
			list_add_tail(&page[i].lru, &taken);
		adjust_managed_page_count(page, -(1L << order));
		done += 1UL << order;
		cond_resched();
	}
	if (err) {
		pages_add(&taken, done);
		return err;
	}
	list_splice_tail(&taken, &removed);
	removed_pages += done;
	return 0;
}

static int memory_remove(unsigned long long pages, char **error)
{
	static char why[100];
	unsigned long most = max(pages_removable(), 0L);
	int err = pages > most ? -ENOMEM : pages_remove(pages);

	if (!err)
		return 0;
	if (err == -ENOMEM)
		snprintf(why, sizeof(why), "The machine needs it: at most %luK can be removed now",
			 most << (PAGE_SHIFT - 10));
	else
		snprintf(why, sizeof(why), "The host can't take memory back: error %d", err);
	*error = why;
	return err;
}

static void memory_add(unsigned long long pages, char **error)
{
	unsigned long done = pages_add(&removed, min_t(unsigned long long, pages, ULONG_MAX));

	removed_pages -= done;
	if (done < pages)
		*error = "All that had been removed is back";
}

static int memory_config(char *text, char **error)
{
	unsigned long long pages;
	char sign = text[0] ? text[1] : 0, *end;
	int err = 0;

	if (text[0] != '=') {
		*error = "Expected '=' after 'mem'";
		return -EINVAL;
	}
	if (sign != '-' && sign != '+') {
		*error = "Expected increment to start with '-' or '+'";
		return -EINVAL;
	}
	pages = memparse(text + 2, &end) / PAGE_SIZE;
	if (*end || end == text + 2) {
		*error = "Failed to parse memory increment";
		return -EINVAL;
	}
	mutex_lock(&memory_mutex);
	if (sign == '+')
		memory_add(pages, error);
	else
		err = memory_remove(pages, error);
	mutex_unlock(&memory_mutex);
	return err;
}

/* Bytes that the machine has now */
static int memory_show(char *unit, char *text, int size, char **error)
{
	return 1 + snprintf(text, size, "%llu", physmem_size -
			    ((unsigned long long)removed_pages << PAGE_SHIFT));
}

static int memory_id(char **text, int *first, int *last)
{
	*first = 0;
	*last = 0;
	return 0;
}

static int memory_device_remove(int unit, char **error)
{
	*error = "Memory doesn't support the remove operation";
	return -EBUSY;
}

static struct mc_device memory_device = {
	.list = LIST_HEAD_INIT(memory_device.list),
	.name = "mem",
	.config = memory_config,
	.get_config = memory_show,
	.id = memory_id,
	.remove = memory_device_remove,
};

static int __init memory_init(void)
{
	if (can_drop_memory())
		mconsole_register_dev(&memory_device);
	else
		pr_err("the host can't take memory back: no config mem\n");
	return 0;
}
__initcall(memory_init);
