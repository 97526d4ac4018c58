// SPDX-License-Identifier: GPL-2.0
/* ops_move.c - mremap: the translations move from one place to another. */
#define _GNU_SOURCE
#include "stale.h"

/* Another place of the same kind, with `count` pages at the same distances */
static struct range target_of(const struct range *from, int count)
{
	int spot;

	do
		spot = pick(SPOTS);
	while (spot == from->spot || spots[spot].block != spots[from->spot].block);
	if (spots[spot].block)
		return range_of(spot, 0, count);
	return range_of(spot, pick(CELLS - count + 1), count);
}

static void page_moved(struct cell *from, struct cell *to, bool stays)
{
	*to = *from;
	if (!stays) {
		*from = (struct cell){ .kind = NOTHING };
		return;
	}
	from->own = from->maybe_zero = false;
	from->tag = 0;
}

static void must_move(char *from, size_t old, size_t new, int flags, char *to)
{
	if (world->sabotage == SABOTAGE_MOVE)
		return;
	if (mremap(from, old, new, flags, to) != to)
		wrong("mremap(%p, %zu, %zu, %d, %p): %s", from, old, new, flags, to,
		      strerror(errno));
}

/* A block moves in one piece, other pages one by one (of several mappings). */
void op_move(void)
{
	bool stays = pick(4) == 0;
	int flags = MREMAP_MAYMOVE | MREMAP_FIXED | (stays ? MREMAP_DONTUNMAP : 0);
	struct range from, to;

	if (!range_mapped(&from))
		return;
	to = target_of(&from, from.count);
	range_check(&from, true, "before move");
	range_check(&to, true, "before move, target");
	note("move%s %s to %p", stays ? " (mapping stays)" : "", range_name(&from),
	     to.addr);
	if (spots[from.spot].block)
		must_move(from.addr, from.size, from.size, flags, to.addr);
	for (int i = 0; i < from.count; i++) {
		if (!spots[from.spot].block)
			must_move(from.addr + i * PAGE, PAGE, PAGE, flags,
				  to.addr + i * PAGE);
		page_moved(&cells[from.spot][from.first + i],
			   &cells[to.spot][to.first + i], stays);
	}
	world->moves++;
	range_check(&to, pick(2), "after move");
	range_check(&from, pick(2), "after move, source");
}

/* The page that a mapping of `cell` grows by */
static struct cell next_of(const struct cell *cell)
{
	struct cell next = *cell;

	next.own = next.maybe_zero = false;
	next.tag = 0;
	next.page += cell->kind == FILED;
	return next;
}

/* Where it is, into a page where nothing is */
void op_grow(void)
{
	int spot = pick(SPOTS), i = pick(CELLS - 1);
	struct cell *cell = &cells[spot][i];
	struct range r;

	if (spots[spot].block || cell->kind == NOTHING ||
	    cell[1].kind != NOTHING || cell->page >= OBJECT_PAGES - 1)
		return;
	r = range_of(spot, i, 2);
	range_check(&r, true, "before growing");
	note("grow %s", range_name(&r));
	if (world->sabotage != SABOTAGE_MOVE &&
	    mremap(r.addr, PAGE, 2 * PAGE, 0) != r.addr)
		wrong("mremap: %s", strerror(errno));
	cell[1] = next_of(cell);
	range_check(&r, pick(2), "after growing");
}

/* One page moves and becomes two. */
void op_grow_moving(void)
{
	struct range from, to;
	struct cell *source, *target;

	if (!range_mapped(&from) || spots[from.spot].block)
		return;
	from = range_of(from.spot, from.first, 1);
	source = &cells[from.spot][from.first];
	if (source->page >= OBJECT_PAGES - 1)
		return;
	to = target_of(&from, 2);
	target = &cells[to.spot][to.first];
	range_check(&from, true, "before growing away");
	range_check(&to, true, "before growing away, target");
	note("grow %s to %p", range_name(&from), to.addr);
	must_move(from.addr, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to.addr);
	target[1] = next_of(source);
	page_moved(source, target, false);
	world->moves++;
	range_check(&to, pick(2), "after growing away");
	range_check(&from, pick(2), "after growing away, source");
}
