// SPDX-License-Identifier: GPL-2.0
/*
 * ops_object.c - operations that change pages behind the mappings: on the
 * objects (which all processes may have mapped), and by the kernel's own
 * access to the process's memory.
 */
#define _GNU_SOURCE
#include "model.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int file_fd[FILES];
int scratch_fd;

/* A new object of so many pages of zeros; -1 when all are used up */
int object_new(int pages)
{
	if (shared->objects == OBJECTS)
		return -1;
	shared->object[shared->objects].pages = pages;
	return shared->objects++;
}

static void op_truncate(void)
{
	int file = rng_below(&space.rng, FILES);
	int pages = rng_below(&space.rng, OBJECT_PAGES + 1);
	struct object *object = &shared->object[file];

	note("truncate object %d to %d", file, pages);
	CHECK_SYS(ftruncate(file_fd[file], pages * PAGE));
	for (int i = pages; i < object->pages; i++) {
		object->content[i] = (struct content){ 0, 0 };
		object->cut[i]++; /* takes private copies, too */
	}
	object->pages = pages;
}

/* Make a hole in a memfd: zeros for all, but private copies stay. */
static void op_punch(void)
{
	int file = rng_below(&space.rng, 2);
	struct object *object = &shared->object[file];
	int first = rng_below(&space.rng, OBJECT_PAGES);
	int count = 1 + rng_below(&space.rng, OBJECT_PAGES - first);

	note("punch object %d %d+%d", file, first, count);
	CHECK_SYS(fallocate(file_fd[file],
			    FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			    first * PAGE, count * PAGE));
	for (int i = first; i < first + count; i++)
		object->content[i] = (struct content){ 0, 0 };
}

/* write(2) to the file: all mappings of the page show it at once. */
static void op_file_write(void)
{
	int file = rng_below(&space.rng, FILES);
	struct object *object = &shared->object[file];
	static uint64_t page[PAGE_WORDS];
	uint64_t tag = tag_new();
	int index;

	if (object->pages == 0)
		return;
	index = rng_below(&space.rng, object->pages);
	note("file_write object %d page %d", file, index);
	page_fill(page, tag);
	CHECK(pwrite(file_fd[file], page, PAGE, index * PAGE) == (long)PAGE,
	      "object %d page %d: %s", file, index, strerror(errno));
	object->content[index] = (struct content){ tag, 0 };
}

/* The kernel reads the page, if the process may. */
static void op_kernel_read(void)
{
	static uint64_t copy[PAGE_WORDS];
	int page = rng_below(&space.rng, PAGES);
	const struct page_model *p = &space.page[page];
	int fault = model_expect(p, 0) != PROBE_OK;
	struct content want;
	long got;

	note("kernel_read %d", page);
	got = pwrite(scratch_fd, page_addr(page), PAGE, 0);
	if (fault) {
		if (got != -1 || errno != EFAULT)
			fail(page, "write() from it = %ld, errno %d, should be EFAULT",
			     got, errno);
		return;
	}
	if (got != (long)PAGE)
		fail(page, "write() from it = %ld: %s", got, strerror(errno));
	CHECK(pread(scratch_fd, copy, PAGE, 0) == (long)PAGE, "%s",
	      strerror(errno));
	want = model_content(p);
	if (want.poke && copy[POKE_WORD] == want.poke)
		copy[POKE_WORD] = page_word(want.tag, POKE_WORD);
	got = page_differs(copy, want.tag);
	if (got >= 0)
		fail(page, "the kernel read word %ld as %#lx, should be %#lx", got,
		     (unsigned long)copy[got],
		     (unsigned long)page_word(want.tag, got));
}

/* The kernel writes the page: this must make a copy where a store would. */
static void op_kernel_write(void)
{
	static uint64_t copy[PAGE_WORDS];
	int page = rng_below(&space.rng, PAGES);
	struct page_model *p = &space.page[page];
	int fault = model_expect(p, 1) != PROBE_OK;
	struct content now = { tag_new(), 0 };
	long got;

	note("kernel_write %d", page);
	page_fill(copy, now.tag);
	CHECK(pwrite(scratch_fd, copy, PAGE, 0) == (long)PAGE, "%s",
	      strerror(errno));
	got = pread(scratch_fd, page_addr(page), PAGE, 0);
	if (fault && (got != -1 || errno != EFAULT))
		fail(page, "read() into it = %ld, errno %d, should be EFAULT",
		     got, errno);
	if (!fault && got != (long)PAGE)
		fail(page, "read() into it = %ld: %s", got, strerror(errno));
	if (!fault)
		model_written(p, now);
	verify_page(page);
}

void op_object_random(void)
{
	static void (*const table[])(void) = {
		op_truncate, op_punch, op_file_write, op_kernel_read,
		op_kernel_write, op_kernel_read, op_kernel_write,
	};

	table[rng_below(&space.rng, sizeof(table) / sizeof(table[0]))]();
	for (int i = 0; i < 3; i++)
		verify_page(rng_below(&space.rng, PAGES));
}
