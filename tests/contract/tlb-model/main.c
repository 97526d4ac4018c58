// SPDX-License-Identifier: GPL-2.0
/*
 * tlb-model: a kernel that changes page tables at random records what the CPU
 * must forget by include/tlb_work.h and include/table_work.h; the CPU then must
 * believe nothing that the tables deny, on hosts with nested and with shadow
 * paging. And it does notice: with any one point of recording left out, it does.
 */
#include "model.h"

static const char *const names[POINTS] = {
	[POINT_REPLACE] = "set_ptes over a present entry",
	[POINT_PAGE] = "flush_tlb_page",
	[POINT_RANGE] = "flush_tlb_range",
	[POINT_MM] = "flush_tlb_mm",
	[POINT_GATHER] = "mmu_gather",
	[POINT_TABLES] = "mmu_gather of tables",
	[POINT_NEW_MM] = "a new mm",
	[POINT_NOTE_LEAF] = "the note of a leaf entry",
	[POINT_NOTE_UPPER] = "the note of an upper entry",
};

/* Returns what is wrong, and after how many steps */
static const char *model_run(enum point omit, bool shadow, uint64_t seed, int steps, int *at)
{
	machine_start(omit, seed);
	cpu_start(shadow);
	for (*at = 0; *at < steps; ++*at) {
		const char *wrong;

		for (int i = rng_below(&machine.rng, 4); i >= 0; i--)
			machine_step();
		wrong = cpu_run(&machine.mm[rng_below(&machine.rng, MMS)]);
		if (wrong)
			return wrong;
	}
	return NULL;
}

static void omitted_check(enum point point, int steps)
{
	bool shadow = point >= POINT_NOTE_LEAF;

	for (int seed = 1; seed <= 10; seed++) {
		int at;

		if (model_run(point, shadow, seed, steps, &at))
			return;
	}
	FAIL("without %s nothing goes wrong: the model is blind", names[point]);
}

static void decisions_check(void)
{
	const uint64_t page = 5 * PAGE | ENTRY_PRESENT | ENTRY_USER;
	static const struct {
		uint64_t old, new;
		int flush, note;
	} cases[] = {
		{ 0, ENTRY_PRESENT, 0, 0 },
		{ ENTRY_PRESENT, 0x100, 1, 1 }, /* PROT_NONE */
		{ 0x100, ENTRY_PRESENT, 0, 0 },
		{ ENTRY_PRESENT, ENTRY_PRESENT | ENTRY_WRITE, 0, 0 },
		{ ENTRY_PRESENT | ENTRY_WRITE, ENTRY_PRESENT, 1, 1 },
		{ ENTRY_PRESENT, ENTRY_PRESENT | ENTRY_NX, 1, 1 },
		{ ENTRY_PRESENT | ENTRY_NX, ENTRY_PRESENT, 0, 0 },
		{ ENTRY_PRESENT, ENTRY_PRESENT | ENTRY_ACCESSED | ENTRY_DIRTY, 0, 0 },
		{ ENTRY_PRESENT | ENTRY_DIRTY, ENTRY_PRESENT, 1, 1 },
		{ ENTRY_PRESENT | ENTRY_ACCESSED, ENTRY_PRESENT, 0, 1 },
		{ ENTRY_PRESENT, ENTRY_PRESENT | 0x600, 0, 0 }, /* software bits */
		{ ENTRY_PRESENT | 0x600, ENTRY_PRESENT, 0, 0 },
		{ ENTRY_PRESENT, ENTRY_PRESENT | PAGE << 20, 1, 1 },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t old = cases[i].old | (cases[i].old & ENTRY_PRESENT ? page : 0);
		uint64_t new = cases[i].new | (cases[i].new & ENTRY_PRESENT ? page : 0);

		CHECK(entry_needs_flush(old, new) == cases[i].flush, "case %u", i);
		CHECK(entry_needs_note(old, new) == cases[i].note, "case %u", i);
	}
}

static void tlb_work_check(void)
{
	struct tlb_work work = { 0 };

	tlb_work_add(&work, 0x1fff, 0x2001);
	CHECK(work.count == 2 && work.page[0] == 0x1000 && work.page[1] == 0x2000);
	tlb_work_add(&work, 0x2000, 0x3000);
	tlb_work_add(&work, 0x5000, 0x5000);
	CHECK(work.count == 2, "a page twice, or none: %u", work.count);
	tlb_work_add(&work, 0x10000, 0x10000 + (TLB_WORK_PAGES - 2) * PAGE);
	CHECK(work.count == TLB_WORK_PAGES, "%u", work.count);
	tlb_work_add(&work, 0, PAGE);
	CHECK(work.count > TLB_WORK_PAGES);
	tlb_work_add(&work, 0, PAGE);
	CHECK(work.count > TLB_WORK_PAGES);
	tlb_work_clear(&work);
	tlb_work_add(&work, 0, 1ULL << 47);
	CHECK(work.count > TLB_WORK_PAGES);
}

/* The list holds what it is given, and says so when that was too much */
static void table_work_check(void)
{
	static struct table_work work;
	unsigned int i;

	for (i = 0; i < TABLE_WORK_ENTRIES; i++) {
		table_work_put(&work, i * 8);
		table_work_put(&work, i * 8);
		CHECK(work.count == i + 1 && !table_work_overflow(&work));
	}
	for (i = 0; i < TABLE_WORK_ENTRIES; i++)
		CHECK(work.entry[i] == i * 8, "entry %u is %#llx", i,
		      (unsigned long long)work.entry[i]);
	for (i = 0; i < 3; i++) {
		table_work_put(&work, PAGE);
		CHECK(table_work_overflow(&work));
	}
	table_work_clear(&work);
	CHECK(work.count == 0 && !table_work_overflow(&work));
}

int main(int argc, char **argv)
{
	int steps = check_rounds(argc, argv, 4000), at;

	decisions_check();
	tlb_work_check();
	table_work_check();
	for (int shadow = 0; shadow < 2; shadow++) {
		for (int seed = 1; seed <= 10; seed++) {
			const char *wrong = model_run(POINT_NONE, shadow, seed, steps, &at);

			CHECK(!wrong, "%s paging, seed %d, step %d: %s",
			      shadow ? "shadow" : "nested", seed, at, wrong);
		}
	}
	for (int point = POINT_NONE + 1; point < POINTS; point++)
		omitted_check(point, steps);
	return 0;
}
