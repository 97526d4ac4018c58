// SPDX-License-Identifier: GPL-2.0
/*
 * flush.c - page tables changed by the host while the guest uses them: after the
 * work that guest-entry is told to do, user code sees the new ones.
 */
#include "guest.h"

#define PAGES		SAVE_PAGES
#define ADDRESS		(1UL << 39)	/* nothing else below this entry of the root */
#define LEVELS		4

extern const char at_load[], at_load_many[], at_call[];

static struct guest g;

/* A page with something in it that tells which it is. */
static uint64_t page_tagged(void)
{
	uint64_t page = page_take(&g);

	*(uint64_t *)page_at(&g, page) = ~page;
	return page;
}

/* The entry at @address has been changed: what has KVM to be told? */
static unsigned int entry_changed(struct vcpu *vcpu, uint64_t gpa)
{
	uint64_t *list = (uint64_t *)(vcpu->region + ENTRY_LIST);

	if (!probe->features.shadow_paging)
		return 0;
	if (!(vcpu->save->work & WORK_ENTRIES))
		vcpu->save->entries = 0;
	CHECK(vcpu->save->entries < SAVE_ENTRIES);
	list[vcpu->save->entries++] = gpa;
	return WORK_ENTRIES;
}

static uint64_t user_load_at(uint64_t address)
{
	struct save_area *save = g.vcpu.save;

	REG(save, RDI) = address;
	user_call(&g.vcpu, CODE(load));
	return REG(save, RAX);
}

/*
 * Replace the pages of @count addresses, see that user code reads the new ones. With
 * npt=0 and ept=0 KVM looks at an entry that was stored when the guest flushes it, so
 * there a flush that is missing shows.
 */
static void pages_round(unsigned int count, unsigned int work)
{
	struct save_area *save = g.vcpu.save;
	uint64_t *seen = page_at(&g, g.data), page[PAGES];
	unsigned int i;

	save->work = work;
	for (i = 0; i < count; i++) {
		page[i] = page_tagged();
		*entry_at(&g, g.root, ADDRESS + i * PAGE, 1) = page[i] | PTE_DATA;
		save->page[i] = ADDRESS + i * PAGE;
		save->work |= entry_changed(&g.vcpu,
					    entry_gpa(&g, g.root, ADDRESS + i * PAGE, 1));
	}
	save->pages = count;
	memset(seen, 0, PAGE);
	REG(save, RDI) = ADDRESS;
	REG(save, RSI) = USER_DATA;
	REG(save, RCX) = PAGES;
	user_call(&g.vcpu, CODE(load_many));
	for (i = 0; i < count; i++)
		CHECK(seen[i] == ~page[i], "page %u of %u: %#lx, not %#lx", i, count,
		      seen[i], ~page[i]);
}

void case_flush_pages(void)
{
	unsigned int i;

	guest_start(&g);
	pages_round(PAGES, WORK_CR3);
	for (i = 0; i < 10; i++) {
		pages_round(PAGES, WORK_PAGES);
		pages_round(1, WORK_PAGES);
		pages_round(1 + i, WORK_PAGES);
	}
}

void case_flush_root(void)
{
	unsigned int i;

	guest_start(&g);
	for (i = 0; i < 20; i++)
		pages_round(PAGES, WORK_CR3);
}

/* A branch of tables from @level down to a page of its own: what to put in an entry. */
static uint64_t branch_make(int level, uint64_t *page)
{
	uint64_t entry;
	int at;

	*page = page_tagged();
	entry = *page | PTE_DATA;
	for (at = 1; at < level; at++) {
		uint64_t table = page_take(&g);

		*(uint64_t *)page_at(&g, table) = entry;
		entry = table | PTE_TABLE;
	}
	return entry;
}

/* The entry of each level replaced by another branch, and taken away. */
void case_flush_levels(void)
{
	struct save_area *save;
	uint64_t page, seen;
	int i, level;

	guest_start(&g);
	save = g.vcpu.save;
	*entry_at(&g, g.root, ADDRESS, 4) = branch_make(4, &page);
	save->work = WORK_CR3;
	CHECK(user_load_at(ADDRESS) == ~page);
	for (i = 0; i < 20; i++) {
		level = 1 + i % LEVELS;
		*entry_at(&g, g.root, ADDRESS, level) = branch_make(level, &page);
		save->work = WORK_CR3 |
			entry_changed(&g.vcpu, entry_gpa(&g, g.root, ADDRESS, level));
		seen = user_load_at(ADDRESS);
		CHECK(seen == ~page, "level %d replaced: %#lx, not %#lx", level, seen, ~page);
	}
	for (level = 1; level <= LEVELS; level++) {
		uint64_t *entry = entry_at(&g, g.root, ADDRESS, level), old = *entry;

		*entry = 0;
		user_set(&g.vcpu, CODE(load));
		save->work = WORK_CR3 |
			entry_changed(&g.vcpu, entry_gpa(&g, g.root, ADDRESS, level));
		REG(save, RDI) = ADDRESS;
		user_run(&g.vcpu);
		CHECK(save->vector == VECTOR_PF && save->cr2 == ADDRESS && REG(save, ERROR) == 4,
		      "level %d taken away: %s", level, event_name(save));
		*entry = old;		/* a new mapping needs nothing */
		save->work = 0;
		CHECK(user_load_at(ADDRESS) == ~page, "level %d put back", level);
	}
}

