// SPDX-License-Identifier: GPL-2.0
/* pages.c - an area of pages, each with a content that says which and when. */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <unistd.h>

#include "page.h"
#include "swap.h"

void area_create(struct area *area, unsigned int pages, uint64_t id, int flags)
{
	area->base = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			  flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(area->base != MAP_FAILED, "%u pages: %s", pages, strerror(errno));
	CHECK(!madvise(area->base, pages * PAGE, MADV_NOHUGEPAGE) || errno == EINVAL,
	      "%s", strerror(errno));
	area->generation = calloc(pages, 1);
	CHECK(area->generation, "no memory");
	area->pages = pages;
	area->id = id;
}

void area_destroy(struct area *area)
{
	CHECK_SYS(munmap(area->base, area->pages * PAGE));
	free(area->generation);
}

static uint64_t area_tag(const struct area *area, unsigned int page)
{
	return area->id << 48 | (uint64_t)area->generation[page] << 32 | page;
}

/* By user code or (some pages, always the same) by the kernel, from a pipe */
void area_write(struct area *area, unsigned int page)
{
	char *at = area->base + page * PAGE, copy[PAGE];
	int pipe_fd[2];

	area->generation[page]++;
	if (page % 8 != 3) {
		page_fill(at, area_tag(area, page));
		return;
	}
	page_fill(copy, area_tag(area, page));
	CHECK_SYS(pipe(pipe_fd));
	CHECK(write(pipe_fd[1], copy, PAGE) == (long)PAGE &&
	      read(pipe_fd[0], at, PAGE) == (long)PAGE, "%s", strerror(errno));
	CHECK_SYS(close(pipe_fd[0]));
	CHECK_SYS(close(pipe_fd[1]));
}

void area_fill(struct area *area)
{
	for (unsigned int i = 0; i < area->pages; i++)
		area_write(area, i);
}

void area_check(const struct area *area, unsigned int page, const char *what)
{
	PAGE_CHECK(area->base + page * PAGE, area_tag(area, page), what);
}

void area_check_all(const struct area *area, const char *what)
{
	for (unsigned int i = 0; i < area->pages; i++)
		area_check(area, i, what);
}
