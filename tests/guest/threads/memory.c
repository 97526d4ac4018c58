// SPDX-License-Identifier: GPL-2.0
/*
 * memory.c - two threads in one address space: what one changes, the other one
 * sees at once. They take turns at a barrier, so that the second one's old
 * translations are live when the first one changes the mapping.
 */
#define _GNU_SOURCE
#include <sys/mman.h>

#include "page.h"
#include "probe.h"
#include "threads.h"

#define RW (PROT_READ | PROT_WRITE)

static pthread_barrier_t barrier;
static char *page;
static uint64_t tag;		/* what the page should hold */
static int expect_read, expect_write;

/* Let the other thread look at the page now. */
static void look(uint64_t new_tag, int read, int write)
{
	tag = new_tag;
	expect_read = read;
	expect_write = write;
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
}

static void *looker(void *arg)
{
	probe_init();
	for (;;) {
		pthread_barrier_wait(&barrier);
		if (!page)
			return arg;
		PROBE_CHECK(read, page, expect_read, "other thread");
		PROBE_CHECK(write, page, expect_write, "other thread");
		if (expect_read == PROBE_OK)
			PAGE_CHECK(page, tag, "other thread");
		pthread_barrier_wait(&barrier);
	}
}

static void map(void)
{
	void *got = mmap(page, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS |
			 (page ? MAP_FIXED : 0), -1, 0);

	CHECK(got != MAP_FAILED, "%s", strerror(errno));
	page = got;
}

void memory_check(int rounds)
{
	pthread_t thread;

	CHECK_PTHREAD(pthread_barrier_init(&barrier, NULL, 2));
	CHECK_PTHREAD(pthread_create(&thread, NULL, looker, NULL));
	map();
	for (int i = 1; i <= rounds; i++) {
		look(0, PROBE_OK, PROBE_OK);
		page_fill(page, i);
		look(i, PROBE_OK, PROBE_OK);
		CHECK_SYS(mprotect(page, PAGE, PROT_READ));
		look(i, PROBE_OK, PROBE_ACCERR);
		CHECK_SYS(mprotect(page, PAGE, PROT_NONE));
		look(i, PROBE_ACCERR, PROBE_ACCERR);
		CHECK_SYS(mprotect(page, PAGE, RW));
		look(i, PROBE_OK, PROBE_OK);
		CHECK_SYS(madvise(page, PAGE, MADV_DONTNEED));
		look(0, PROBE_OK, PROBE_OK);
		page_fill(page, i);
		CHECK_SYS(munmap(page, PAGE));
		look(i, PROBE_MAPERR, PROBE_MAPERR);
		map();
	}
	CHECK_SYS(munmap(page, PAGE));
	page = NULL;
	pthread_barrier_wait(&barrier);
	CHECK_PTHREAD(pthread_join(thread, NULL));
	CHECK_PTHREAD(pthread_barrier_destroy(&barrier));
}
