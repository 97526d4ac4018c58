// SPDX-License-Identifier: GPL-2.0
/*
 * churn.c - processes that come, make page tables of all levels, fill pages
 * and go: what was a table of one level in one address space is a table of
 * another level, or a page with data, in the next.
 */
#define _GNU_SOURCE
#include "arena.h"
#include "probe.h"
#include "stale.h"

#define LONE_PAGES 12

static char *lone_page(char *base, unsigned long distance, int i)
{
	return base + i * distance;
}

/*
 * Pages so far apart that each has tables of its own: true if it could be
 * mapped (the skas backend has no addresses beyond 512 GiB).
 */
static bool lone_map(char *at)
{
	char *got = mmap(at, PAGE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == at)
		return true;
	if (got != MAP_FAILED)
		CHECK_SYS(munmap(got, PAGE));
	return false;
}

static void lone_pages(char *base, unsigned long distance, uint64_t id)
{
	bool mapped[LONE_PAGES] = { false };

	for (int i = 0; i < LONE_PAGES; i++) {
		char *at = lone_page(base, distance, i);

		mapped[i] = lone_map(at);
		if (!mapped[i])
			continue;
		PAGE_CHECK(at, 0, "a new process's new page");
		page_make((void *)at, id + i);
	}
	for (int i = 0; i < LONE_PAGES; i++) {
		char *at = lone_page(base, distance, i);

		if (mapped[i] && *(volatile uint64_t *)at != id + i)
			wrong("a new process's page %p holds %lx, should be %lx", at,
			      *(volatile unsigned long *)at,
			      (unsigned long)(id + i));
		if (mapped[i] && i % 2) {
			CHECK_SYS(munmap(at, PAGE));
			PROBE_CHECK(read, at, PROBE_MAPERR, "unmapped");
		}
	}
}

static void data_pages(uint64_t id)
{
	int count = 32;
	char *base = mmap(NULL, count * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(base != MAP_FAILED, "mmap: %s", strerror(errno));
	for (int i = 0; i < count; i++)
		page_make((void *)(base + i * PAGE), id + i);
}

/* With what it inherited still there, or after it has let go of that */
static void churn_body(void *arg)
{
	unsigned int plan = *(unsigned int *)arg;
	uint64_t id = world->serial += 1000;
	char *base;

	if (plan & 1)
		for (int s = 0; s < SPOTS; s++)
			CHECK_SYS(munmap(spots[s].base, spots[s].block ?
					 512 * PAGE : CELLS * PAGE));
	if (plan & 2)
		data_pages(id);
	base = arena_find(2 * ARENA_1G);
	lone_pages(base + 8 * ARENA_2M, ARENA_2M, id + 100);
	base = arena_find((LONE_PAGES + 2) * ARENA_1G);
	lone_pages(base, ARENA_1G, id + 200);
	lone_pages((char *)(ARENA_512G * (2 + (plan >> 8 & 63)) + 5 * PAGE),
		   ARENA_512G, id + 300);
	if (plan & 4)
		data_pages(id + 400);
}

void op_churn(void)
{
	unsigned int plan[2] = { pick(1 << 16), pick(1 << 16) };
	pid_t pid[2];

	note("churn %x %x", plan[0], plan[1]);
	for (int i = 0; i < 2; i++)	/* two at a time: their tables mix */
		pid[i] = child_start(churn_body, &plan[i]);
	for (int i = 0; i < 2; i++)
		child_check(pid[i], "churn");
	world->churns += 2;
}
