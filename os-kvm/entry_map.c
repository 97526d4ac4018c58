// SPDX-License-Identifier: GPL-2.0
/*
 * entry_map.c - fill the region of a vcpu: code, descriptor tables, page
 * tables. save_area.h has the layout.
 *
 * Intel SDM vol. 3: 3.4.5 and 5.8 (segment descriptors), 6.14.1 (64-bit IDT),
 * 7.7 (64-bit TSS), 4.5 (4-level paging).
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>
#include <uml/save_area.h>
#include <uml/vcpu.h>

#define PAGE		4096
#define PTE_P		0x001ULL
#define PTE_W		0x002ULL
#define PTE_A		0x020ULL
#define PTE_D		0x040ULL
#define PTE_NX		(1ULL << 63)

#define AT(member, offset) \
	static_assert(offsetof(struct save_area, member) == (offset), #member)

AT(vector, SAVE_VECTOR);
AT(abort, SAVE_ABORT);
AT(gp[0], SAVE_R15);
AT(gp[14], SAVE_RDI);
AT(gp[15], SAVE_ERROR);
AT(gp[20], SAVE_SS);
AT(gp[21], SAVE_FRAME_END);
AT(gp[21], SAVE_FS_BASE);
AT(gp[22], SAVE_GS_BASE);
AT(gp[23], SAVE_DS);
AT(gp[26], SAVE_GS);
AT(cr2, SAVE_CR2);
AT(dr6, SAVE_DR6);
AT(work, SAVE_WORK);
AT(leave, SAVE_LEAVE);
AT(cr3, SAVE_CR3);
AT(pages, SAVE_PAGE_COUNT);
AT(entries, SAVE_ENTRY_COUNT);
AT(dr[0], SAVE_DR);
AT(dr7, SAVE_DR7);
AT(features, SAVE_FEATURES);
AT(entry_dr6, SAVE_ENTRY_DR6);
AT(page[0], SAVE_PAGE);
static_assert(ENTRY_STACK_END(ENTRY_IST_MC) == ENTRY_STACKS + PAGE, "the stacks are one page");
static_assert(SAVE_FRAME_END % 16 == 0, "an IST stack is aligned");
static_assert(sizeof(struct save_area) <= PAGE, "it is one page");
static_assert(SAVE_ENTRIES * sizeof(uint64_t) <= PAGE, "it is one page");
static_assert((ENTRY_BASE >> 39 & 511) == ENTRY_PML4_SLOT, "the slot of the base");

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_mid;
	uint32_t offset_high;
	uint32_t reserved;
};

struct tss {
	uint32_t reserved0;
	uint32_t rsp[6];
	uint32_t reserved1[2];
	uint32_t ist[14];
	uint32_t reserved2[2];
	uint16_t reserved3;
	uint16_t io_map;
};

static_assert(sizeof(struct gate) == 16 && sizeof(struct tss) == 104, "as the CPU has them");

static void table_set(char *region, uint64_t table, unsigned int index, uint64_t entry)
{
	((uint64_t *)(region + table))[index] = entry;
}

/* The pages of the region; tables above the leaf are not mapped in it. */
static void paging_fill(struct vm *vm, char *region, uint64_t gpa, unsigned int number)
{
	uint64_t offset, flags;

	for (offset = 0; offset < ENTRY_WINDOW; offset += PAGE) {
		flags = PTE_P | PTE_A;
		if (offset >= ENTRY_SAVE)
			flags |= PTE_W | PTE_D;
		if (offset != ENTRY_CODE)
			flags |= PTE_NX;
		table_set(region, ENTRY_LEAF, offset / PAGE, (gpa + offset) | flags);
	}
	if (vm->entry_table == NULL) {
		vm->entry_table = (uint64_t *)(region + ENTRY_PDPT);
		vm->entry_table_gpa = gpa + ENTRY_PDPT;
	}
	flags = PTE_P | PTE_W | PTE_A;
	table_set(region, ENTRY_PD, 0, (gpa + ENTRY_LEAF) | flags);
	vm->entry_table[number] = (gpa + ENTRY_PD) | flags;
	table_set(region, ENTRY_ROOT, ENTRY_PML4_SLOT, vm->entry_table_gpa | flags);
}

