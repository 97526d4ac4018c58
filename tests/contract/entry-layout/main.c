// SPDX-License-Identifier: GPL-2.0
/*
 * entry-layout - what os-kvm and guest-entry have to agree about, without KVM: the
 * entry code in its page, the gates, the tables of a region, and who may touch what.
 */
#include <stddef.h>
#include <stdint.h>
#include <uml/save_area.h>
#include <uml/vcpu.h>
#include "check.h"

#define PAGE		4096UL
#define GPA		0x123456000UL
#define NUMBER		3
#define GVA		(ENTRY_BASE + NUMBER * (uint64_t)ENTRY_STRIDE)
#define ADDRESS_MASK	0x000ffffffffff000UL

static char first[ENTRY_MEMORY_SIZE] __attribute__((aligned(4096)));
static char region[ENTRY_MEMORY_SIZE] __attribute__((aligned(4096)));
static struct vm vm;

static uint64_t value_at(const void *p, unsigned int size)
{
	uint64_t value = 0;

	memcpy(&value, p, size);
	return value;
}

/* The code at @offset is `mov $value, address(%rip)`: its length, and what it stores. */
static unsigned int store_read(uint32_t offset, uint32_t *address, uint32_t *value)
{
	const uint8_t *p = (const uint8_t *)guest_entry_start + offset;
	unsigned int prefix = p[0] == 0x48;

	p += prefix;
	if (p[0] != 0xc7 || p[1] != 0x05)
		return 0;
	*value = value_at(p + 6, 4);
	*address = offset + prefix + 10 + value_at(p + 2, 4);
	return prefix + 10;
}

/* Where the jump at @offset goes to. */
static uint32_t jump_read(uint32_t offset)
{
	const uint8_t *p = (const uint8_t *)guest_entry_start + offset;

	if (p[0] == 0xeb)
		return offset + 2 + (int8_t)p[1];
	CHECK(p[0] == 0xe9, "no jump at %#x", offset);
	return offset + 5 + (int32_t)value_at(p + 1, 4);
}

static int has_error_code(unsigned int vector)
{
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 ||
		vector == 29 || vector == 30;
}

/* NMI, #DF, #MC */
static int is_abort(unsigned int vector)
{
	return vector == 2 || vector == 8 || vector == 18;
}

/* They push 0 if the CPU has pushed no error code, RDI, and have the vector in EDI. */
static void abort_stub_check(unsigned int vector, uint32_t at)
{
	const uint8_t *p = (const uint8_t *)guest_entry_start + at;
	static uint32_t common;
	uint32_t target;

	if (vector != 8) {
		CHECK(p[0] == 0x6a && p[1] == 0, "vector %u: no error code is pushed", vector);
		p += 2;
	}
	CHECK(p[0] == 0x57 && p[1] == 0xbf && value_at(p + 2, 4) == vector,
	      "vector %u is not in EDI", vector);
	target = jump_read(p + 6 - (const uint8_t *)guest_entry_start);
	if (common == 0)
		common = target;
	CHECK(target == common && target > guest_entry_offset_leave &&
	      target < guest_entry_offset_stubs, "vector %u goes to %#x", vector, target);
}

/* Each stub stores its vector, and 0 where the CPU pushes no error code. */
static void stub_check(unsigned int vector, uint32_t *common)
{
	uint32_t start = guest_entry_offset_stubs + vector * ENTRY_STUB_SIZE, at = start;
	uint32_t address, value, target;
	unsigned int length;

	if (vector == 1) {	/* #DB finds out first what it hit */
		target = jump_read(start);
		CHECK(target > guest_entry_offset_leave && target < guest_entry_offset_stubs,
		      "#DB goes to %#x", target);
		return;
	}
	if (is_abort(vector)) {
		abort_stub_check(vector, start);
		return;
	}
	if (!has_error_code(vector)) {
		length = store_read(at, &address, &value);
		CHECK(length && address == ENTRY_SAVE + SAVE_ERROR && value == 0,
		      "vector %u: no error code is stored", vector);
		at += length;
	}
	length = store_read(at, &address, &value);
	CHECK(length && address == ENTRY_SAVE + SAVE_VECTOR && value == vector,
	      "vector %u: it is not stored", vector);
	at += length;
	target = jump_read(at);
	at += guest_entry_start[at] == (char)0xeb ? 2 : 5;
	CHECK(at <= start + ENTRY_STUB_SIZE, "vector %u: the stub is too long", vector);
	if (*common == 0)
		*common = target;
	CHECK(target == *common && target < guest_entry_offset_stubs,
	      "vector %u goes to %#x, others to %#x", vector, target, *common);
}

