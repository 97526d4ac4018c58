// SPDX-License-Identifier: GPL-2.0
/* range.c - choosing the pages of an operation. */
#define _GNU_SOURCE
#include "stale.h"

struct range range_of(int spot, int first, int count)
{
	struct range r = { spot, first, count, cell_addr(spot, first), count * PAGE };

	if (spots[spot].block)
		r.size = 512 * PAGE;
	return r;
}

/* Some pages side by side, mapped or not; all of a block */
struct range range_any(void)
{
	int spot = pick(SPOTS), first = 0, count = spots[spot].cells;

	if (!spots[spot].block) {
		first = pick(CELLS);
		count = 1 + pick(CELLS - first);
	}
	return range_of(spot, first, count);
}

/* The same, mapped from end to end (not always by one mapping); false: none */
bool range_mapped(struct range *r)
{
	for (int try = 0; try < 16; try++) {
		int spot = pick(SPOTS), last = spots[spot].cells;
		int first = spots[spot].block ? 0 : pick(last), count;

		for (count = 0; first + count < last &&
		     cells[spot][first + count].kind != NOTHING; count++)
			if (count && !spots[spot].block && pick(3) == 0)
				break;
		if (!count)
			continue;
		*r = range_of(spot, first, count);
		return true;
	}
	return false;
}

const char *range_name(const struct range *r)
{
	static char text[80];

	snprintf(text, sizeof(text), "%p, %zu pages (spot %d from %d)", r->addr,
		 r->size / PAGE, r->spot, r->first);
	return text;
}