static void idt_fill(char *region, uint64_t gva)
{
	struct gate *idt = (struct gate *)(region + ENTRY_IDT);
	uint64_t stub;
	unsigned int i;

	for (i = 0; i < ENTRY_VECTORS; i++) {
		stub = gva + guest_entry_offset_stubs + i * ENTRY_STUB_SIZE;
		idt[i].offset_low = stub;
		idt[i].offset_mid = stub >> 16;
		idt[i].offset_high = stub >> 32;
		idt[i].selector = ENTRY_KERNEL_CS;
		idt[i].ist = 1;
		idt[i].type = 0x8e;	/* interrupt gate */
		if (i == 3 || i == 4)	/* INT3 and INTO are for everyone */
			idt[i].type |= 3 << 5;
	}
	/* these can hit what has just been entered */
	idt[1].ist = ENTRY_IST_DB;
	idt[2].ist = ENTRY_IST_NMI;
	idt[8].ist = ENTRY_IST_DF;
	idt[18].ist = ENTRY_IST_MC;
}

static void ist_set(struct tss *tss, unsigned int number, uint64_t top)
{
	tss->ist[2 * number - 2] = top;
	tss->ist[2 * number - 1] = top >> 32;
}

static void gdt_fill(char *region, uint64_t gva, unsigned int number)
{
	uint64_t *gdt = (uint64_t *)(region + ENTRY_GDT);
	struct tss *tss = (struct tss *)(region + ENTRY_TSS);
	uint64_t base = gva + ENTRY_TSS;
	unsigned int ist;

	/* all marked accessed: the CPU has no reason to write here */
	gdt[ENTRY_KERNEL_CS >> 3] = 0x00af9b000000ffffULL;
	gdt[ENTRY_KERNEL_SS >> 3] = 0x00cf93000000ffffULL;
	gdt[ENTRY_USER32_CS >> 3] = 0x00cff1000000ffffULL;
	gdt[ENTRY_USER_SS >> 3] = 0x00cff3000000ffffULL;
	gdt[ENTRY_USER_CS >> 3] = 0x00affb000000ffffULL;
	gdt[ENTRY_CPU_SELECTOR >> 3] = 0x0040f50000000000ULL | (number & 0xffff);
	gdt[ENTRY_TSS_SELECTOR >> 3] = 0x00008b0000000000ULL | (sizeof(*tss) - 1) |
		(base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	gdt[(ENTRY_TSS_SELECTOR >> 3) + 1] = base >> 32;

	tss->io_map = sizeof(*tss);	/* beyond the limit: no port is allowed */
	ist_set(tss, 1, gva + ENTRY_SAVE + SAVE_FRAME_END);
	for (ist = ENTRY_IST_DB; ist <= ENTRY_IST_MC; ist++)
		ist_set(tss, ist, gva + ENTRY_STACK_END(ist));
}

void entry_region_fill(struct vm *vm, char *region, uint64_t gpa, unsigned int number)
{
	uint64_t gva = ENTRY_BASE + (uint64_t)number * ENTRY_STRIDE;

	memcpy(region + ENTRY_CODE, guest_entry_start, guest_entry_end - guest_entry_start);
	paging_fill(vm, region, gpa, number);
	idt_fill(region, gva);
	gdt_fill(region, gva, number);
}

void entry_segments_skip(char *region, int skip)
{
	char *code = region + ENTRY_CODE + guest_entry_offset_segments;
	int32_t distance = guest_entry_offset_leave - (guest_entry_offset_segments + 5);

	if (skip) {
		code[0] = 0xe9;		/* jmp */
		memcpy(code + 1, &distance, sizeof(distance));
	} else {
		memcpy(code, guest_entry_start + guest_entry_offset_segments, 5);
	}
}
