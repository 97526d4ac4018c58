// SPDX-License-Identifier: GPL-2.0
/*
 * backing.c - see backing.h.
 *
 * Memory is asked for in chunks, which is also cheaper than a fault for each
 * page. When a chunk can't be had in one piece its pages are tried one by one,
 * and those that fail are held back until the host has room again.
 */
#include <linux/init.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/oom.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <as-layout.h>
#include <uml/backing.h>
#include <uml/memfile.h>
#include <uml/proc_um.h>

#define CHUNK_SIZE	(1UL << BACKING_CHUNK_SHIFT)
#define RETRY_AFTER	(5 * HZ)
/* Kept aside, backed, for the work that frees memory once there is none */
#define RESERVE_PAGES	1024

extern unsigned long uml_physmem, uml_reserved, high_physmem;

DECLARE_BITMAP(backing_done, BACKING_CHUNKS);
static DECLARE_BITMAP(chunk_failed, BACKING_CHUNKS);

static DEFINE_SPINLOCK(held_lock);
static LIST_HEAD(held);
static unsigned long held_pages;

static LIST_HEAD(reserve);

/* The part of [start, end) that is of the memory file. */
static bool range_back(unsigned long start, unsigned long end)
{
	start = max(start, uml_reserved);
	end = min(end, high_physmem);
	return start >= end || !memfile_populate((void *)start, end - start);
}

static bool chunk_back(unsigned long chunk)
{
	unsigned long start = uml_physmem + (chunk << BACKING_CHUNK_SHIFT);

	if (chunk >= BACKING_CHUNKS)
		return false;
	if (test_bit(chunk, backing_done))
		return true;
	/* a second time would only find out the same, page by page */
	if (test_bit(chunk, chunk_failed))
		return false;
	if (!range_back(start, start + CHUNK_SIZE)) {
		set_bit(chunk, chunk_failed);
		return false;
	}
	set_bit(chunk, backing_done);
	return true;
}

bool backing_make(struct page *page, unsigned int order)
{
	unsigned long start = (unsigned long)page_address(page);
	unsigned long end = start + (PAGE_SIZE << order), at, next;

	for (at = start; at < end; at = next) {
		next = min(end, uml_physmem +
			   ALIGN_DOWN(at - uml_physmem + CHUNK_SIZE, CHUNK_SIZE));
		if (!chunk_back((at - uml_physmem) >> BACKING_CHUNK_SHIFT) &&
		    !range_back(at, next))
			return false;
	}
	return true;
}

/* The block's list head and private word are free: it is in no list. */
void backing_hold(struct page *page, unsigned int order)
{
	unsigned long flags;

	pr_warn_once("the host has no memory for this machine's: less than mem= is usable\n");
	set_page_private(page, order);
	spin_lock_irqsave(&held_lock, flags);
	list_add(&page->lru, &held);
	held_pages += 1UL << order;
	spin_unlock_irqrestore(&held_lock, flags);
	adjust_managed_page_count(page, -(1L << order));
}

/* The host was told to drop a page's memory (mconsole config mem=-...). */
void backing_forget(void *addr)
{
	unsigned long chunk = __pa(addr) >> BACKING_CHUNK_SHIFT;

	if (chunk < BACKING_CHUNKS)
		clear_bit(chunk, backing_done);
}

static struct page *held_take(void)
{
	struct page *page;
	unsigned long flags;

	spin_lock_irqsave(&held_lock, flags);
	page = list_first_entry_or_null(&held, struct page, lru);
	if (page) {
		list_del(&page->lru);
		held_pages -= 1UL << page_private(page);
	}
	spin_unlock_irqrestore(&held_lock, flags);
	return page;
}

static void held_put_back(struct page *page)
{
	unsigned long flags;

	spin_lock_irqsave(&held_lock, flags);
	list_add(&page->lru, &held);
	held_pages += 1UL << page_private(page);
	spin_unlock_irqrestore(&held_lock, flags);
}

/* Returns the number of pages that the host can back by now. */
static unsigned long held_retry(void)
{
	unsigned long start, freed = 0;
	unsigned int order;
	struct page *page;

	while ((page = held_take())) {
		order = page_private(page);
		start = (unsigned long)page_address(page);
		if (!range_back(start, start + (PAGE_SIZE << order))) {
			held_put_back(page);
			break;
		}
		set_page_private(page, 0);
		init_page_count(page);
		adjust_managed_page_count(page, 1L << order);
		__free_pages(page, order);
		freed += 1UL << order;
	}
	if (freed)
		bitmap_zero(chunk_failed, BACKING_CHUNKS);
	return freed;
}

static void retry_run(struct work_struct *work)
{
	held_retry();
	if (READ_ONCE(held_pages))
		schedule_delayed_work(to_delayed_work(work), RETRY_AFTER);
}

static DECLARE_DELAYED_WORK(retry_work, retry_run);

static int backing_oom(struct notifier_block *self, unsigned long unused,
		       void *freed)
{
	struct page *page, *next;

	if (!READ_ONCE(held_pages))
		return NOTIFY_OK;
	*(unsigned long *)freed += held_retry();
	/* not counted as freed: it is for those who are going to free some */
	list_for_each_entry_safe(page, next, &reserve, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
	schedule_delayed_work(&retry_work, RETRY_AFTER);
	return NOTIFY_OK;
}

static struct notifier_block oom_block = { .notifier_call = backing_oom };

static int memory_show(struct seq_file *m, void *unused)
{
	unsigned long chunks = bitmap_weight(backing_done, BACKING_CHUNKS);

	seq_printf(m, "file: %s\n", memfile_place());
	seq_printf(m, "size: %lu kB\n", (high_physmem - uml_reserved) >> 10);
	seq_printf(m, "backed: %lu kB\n", chunks << (BACKING_CHUNK_SHIFT - 10));
	seq_printf(m, "held back: %lu kB\n",
		   READ_ONCE(held_pages) << (PAGE_SHIFT - 10));
	return 0;
}

static int __init backing_init(void)
{
	unsigned long i, pages = min(RESERVE_PAGES, totalram_pages() / 64);
	struct page *page;

	for (i = 0; i < pages; i++) {
		page = alloc_page(GFP_KERNEL);
		if (!page)
			break;
		list_add(&page->lru, &reserve);
	}
	proc_um_add("memory", memory_show);
	return register_oom_notifier(&oom_block);
}
late_initcall(backing_init);
