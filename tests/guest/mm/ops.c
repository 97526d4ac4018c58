// SPDX-License-Identifier: GPL-2.0
/* ops.c - the operations on a process's own mappings. */
#define _GNU_SOURCE
#include "model.h"

#include <errno.h>
#include <sys/mman.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif

static int prot_random(void)
{
	static const int prots[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
		PROT_READ | PROT_WRITE,
	};

	return prots[rng_below(&space.rng, sizeof(prots) / sizeof(prots[0]))];
}

/* Use what is mapped now, so that its translations are live when it changes. */
static void pages_heat(int start, int count)
{
	if (rng_below(&space.rng, 4) == 0)
		return;
	for (int i = start; i < start + count; i++) {
		if (model_expect(&space.page[i], 1) == PROBE_OK)
			content_write(i, rng_below(&space.rng, 2));
		else if (model_expect(&space.page[i], 0) == PROBE_OK)
			verify_page(i);
	}
}

static void pages_forget(int start, int count)
{
	for (int i = start; i < start + count; i++)
		space.page[i] = (struct page_model){ .kind = KIND_HOLE };
}

/* After an operation: look at what it changed, and at something else. */
static void pages_after(int start, int count)
{
	if (rng_below(&space.rng, 4))
		verify_run(start, count);
	verify_page(rng_below(&space.rng, PAGES));
	if (rng_below(&space.rng, 2))
		content_write(start + rng_below(&space.rng, count), 1);
}

static void op_map(void)
{
	int count, start = run_pick(-1, &count), prot = prot_random();
	struct page_model p = { .prot = prot, .object = -1, .vma = ++space.vmas };
	int fd = -1, flags = MAP_FIXED, choice = rng_below(&space.rng, 8);
	void *addr;

	pages_heat(start, count);
	if (choice < 4) {
		p.kind = KIND_ANON;
		flags |= MAP_PRIVATE | MAP_ANONYMOUS;
	} else if (choice < 5 && (p.object = object_new(count)) >= 0) {
		p.kind = KIND_SHARED;
		flags |= MAP_SHARED | MAP_ANONYMOUS;
	} else {
		p.kind = choice < 7 ? KIND_SHARED : KIND_PRIVATE;
		flags |= choice < 7 ? MAP_SHARED : MAP_PRIVATE;
		p.object = rng_below(&space.rng, FILES);
		p.index = rng_below(&space.rng, OBJECT_PAGES - count + 1);
		fd = file_fd[p.object];
	}
	note("map %d+%d prot %d kind %d object %d page %d", start, count, prot,
	     p.kind, p.object, p.index);
	addr = mmap(page_addr(start), count * PAGE, prot, flags, fd,
		    p.index * PAGE);
	if (addr != page_addr(start))
		fail(start, "mmap = %p: %s", addr, strerror(errno));
	for (int i = 0; i < count; i++, p.index++)
		space.page[start + i] = p;
	pages_after(start, count);
}

static void op_unmap(void)
{
	int count, start = run_pick(-1, &count);

	pages_heat(start, count);
	note("unmap %d+%d", start, count);
	if (munmap(page_addr(start), count * PAGE))
		fail(start, "munmap: %s", strerror(errno));
	pages_forget(start, count);
	pages_after(start, count);
}

/* Pages get new VMA numbers, the same for those that had the same before. */
static void pages_renumber(struct page_model *p, int count)
{
	uint32_t before = 0;

	for (int i = 0; i < count; i++) {
		if (i == 0 || p[i].vma != before)
			space.vmas++;
		before = p[i].vma;
		p[i].vma = space.vmas;
	}
}

static void op_protect(void)
{
	int start, count = run_pick_mapped(&start), prot = prot_random(), wanted;

	if (!count)
		return;
	run_pick(start, &wanted);
	if (count > wanted)
		count = wanted;
	pages_heat(start, count);
	note("protect %d+%d prot %d", start, count, prot);
	if (mprotect(page_addr(start), count * PAGE, prot))
		fail(start, "mprotect: %s", strerror(errno));
	pages_renumber(&space.page[start], count);
	for (int i = start; i < start + count; i++)
		space.page[i].prot = prot;
	pages_after(start, count);
}

/* Pages that are surely in one VMA: their number from start on */
static int vma_run(int start)
{
	int count = 1;

	while ((start + count) % SEG_PAGES &&
	       space.page[start + count].vma == space.page[start].vma)
		count++;
	return count;
}

