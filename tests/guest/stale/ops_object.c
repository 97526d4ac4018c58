// SPDX-License-Identifier: GPL-2.0
/* ops_object.c - a file changes under all mappings of it, in all processes. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "stale.h"

#define LOW_PAGES 20	/* the pages that most mappings show */

static void object_changed(int object, const char *when)
{
	for (int i = 0; i < SLOTS; i++)
		world->changed[i] |= 1u << object;
	object_check(object, when);
}

static int page_any(const struct object *o)
{
	return pick(o->pages < LOW_PAGES ? o->pages : LOW_PAGES);
}

/* By write(2): must be seen at once by those that see the file. */
void op_object_write(void)
{
	int nr = pick(OBJECTS), page;
	struct object *o = &world->object[nr];
	static uint64_t buffer[PAGE_WORDS];

	if (!o->pages)
		return;
	page = page_any(o);
	object_check(nr, "before write to the file");
	o->tag[page] = ++world->serial;
	note("write to file %d page %d: tag %lu", nr, page,
	     (unsigned long)o->tag[page]);
	page_make(buffer, o->tag[page]);
	if (pwrite(o->fd, buffer, PAGE, page * PAGE) != (long)PAGE)
		wrong("pwrite: %s", strerror(errno));
	object_changed(nr, "after write to the file");
}

/* A hole: the file's pages are gone, private copies stay. */
void op_punch(void)
{
	int nr = pick(OBJECTS), page, count;
	struct object *o = &world->object[nr];

	if (!o->pages)
		return;
	page = page_any(o);
	count = 1 + pick(o->pages - page);
	object_check(nr, "before the hole");
	note("hole in file %d, page %d, %d pages", nr, page, count);
	if (world->sabotage != SABOTAGE_PUNCH &&
	    fallocate(o->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      page * PAGE, count * PAGE)) {
		if (errno != EOPNOTSUPP)
			wrong("fallocate: %s", strerror(errno));
		return;
	}
	for (int i = page; i < page + count; i++)
		o->tag[i] = 0;
	object_changed(nr, "after the hole");
}

/* Shorter: private copies go, too. At the next time it gets its length back. */
void op_truncate(void)
{
	static const int lengths[] = { 0, 1, 7, 256 };
	int nr = pick(OBJECTS), pages = OBJECT_PAGES;
	struct object *o = &world->object[nr];

	if (o->pages == OBJECT_PAGES)
		pages = lengths[pick(4)];
	object_check(nr, "before truncate");
	note("truncate file %d to %d pages", nr, pages);
	if (world->sabotage != SABOTAGE_TRUNCATE && ftruncate(o->fd, pages * PAGE))
		wrong("ftruncate: %s", strerror(errno));
	o->pages = pages;
	for (int i = pages; i < OBJECT_PAGES; i++) {
		o->tag[i] = 0;
		o->epoch[i]++;
	}
	object_changed(nr, "after truncate");
}
