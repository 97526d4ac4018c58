// SPDX-License-Identifier: GPL-2.0
/*
 * scatter checks a process whose pages lie scattered: every other page of a
 * region, touched and dropped in random order, each with a content of its own.
 * No two of them can become one mapping of the host: the stock ptrace backend
 * ends the process at the host's vm.max_map_count (65530).
 * Argument: 100 means 200,000 pages (800 MB).
 */
#define _GNU_SOURCE
#include "child.h"
#include "page.h"
#include "probe.h"
#include "rng.h"

#define PAGES	   2000
#define SPLITS_MAX 20000 /* holes in the region; the guest has its limit, too */

static char *region;
static unsigned int count, *order;

static char *page_at(unsigned int i)
{
	return region + 2ul * i * PAGE;
}

static uint64_t tag_of(unsigned int i)
{
	return 0xcafe000000000000 | (i + 1);
}

static void order_shuffle(struct rng *rng)
{
	for (unsigned int i = count - 1; i > 0; i--) {
		unsigned int k = rng_below(rng, i + 1), swap = order[i];

		order[i] = order[k];
		order[k] = swap;
	}
}

static void region_create(void)
{
	region = mmap(NULL, 2ul * count * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(region != MAP_FAILED, "%u pages: %s", 2 * count, strerror(errno));
	CHECK(!madvise(region, 2ul * count * PAGE, MADV_NOHUGEPAGE) ||
	      errno == EINVAL, "%s", strerror(errno));
	order = malloc(count * sizeof(*order));
	CHECK(order, "no memory");
	for (unsigned int i = 0; i < count; i++)
		order[i] = i;
}

/* The child has all pages; what it writes stays with it. */
static void child_body(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < count; i += 4) {
		PAGE_CHECK(page_at(i), tag_of(i), "child");
		if (i % 16 == 0)
			page_fill(page_at(i), ~tag_of(i));
	}
	for (unsigned int i = 0; i < count; i += 16)
		PAGE_CHECK(page_at(i), ~tag_of(i), "written by the child");
}

/* Drop the first half of the order; the pages are zeros then, the others stay. */
static void half_drop(void)
{
	unsigned int half = count / 2;

	for (unsigned int i = 0; i < half; i++)
		CHECK_SYS(madvise(page_at(order[i]), PAGE, MADV_DONTNEED));
	for (unsigned int i = half; i < count; i++)
		PAGE_CHECK(page_at(order[i]), tag_of(order[i]), "not dropped");
	for (unsigned int i = 0; i < half; i += 4)
		PAGE_CHECK(page_at(order[i]), 0, "dropped");
}

/* Unmap the second half, one page at a time. */
static void half_unmap(void)
{
	unsigned int i, splits = 0;

	for (i = count / 2; i < count && splits < SPLITS_MAX; i++, splits++) {
		PAGE_CHECK(page_at(order[i]), tag_of(order[i]), "to be unmapped");
		CHECK_SYS(munmap(page_at(order[i]), PAGE));
		if (i % 64 == 0)
			PROBE_CHECK(read, page_at(order[i]), PROBE_MAPERR, "unmapped");
	}
	for (; i < count; i++)
		PAGE_CHECK(page_at(order[i]), tag_of(order[i]), "left");
}

int main(int argc, char **argv)
{
	struct rng rng = { 11 };

	count = check_rounds(argc, argv, PAGES);
	printf("scatter: %u pages\n", count);
	test_begin(60 + count / 100);
	probe_init();
	region_create();
	order_shuffle(&rng);
	for (unsigned int i = 0; i < count; i++)
		page_fill(page_at(order[i]), tag_of(order[i]));
	for (unsigned int i = 0; i < count; i++)
		PAGE_CHECK(page_at(i), tag_of(i), "written");
	child_run("child", child_body, NULL);
	order_shuffle(&rng);
	half_drop();
	half_unmap();
	CHECK_SYS(munmap(region, 2ul * count * PAGE));
	PROBE_CHECK(read, page_at(order[0]), PROBE_MAPERR, "all unmapped");
	free(order);
	return 0;
}