static void pages_move(int from, int to, int count, int keep)
{
	for (int i = 0; i < count; i++) {
		space.page[to + i] = space.page[from + i];
		if (keep) /* the old place stays, but it is empty now */
			space.page[from + i].own = (struct content){ 0, 0 };
		else
			space.page[from + i].kind = KIND_HOLE;
	}
	if (!keep)
		pages_forget(from, count);
	pages_renumber(&space.page[to], count);
}

static void op_move(void)
{
	int start, count = run_pick_mapped(&start), to, room;
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED;
	void *addr;

	if (!count)
		return;
	count = 1 + rng_below(&space.rng, vma_run(start));
	to = run_pick(-1, &room);
	if (count > room)
		count = room;
	if (to < start + count && start < to + count)
		return; /* the kernel refuses an overlap */
	if (space.page[start].kind == KIND_ANON && rng_below(&space.rng, 3) == 0)
		flags |= MREMAP_DONTUNMAP;
	pages_heat(start, count);
	pages_heat(to, count);
	note("move %d+%d to %d flags %d", start, count, to, flags);
	addr = mremap(page_addr(start), count * PAGE, count * PAGE, flags,
		      page_addr(to));
	if (addr != page_addr(to))
		fail(start, "mremap = %p: %s", addr, strerror(errno));
	pages_move(start, to, count, flags & MREMAP_DONTUNMAP);
	pages_after(start, count);
	pages_after(to, count);
}

/* Shorter, or longer into a hole behind it */
static void op_resize(void)
{
	int start, count = run_pick_mapped(&start), now = 1;

	if (!count)
		return;
	count = vma_run(start);
	pages_heat(start, count);
	now = 1 + rng_below(&space.rng, SEG_PAGES - start % SEG_PAGES);
	for (int i = count; i < now; i++)
		if (space.page[start + i].kind != KIND_HOLE)
			now = i;
	note("resize %d+%d to %d", start, count, now);
	if (mremap(page_addr(start), count * PAGE, now * PAGE, 0) !=
	    page_addr(start))
		fail(start, "mremap: %s", strerror(errno));
	for (int i = count; i < now; i++) {
		struct page_model *p = &space.page[start + i];

		*p = p[-1];
		p->copied = 0;
		p->own = (struct content){ 0, 0 };
		p->index++;
	}
	if (now < count)
		pages_forget(start + now, count - now);
	/* What follows may have been one with this before: not any more. */
	pages_renumber(&space.page[start], now);
	pages_after(start, count > now ? count : now);
}

static void op_advise(void)
{
	int start, count = run_pick_mapped(&start);
	int advice = rng_below(&space.rng, 4) ? MADV_DONTNEED : MADV_PAGEOUT;

	if (!count)
		return;
	count = 1 + rng_below(&space.rng, count);
	pages_heat(start, count);
	note("madvise %d+%d advice %d", start, count, advice);
	if (madvise(page_addr(start), count * PAGE, advice) &&
	    (advice == MADV_DONTNEED || errno != EINVAL))
		fail(start, "madvise %d: %s", advice, strerror(errno));
	for (int i = start; i < start + count && advice == MADV_DONTNEED; i++) {
		space.page[i].copied = 0;
		space.page[i].own = (struct content){ 0, 0 };
	}
	pages_after(start, count);
}

static void op_write(void)
{
	int count, start = run_pick(-1, &count);

	note("write %d+%d", start, count);
	for (int i = start; i < start + count; i++)
		content_write(i, rng_below(&space.rng, 2));
	verify_page(rng_below(&space.rng, PAGES));
}

/* Make pages writable for this process, just before a fork() writes protects them. */
void op_fork_prepare(void)
{
	note("fork");
	for (int i = 0; i < PAGES; i++)
		if (model_expect(&space.page[i], 1) == PROBE_OK &&
		    rng_below(&space.rng, 2))
			content_write(i, 1);
}

/* Right after it: a write that goes past the copy is seen by the child. */
void op_fork_parent(void)
{
	for (int i = 0; i < PAGES; i++)
		if (model_expect(&space.page[i], 1) == PROBE_OK &&
		    rng_below(&space.rng, 2))
			content_write(i, 1);
}

void op_random(void)
{
	static const struct {
		void (*run)(void);
		unsigned int weight;
	} table[] = {
		{ op_map, 25 }, { op_unmap, 12 }, { op_protect, 18 },
		{ op_move, 12 }, { op_resize, 6 }, { op_advise, 8 },
		{ op_write, 9 }, { op_object_random, 10 },
	};
	unsigned int i = 0, dice = rng_below(&space.rng, 100);

	while (dice >= table[i].weight)
		dice -= table[i++].weight;
	space.ops++;
	shared->ops++;
	table[i].run();
}