static void code_check(void)
{
	uint32_t size = guest_entry_end - guest_entry_start, common = 0, address, value;
	const uint8_t *leave = (const uint8_t *)guest_entry_start + guest_entry_offset_leave;
	unsigned int i, length;

	CHECK(size <= PAGE, "%u bytes", size);
	CHECK(guest_entry_offset_enter == 0);
	CHECK(guest_entry_offset_load > guest_entry_offset_enter &&
	      guest_entry_offset_load < guest_entry_offset_load_end);
	CHECK(guest_entry_offset_load_end <= guest_entry_offset_syscall &&
	      guest_entry_offset_syscall < guest_entry_offset_segments &&
	      guest_entry_offset_segments + 5 <= guest_entry_offset_leave);
	/* the last instruction that can fault for what is loaded: IRETQ */
	CHECK(!memcmp(guest_entry_start + guest_entry_offset_load_end - 2, "\x48\xcf", 2));
	CHECK(leave[0] == 0xe6 && leave[1] == ENTRY_PORT, "%02x %02x", leave[0], leave[1]);
	CHECK(jump_read(guest_entry_offset_leave + 2) == guest_entry_offset_enter);
	/* SYSCALL stores RSP, RCX, R11, and then what it is */
	length = store_read(guest_entry_offset_syscall + 21, &address, &value);
	CHECK(length && address == ENTRY_SAVE + SAVE_VECTOR && value == ENTRY_SYSCALL);
	CHECK(guest_entry_offset_stubs % ENTRY_STUB_SIZE == 0);
	CHECK(guest_entry_offset_stubs + ENTRY_VECTORS * ENTRY_STUB_SIZE >= size &&
	      guest_entry_offset_stubs + (ENTRY_VECTORS - 1) * ENTRY_STUB_SIZE < size);
	for (i = 0; i < ENTRY_VECTORS; i++)
		stub_check(i, &common);
	CHECK(!memcmp(region + ENTRY_CODE, guest_entry_start, size), "it is not what is in the region");
}

/* What is pushed and what is popped is in the save area, in the CPU's order. */
static void save_area_check(void)
{
	const struct save_area *save = (struct save_area *)(region + ENTRY_SAVE);
	unsigned int i;

	static const unsigned int registers[] = {
		SAVE_R15, SAVE_R14, SAVE_R13, SAVE_R12, SAVE_RBP, SAVE_RBX, SAVE_R11, SAVE_R10,
		SAVE_R9, SAVE_R8, SAVE_RAX, SAVE_RCX, SAVE_RDX, SAVE_RSI, SAVE_RDI, SAVE_ERROR,
		SAVE_RIP, SAVE_CS, SAVE_RFLAGS, SAVE_RSP, SAVE_SS, SAVE_FS_BASE, SAVE_GS_BASE,
		SAVE_DS, SAVE_ES, SAVE_FS, SAVE_GS,
	};

	CHECK(sizeof(registers) / sizeof(registers[0]) == sizeof(save->gp) / sizeof(save->gp[0]));
	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		CHECK(registers[i] == offsetof(struct save_area, gp) + 8 * i, "gp[%u]", i);
	CHECK(SAVE_FRAME_END % 16 == 0 && SAVE_FRAME_END == SAVE_SS + 8);
	CHECK(offsetof(struct save_area, page) + sizeof(save->page) <= PAGE);
}

static void gate_check(unsigned int vector)
{
	const uint8_t *gate = (const uint8_t *)region + ENTRY_IDT + 16 * vector;
	uint64_t target = value_at(gate, 2) | value_at(gate + 6, 2) << 16 |
		value_at(gate + 8, 4) << 32;
	unsigned int ist = vector == 1 ? 2 : vector == 2 ? 3 : vector == 8 ? 4 : vector == 18 ? 5 : 1;
	unsigned int dpl = vector == 3 || vector == 4 ? 3 : 0;

	CHECK(target == GVA + ENTRY_CODE + guest_entry_offset_stubs + vector * ENTRY_STUB_SIZE,
	      "gate %u goes to %#lx", vector, target);
	CHECK(value_at(gate + 2, 2) == ENTRY_KERNEL_CS, "gate %u", vector);
	CHECK(gate[4] == ist && gate[5] == (0x8e | dpl << 5), "gate %u: IST %u, type %#x", vector,
	      gate[4], gate[5]);
}

