// SPDX-License-Identifier: GPL-2.0
/*
 * model.c - two address spaces, changed at random as a kernel changes them: pages
 * replaced, write-protected and taken away, whole branches of tables freed, their
 * frames used again at once for tables of any level or for data, of either space.
 * After each change user code must see what a walk through the tables says.
 */
#include "guest.h"

#define SPACES		2
#define FRAMES		600
#define PAGES		64	/* addresses of a space: 2 bits a level, and 3 of the root's */

extern const char at_load[], at_store[];

static struct guest g;
static uint64_t root[SPACES];
static uint64_t pool[FRAMES];		/* free frames, the one freed last is taken first */
static unsigned int pool_count;
static unsigned int seed = 1;
static unsigned int entries;		/* in the list */

static unsigned int random_below(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % n;
}

static uint64_t address_of(unsigned int i)
{
	return (1 + (i >> 5 & 1UL)) << 39 | (i >> 4 & 1UL) << 30 | (i >> 3 & 1UL) << 21 |
		(i & 7UL) << 12;
}

static uint64_t frame_take(void)
{
	uint64_t frame;

	CHECK(pool_count > 0);
	frame = pool[--pool_count];
	memset(page_at(&g, frame), 0, PAGE);
	return frame;
}

static uint64_t data_take(void)
{
	uint64_t frame = frame_take();

	*(uint64_t *)page_at(&g, frame) = ~frame;
	return frame;
}

/* A present entry is taken away or replaced. */
static void entry_change(uint64_t *entry, uint64_t value)
{
	uint64_t *list = (uint64_t *)(g.vcpu.region + ENTRY_LIST);

	if (*entry & PTE_P) {
		CHECK(entries < SAVE_ENTRIES);
		list[entries++] = MEMORY_GPA + ((char *)entry - g.memory);
	}
	*entry = value;
}

/* Clear the entry at @level and give all below it back. */
static void branch_free(uint64_t *entry, int level)
{
	uint64_t frame = *entry & PTE_ADDRESS;
	uint64_t *table;
	unsigned int i;

	if (!(*entry & PTE_P))
		return;
	entry_change(entry, 0);
	if (level > 1) {
		table = page_at(&g, frame);
		for (i = 0; i < 512; i++)
			branch_free(&table[i], level - 1);
	}
	pool[pool_count++] = frame;
}

/* The entry of @address at @level, or NULL: there is no table for it. */
static uint64_t *entry_find(uint64_t space, uint64_t address, int level, int make)
{
	uint64_t *table = page_at(&g, space), *entry;
	int at;

	for (at = 4;; at--) {
		entry = &table[address >> (12 + 9 * (at - 1)) & 511];
		if (at == level)
			return entry;
		if (!(*entry & PTE_P)) {
			if (!make)
				return NULL;
			*entry = frame_take() | PTE_TABLE;
		}
		table = page_at(&g, *entry);
	}
}

static void page_map(uint64_t space, uint64_t address)
{
	uint64_t *entry = entry_find(space, address, 1, 1);
	uint64_t old = *entry, page = data_take();

	entry_change(entry, page | PTE_DATA);
	if (old & PTE_P)
		pool[pool_count++] = old & PTE_ADDRESS;
}

static void change(void)
{
	uint64_t space = root[random_below(SPACES)];
	uint64_t address = address_of(random_below(PAGES));
	unsigned int what = random_below(16);
	uint64_t *entry;

	if (what < 9) {
		page_map(space, address);
	} else if (what < 12) {
		entry = entry_find(space, address, 1, 0);
		if (entry && *entry & PTE_P)
			entry_change(entry, *entry ^ PTE_W);
	} else {
		entry = entry_find(space, address, 1 + what % 4, 0);
		if (entry)
			branch_free(entry, 1 + what % 4);
		if (what & 1)
			page_map(space, address);
	}
}

/* What does user code see at @address, and what has it to see? */
static void access_check(unsigned int step, uint64_t space, uint64_t address, int is_store)
{
	struct save_area *save = g.vcpu.save;
	uint64_t *entry = entry_find(space, address, 1, 0);
	uint64_t value = entry ? *entry : 0, frame = value & PTE_ADDRESS;
	uint64_t error = (is_store ? 2 : 0) | 4 | (value & PTE_P);
	unsigned int work = save->work;

	user_set(&g.vcpu, is_store ? CODE(store) : CODE(load));
	save->work = work;
	if (g.vcpu.root != space)
		root_set(&g.vcpu, space);
	REG(save, RDI) = address;
	REG(save, RAX) = ~frame;
	user_run(&g.vcpu);
	save->work = 0;
	if (value & PTE_P && (value & PTE_W || !is_store))
		CHECK(save->vector == ENTRY_SYSCALL && REG(save, RAX) == ~frame,
		      "step %u, %s %#lx: rax %#lx, not %#lx; %s", step, is_store ? "store" :
		      "load", address, REG(save, RAX), ~frame, event_name(save));
	else
		CHECK(save->vector == VECTOR_PF && save->cr2 == address &&
		      REG(save, ERROR) == error, "step %u, entry %#lx: %s, error not %#lx",
		      step, value, event_name(save), error);
}

void case_model(void)
{
	unsigned int i, n, steps = rounds(1500, 300);
	struct save_area *save;

	guest_start(&g);
	save = g.vcpu.save;
	while (pool_count < FRAMES)
		pool[pool_count++] = page_take(&g);
	for (i = 0; i < SPACES; i++)
		root[i] = root_make(&g);
	for (i = 0; i < steps; i++) {
		entries = 0;
		for (n = random_below(4); n > 0; n--)
			change();
		save->work = 0;
		if (entries) {
			save->work = WORK_CR3;
			save->cr3 = g.vcpu.root;
			save->entries = entries;
			if (probe->features.shadow_paging)
				save->work |= WORK_ENTRIES;
		}
		for (n = 0; n < 4; n++)
			access_check(i, root[random_below(SPACES)],
				     address_of(random_below(PAGES)), random_below(2));
	}
}
