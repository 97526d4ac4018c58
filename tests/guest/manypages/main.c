// SPDX-License-Identifier: GPL-2.0
/*
 * manypages - 200,000 pages of one process, each alone: no two are neighbours,
 * in 32 GiB of addresses, so that nothing below the guest can keep them as a
 * few large mappings. (skas has a mapping of the host for each and dies at the
 * host's vm.max_map_count, 65530.) The guest has one mapping, and in
 * test_protect as many as a process may have.
 */
#define _GNU_SOURCE
#include "child.h"
#include "page.h"
#include "probe.h"
#include "rng.h"

#define PAGES	200000u
#define SLOT	40ul		/* pages of address space for each */
#define REGION	(PAGES * SLOT * PAGE)
#define SPLIT	8		/* of so many pages one is read-only: two mappings */

static char *region;
static unsigned int order[PAGES];

/* At a random place of its slot; never at its ends. */
static char *page_at(unsigned int i)
{
	struct rng rng = { i };

	return region + (i * SLOT + 1 + rng_below(&rng, SLOT - 2)) * PAGE;
}

static uint64_t tag_of(unsigned int i)
{
	return 0xbead000000000000 | (i + 1);
}

static void order_shuffle(struct rng *rng)
{
	unsigned int i, k, swap;

	for (i = 0; i < PAGES; i++)
		order[i] = i;
	for (i = PAGES - 1; i > 0; i--) {
		k = rng_below(rng, i + 1);
		swap = order[i];
		order[i] = order[k];
		order[k] = swap;
	}
}

static void pages_touch(void)
{
	unsigned int i;

	region = mmap(NULL, REGION, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(region != MAP_FAILED, "%lu bytes: %s", REGION, strerror(errno));
	/* "always" would give each 2 MiB */
	CHECK(!madvise(region, REGION, MADV_NOHUGEPAGE) || errno == EINVAL,
	      "madvise: %s", strerror(errno));
	for (i = 0; i < PAGES; i++)
		page_fill(page_at(order[i]), tag_of(order[i]));
}

static void pages_check(const char *what)
{
	unsigned int i;

	for (i = 0; i < PAGES; i++)
		PAGE_CHECK(page_at(i), tag_of(i), what);
}

/* The child has all of them; what it writes stays with it. */
static void child_body(void *arg)
{
	unsigned int i;

	(void)arg;
	pages_check("child");
	for (i = 0; i < PAGES; i += 16)
		page_fill(page_at(i), ~tag_of(i));
	for (i = 0; i < PAGES; i++)
		PAGE_CHECK(page_at(i), i % 16 ? tag_of(i) : ~tag_of(i),
			   "written by the child");
}

/* Each read-only page is a mapping, and what is between two is another. */
static void test_protect(void)
{
	unsigned int i;

	for (i = 0; i < PAGES; i += SPLIT)
		CHECK_SYS(mprotect(page_at(i), PAGE, PROT_READ));
	pages_check("some read-only");
	for (i = 0; i < PAGES; i += SPLIT * 50) {
		PROBE_CHECK(write, page_at(i), PROBE_ACCERR, "read-only");
		PROBE_CHECK(write, page_at(i + 1), PROBE_OK, "writable");
		page_fill(page_at(i + 1), tag_of(i + 1));
	}
	CHECK_SYS(mprotect(region, REGION, PROT_READ | PROT_WRITE));
	for (i = 0; i < PAGES; i += SPLIT)
		page_fill(page_at(i), tag_of(i));
	pages_check("writable again");
}

/* Half of them one by one in random order, the rest at once. */
static void test_unmap(void)
{
	unsigned int i;

	for (i = 0; i < PAGES / 2; i++)
		CHECK_SYS(madvise(page_at(order[i]), PAGE, MADV_DONTNEED));
	for (i = 0; i < PAGES; i++)
		PAGE_CHECK(page_at(order[i]), i < PAGES / 2 ? 0 : tag_of(order[i]),
			   "half dropped");
	for (i = 0; i < PAGES; i += SPLIT)
		CHECK_SYS(munmap(page_at(i), PAGE));
	for (i = 0; i < PAGES; i += SPLIT * 50)
		PROBE_CHECK(read, page_at(i), PROBE_MAPERR, "unmapped");
	CHECK_SYS(munmap(region, REGION));
	for (i = 0; i < PAGES; i += SPLIT * 50 + 1)
		PROBE_CHECK(read, page_at(i), PROBE_MAPERR, "all unmapped");
}

int main(void)
{
	struct rng rng = { 5 };

	test_begin(600);
	probe_init();
	order_shuffle(&rng);
	pages_touch();
	pages_check("written");
	child_run("child", child_body, NULL);
	pages_check("after the child");
	test_protect();
	test_unmap();
	return 0;
}
