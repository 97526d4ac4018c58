// SPDX-License-Identifier: GPL-2.0
/*
 * ops.c - operations on mappings where they are. Each makes the translations
 * of its pages hot, does what it does, does it to the model, and looks again.
 */
#define _GNU_SOURCE
#include "stale.h"

/*
 * Any of the eight, more often something that can be written. With the skas
 * backend a page that may only be written can't be read before it is written;
 * x86 has no such pages.
 */
static int prot_any(void)
{
	const char *backend = getenv("BACKEND");
	int prot = pick(2) ? PROT_READ | PROT_WRITE : pick(8);

	if (prot & PROT_WRITE && backend && !strcmp(backend, "skas"))
		prot |= PROT_READ;
	return prot;
}

static void cells_map(const struct range *r, const struct cell *first)
{
	for (int i = 0; i < r->count; i++) {
		struct cell *cell = &cells[r->spot][r->first + i];

		*cell = *first;
		if (first->kind == FILED)
			cell->page += (cell_addr(r->spot, r->first + i) - r->addr) /
				      PAGE;
	}
}

/* A new mapping, over whatever is there */
void op_map(void)
{
	struct range r = range_any();
	struct cell cell = { .kind = pick(5) < 2 ? ANON : FILED,
			     .prot = prot_any() };
	int flags = MAP_FIXED | MAP_NORESERVE, fd = -1;

	if (cell.kind == FILED) {
		cell.object = pick(OBJECTS);
		cell.page = spots[r.spot].block ? 0 : pick(CELLS);
		cell.shared = pick(2);
		fd = world->object[cell.object].fd;
	} else {
		flags |= MAP_ANONYMOUS;
	}
	/* Shared where it should be private: no copy on write */
	flags |= cell.shared || (cell.kind == ANON &&
				 world->sabotage == SABOTAGE_COW) ?
		 MAP_SHARED : MAP_PRIVATE;
	range_check(&r, true, "before map");
	note("map %s, %s %s %d page %d, prot %d", range_name(&r),
	     cell.shared ? "shared" : "private",
	     cell.kind == ANON ? "anonymous" : "file", cell.object, cell.page,
	     cell.prot);
	if (world->sabotage != SABOTAGE_MAP && mmap(r.addr, r.size, cell.prot, flags,
						    fd, cell.page * PAGE) != r.addr)
		wrong("mmap: %s", strerror(errno));
	cells_map(&r, &cell);
	range_check(&r, pick(2), "after map");
}

void op_unmap(void)
{
	struct range r = range_any();

	range_check(&r, true, "before unmap");
	note("unmap %s", range_name(&r));
	if (world->sabotage != SABOTAGE_UNMAP && munmap(r.addr, r.size))
		wrong("munmap: %s", strerror(errno));
	cells_map(&r, &(struct cell){ .kind = NOTHING });
	range_check(&r, pick(2), "after unmap");
}

void op_protect(void)
{
	struct range r;
	int prot = prot_any();

	if (!range_mapped(&r))
		return;
	range_check(&r, true, "before mprotect");
	note("mprotect %s, prot %d", range_name(&r), prot);
	if (world->sabotage != SABOTAGE_PROTECT && mprotect(r.addr, r.size, prot))
		wrong("mprotect: %s", strerror(errno));
	for (int i = 0; i < r.count; i++)
		cells[r.spot][r.first + i].prot = prot;
	range_check(&r, pick(2), "after mprotect");
}

/* What a private page loses when it is dropped: its own content */
void op_dontneed(void)
{
	struct range r;

	if (!range_mapped(&r))
		return;
	range_check(&r, true, "before dontneed");
	note("dontneed %s", range_name(&r));
	if (world->sabotage != SABOTAGE_DONTNEED &&
	    madvise(r.addr, r.size, MADV_DONTNEED))
		wrong("MADV_DONTNEED: %s", strerror(errno));
	for (int i = 0; i < r.count; i++) {
		struct cell *cell = &cells[r.spot][r.first + i];

		cell->own = cell->maybe_zero = false;
		cell->tag = 0;
	}
	range_check(&r, pick(2), "after dontneed");
}

/* Private anonymous pages only: the content may go, until the next write. */
void op_free(void)
{
	struct range r;

	if (!range_mapped(&r))
		return;
	for (int i = 0; i < r.count; i++)
		if (cells[r.spot][r.first + i].kind != ANON)
			return;
	if (world->sabotage == SABOTAGE_COW)	/* they are shared then */
		return;
	range_check(&r, true, "before free");
	note("free %s", range_name(&r));
	if (madvise(r.addr, r.size, MADV_FREE))
		wrong("MADV_FREE: %s", strerror(errno));
	for (int i = 0; i < r.count; i++)
		cells[r.spot][r.first + i].maybe_zero = true;
	range_check(&r, pick(2), "after free");
}

/* To the swap area or the file: nothing must change. */
void op_pageout(void)
{
	struct range r;

	if (!range_mapped(&r))
		return;
	range_check(&r, true, "before pageout");
	note("pageout %s", range_name(&r));
	if (madvise(r.addr, r.size, MADV_PAGEOUT) && errno != EINVAL)
		wrong("MADV_PAGEOUT: %s", strerror(errno));
	range_check(&r, pick(2), "after pageout");
}
