// SPDX-License-Identifier: GPL-2.0
/*
 * space_extra.c - see space_extra.h.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <uml/space_extra.h>

unsigned int space_extra_count;

static struct space_extra *extras;
static DEFINE_SPINLOCK(lock);	/* of the list */

struct space_extra *space_extra_find(const struct mm_id *id)
{
	struct space_extra *extra;
	unsigned long flags;

	if (!space_extra_count)
		return NULL;
	spin_lock_irqsave(&lock, flags);
	for (extra = extras; extra && extra->id != id; extra = extra->next)
		;
	spin_unlock_irqrestore(&lock, flags);
	return extra;
}

struct space_extra *space_extra_get(const struct mm_id *id)
{
	struct space_extra *extra = space_extra_find(id), *new;
	unsigned long flags;

	if (extra)
		return extra;
	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;
	new->id = id;
	/* another thread can have made one meanwhile */
	spin_lock_irqsave(&lock, flags);
	for (extra = extras; extra && extra->id != id; extra = extra->next)
		;
	if (!extra) {
		new->next = extras;
		extras = new;
		space_extra_count++;
		extra = new;
		new = NULL;
	}
	spin_unlock_irqrestore(&lock, flags);
	kfree(new);
	return extra;
}

void space_extra_free(const struct mm_id *id)
{
	struct space_extra **place, *extra;
	unsigned long flags;

	if (!space_extra_count)
		return;
	spin_lock_irqsave(&lock, flags);
	for (place = &extras; *place && (*place)->id != id; place = &(*place)->next)
		;
	extra = *place;
	if (extra) {
		*place = extra->next;
		space_extra_count--;
	}
	spin_unlock_irqrestore(&lock, flags);
	if (extra)
		kvfree(extra->ldt);
	kfree(extra);
}