static void descriptors_check(void)
{
	const uint64_t *gdt = (uint64_t *)(region + ENTRY_GDT);
	const char *tss = region + ENTRY_TSS;
	uint64_t low = gdt[ENTRY_TSS_SELECTOR >> 3], base;
	unsigned int i;

	for (i = 0; i < ENTRY_VECTORS; i++)
		gate_check(i);
	CHECK(value_at(region + ENTRY_IDT + 16 * ENTRY_VECTORS, 8) == 0, "a gate too many");
	CHECK((gdt[ENTRY_KERNEL_CS >> 3] >> 40 & 0xff) == 0x9b &&
	      (gdt[ENTRY_KERNEL_SS >> 3] >> 40 & 0xff) == 0x93 &&
	      (gdt[ENTRY_USER_CS >> 3] >> 40 & 0xff) == 0xfb &&
	      (gdt[ENTRY_USER_SS >> 3] >> 40 & 0xff) == 0xf3 &&
	      (gdt[ENTRY_USER32_CS >> 3] >> 40 & 0xff) == 0xf1, "types and levels");
	base = (low >> 16 & 0xffffff) | low >> 56 << 24 | gdt[(ENTRY_TSS_SELECTOR >> 3) + 1] << 32;
	CHECK(base == GVA + ENTRY_TSS, "TSS at %#lx", base);
	CHECK((gdt[ENTRY_CPU_SELECTOR >> 3] & 0xffff) == NUMBER);
	/* IST 1 ends behind SS in the save area, the others have a stack each */
	CHECK(value_at(tss + 36, 8) == GVA + ENTRY_SAVE + SAVE_FRAME_END);
	for (i = 0; i < 4; i++)
		CHECK(value_at(tss + 44 + 8 * i, 8) == GVA + ENTRY_STACKS + 1024 * (i + 1),
		      "IST %u", i + 2);
	CHECK(value_at(tss + 102, 2) >= 104, "user code has ports");
	CHECK(ENTRY_TSS + 104 <= ENTRY_SAVE && ENTRY_GDT + ENTRY_GDT_SIZE <= ENTRY_TSS);
}

/* Every address of the region is the supervisor's, code or data, and nothing else is there. */
static void paging_check(void)
{
	const uint64_t *leaf = (uint64_t *)(region + ENTRY_LEAF);
	const uint64_t *pdpt = (uint64_t *)(first + ENTRY_PDPT);
	const uint64_t *root = (uint64_t *)(region + ENTRY_ROOT);
	const uint64_t *pd = (uint64_t *)(region + ENTRY_PD);
	uint64_t i, writable, execute;

	CHECK(vm.entry_table == pdpt, "the regions have one table above them");
	CHECK((root[ENTRY_PML4_SLOT] & ADDRESS_MASK) == vm.entry_table_gpa);
	CHECK((pdpt[NUMBER] & ADDRESS_MASK) == GPA + ENTRY_PD);
	CHECK((pd[0] & ADDRESS_MASK) == GPA + ENTRY_LEAF);
	CHECK(!((root[ENTRY_PML4_SLOT] | pdpt[NUMBER] | pd[0]) & 4), "for user code");
	for (i = 0; i < 512; i++) {
		CHECK(i == ENTRY_PML4_SLOT || root[i] == 0, "entry %lu of the root", i);
		CHECK(i == 0 || pd[i] == 0, "entry %lu of the directory", i);
		CHECK(i == 0 || i == NUMBER || pdpt[i] == 0, "entry %lu above it", i);
		if (i * PAGE >= ENTRY_WINDOW) {
			CHECK(leaf[i] == 0, "page %lu", i);
			continue;
		}
		writable = i * PAGE >= ENTRY_SAVE ? 2 : 0;
		execute = i * PAGE == ENTRY_CODE ? 0 : 1UL << 63;
		CHECK((leaf[i] & ADDRESS_MASK) == GPA + i * PAGE, "page %lu: %#lx", i, leaf[i]);
		CHECK((leaf[i] & ~ADDRESS_MASK & ~0x60UL) == (1 | writable | execute),
		      "page %lu: %#lx", i, leaf[i]);
	}
}

static void skip_check(void)
{
	uint32_t at = guest_entry_offset_segments;

	entry_segments_skip(region, 1);
	CHECK(region[at] == (char)0xe9 &&
	      at + 5 + (int32_t)value_at(region + at + 1, 4) == guest_entry_offset_leave);
	entry_segments_skip(region, 0);
	CHECK(!memcmp(region + ENTRY_CODE, guest_entry_start, guest_entry_end - guest_entry_start));
}

int main(void)
{
	entry_region_fill(&vm, first, 0x100000000UL, 0);
	entry_region_fill(&vm, region, GPA, NUMBER);
	CHECK(vm.entry_table_gpa == 0x100000000UL + ENTRY_PDPT);
	code_check();
	save_area_check();
	descriptors_check();
	paging_check();
	skip_check();
	printf("guest-entry: %ld bytes\n", (long)(guest_entry_end - guest_entry_start));
	return 0;
}