/* A table that a root has used at @from is taken away and used at @to in another. */
static void reuse_round(uint64_t first, uint64_t second, int from, int to)
{
	struct save_area *save = g.vcpu.save;
	uint64_t page, table, *holder, gpa;

	/* the first root: @table is used at level @from, 1 is the one of the last entries */
	*entry_at(&g, first, ADDRESS, 4) = branch_make(4, &page);
	user_set(&g.vcpu, 0);
	root_set(&g.vcpu, first);
	CHECK(user_load_at(ADDRESS) == ~page);
	holder = entry_at(&g, first, ADDRESS, from + 1);
	table = *holder & PTE_ADDRESS;

	/* its one entry is cleared, then the entry that points to it */
	save->work = 0;
	memset(page_at(&g, table), 0, PAGE);
	save->work |= entry_changed(&g.vcpu, table);
	gpa = entry_gpa(&g, first, ADDRESS, from + 1);
	*holder = 0;
	save->work |= entry_changed(&g.vcpu, gpa);

	/* the second root: the table again, elsewhere */
	*(uint64_t *)page_at(&g, table) = branch_make(to, &page);
	holder = entry_at(&g, second, ADDRESS, to + 1);
	save->work |= *holder ? entry_changed(&g.vcpu, entry_gpa(&g, second, ADDRESS, to + 1)) : 0;
	*holder = table | PTE_TABLE;
	root_set(&g.vcpu, second);
	CHECK(user_load_at(ADDRESS) == ~page, "from level %d to %d", from, to);

	/* and the first root has lost it */
	user_set(&g.vcpu, CODE(load));
	root_set(&g.vcpu, first);
	REG(save, RDI) = ADDRESS;
	user_run(&g.vcpu);
	CHECK(save->vector == VECTOR_PF && save->cr2 == ADDRESS, "from level %d to %d: %s", from,
	      to, event_name(save));
}

void case_table_reuse(void)
{
	int from, to;

	guest_start(&g);
	for (from = 1; from < LEVELS; from++)
		for (to = 1; to < LEVELS; to++)
			reuse_round(root_make(&g), root_make(&g), from, to);
}

/* What user code sees after the entry of ADDRESS has been replaced: the new page? */
static int is_seen(unsigned int work, uint64_t flushed)
{
	struct save_area *save = g.vcpu.save;
	uint64_t *entry = entry_at(&g, g.root, ADDRESS, 1), old, page, seen;

	old = page_tagged();
	*entry = old | PTE_DATA;
	save->work = WORK_CR3 | entry_changed(&g.vcpu, entry_gpa(&g, g.root, ADDRESS, 1));
	CHECK(user_load_at(ADDRESS) == ~old);
	page = page_tagged();
	*entry = page | PTE_DATA;
	save->work = work & WORK_ENTRIES ?
		entry_changed(&g.vcpu, entry_gpa(&g, g.root, ADDRESS, 1)) : 0;
	save->work |= work;
	save->page[0] = flushed;
	save->pages = 1;
	seen = user_load_at(ADDRESS);
	CHECK(seen == ~page || seen == ~old, "%#lx", seen);
	return seen == ~page;
}

/*
 * Does this test see what is stale? Where KVM shadows the page tables a changed
 * entry that is not stored again must be, and with npt=0 and ept=0 one that is not
 * flushed, too.
 */
void case_stale(void)
{
	if (!probe->features.shadow_paging)
		SKIP("the page tables are the CPU's own here");
	guest_start(&g);
	CHECK(!is_seen(0, 0) && !is_seen(WORK_CR3, 0) && !is_seen(WORK_PAGES, ADDRESS),
	      "what is not stored is seen");
	CHECK(is_seen(WORK_ENTRIES | WORK_CR3, 0));
	CHECK(is_seen(WORK_ENTRIES | WORK_PAGES, ADDRESS));
	if (strchr(host, '0'))
		CHECK(!is_seen(WORK_ENTRIES, 0) && !is_seen(WORK_ENTRIES | WORK_PAGES,
							    ADDRESS + PAGE),
		      "what is not flushed is seen");
}
