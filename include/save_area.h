/* SPDX-License-Identifier: GPL-2.0 */
/*
 * save_area.h - the contract between the host side of a vcpu (os-kvm) and the
 * code that runs at CPL 0 in it (guest-entry).
 *
 * Each vcpu has a region of its own in guest-virtual memory: its copy of the
 * entry code, the tables the CPU reads, its save area, its stacks. The code
 * addresses all of it relative to itself, so it needs neither GS nor a
 * relocation. All of it is supervisor only. The host reads and writes the same
 * pages through its own mapping, and only while the vcpu is not in KVM_RUN.
 *
 * C and assembly share this header; os-kvm/entry_map.c asserts the offsets.
 */
#ifndef UML_SAVE_AREA_H
#define UML_SAVE_AREA_H

/* Where the regions are: one PML4 entry of the kernel half, in it 1 GiB a vcpu */
#define ENTRY_PML4_SLOT		384
#define ENTRY_BASE		0xffffc00000000000
#define ENTRY_STRIDE		0x40000000

/* Pages of a region, as offsets in it */
#define ENTRY_CODE		0x0000	/* read, execute */
#define ENTRY_IDT		0x1000	/* read */
#define ENTRY_GDT		0x2000	/* read; the TSS is in the same page */
#define ENTRY_TSS		0x2800
#define ENTRY_SAVE		0x3000	/* read, write; so is all that follows */
#define ENTRY_STACKS		0x4000
#define ENTRY_LIST		0x5000	/* changed page-table entries */
#define ENTRY_XSTATE_IN		0x6000	/* extended state to load, 16 KiB */
#define ENTRY_XSTATE_OUT	0xa000	/* extended state saved, 16 KiB */
#define ENTRY_XSTATE_SIZE	0x4000
#define ENTRY_LEAF		0xe000	/* the table that maps this region */
#define ENTRY_WINDOW		0xf000	/* where guest-entry maps a page table */
#define ENTRY_PDPT		0x10000	/* tables above it: not mapped; all share vcpu 0's */
#define ENTRY_PD		0x11000
#define ENTRY_ROOT		0x12000	/* a PML4 with nothing but the region */
#define ENTRY_MEMORY_SIZE	0x13000	/* bytes of memory behind a region */

/* Where the stacks end: IST 2 to 5. IST 1 is the frame in the save area. */
#define ENTRY_IST_DB		2
#define ENTRY_IST_NMI		3
#define ENTRY_IST_DF		4
#define ENTRY_IST_MC		5
#define ENTRY_STACK_END(ist)	(ENTRY_STACKS + ((ist) - 1) * 0x400)
/* What of the save area's gp[] NMI, #DF and #MC push there, up to SS */
#define ENTRY_ABORT_WORDS	21

/* Selectors: what Linux has natively, as programs can see them */
#define ENTRY_KERNEL_CS		0x10
#define ENTRY_KERNEL_SS		0x18
#define ENTRY_USER32_CS		0x23	/* not to be run: no more than a selector for data */
#define ENTRY_USER_SS		0x2b
#define ENTRY_USER_CS		0x33
#define ENTRY_TSS_SELECTOR	0x40
#define ENTRY_CPU_SELECTOR	0x78	/* its limit is the cpu's number */
#define ENTRY_GDT_SIZE		0x80

/* The ports of the `out` that leaves the guest: with an event, and for good */
#define ENTRY_PORT		0x75
#define ENTRY_ABORT_PORT	0x76

/* What happened: a vector (SDM vol. 3, 6.15), or one of these */
#define ENTRY_VECTOR_KICK	32	/* the interrupt that the host injects */
#define ENTRY_VECTORS		33	/* gates in the IDT */
#define ENTRY_SYSCALL		0x100
#define ENTRY_STUB_SIZE		32	/* bytes of code for each gate */
#define ENTRY_DONE		0x101	/* the work is done, see LEAVE_DONE */

/* Work before user code runs, in this order */
#define WORK_ENTRIES		0x01	/* store to page-table entries */
#define WORK_CR3		0x02	/* load CR3, which flushes the TLB too */
#define WORK_PAGES		0x04	/* INVLPG the pages listed */
#define WORK_XSAVE		0x08	/* save the extended state */
#define WORK_XRSTOR		0x10	/* load another */
#define WORK_DEBUG		0x20	/* load the debug registers */
#define WORK_SELECTORS		0x40	/* load DS, ES, FS, GS, and the bases */
#define WORK_BASES		0x80	/* load the bases of FS and GS */
#define WORK_FXSR		0x100	/* extended state by FXSAVE: no XSAVE here */

/* How to go on after the work */
#define LEAVE_IRET		0
#define LEAVE_SYSRET		1	/* back from a system call, nothing changed */
#define LEAVE_DONE		2	/* not at all: report ENTRY_DONE */

#define SAVE_PAGES		32	/* INVLPG at most so many */
#define SAVE_ENTRIES		512	/* store to so many entries at a time */

/* Offsets in the save area; the struct below has the same */
#define SAVE_VECTOR		0x000
#define SAVE_ABORT		0x004
#define SAVE_R15		0x008
#define SAVE_R14		0x010
#define SAVE_R13		0x018
#define SAVE_R12		0x020
#define SAVE_RBP		0x028
#define SAVE_RBX		0x030
#define SAVE_R11		0x038
#define SAVE_R10		0x040
#define SAVE_R9			0x048
#define SAVE_R8			0x050
#define SAVE_RAX		0x058
#define SAVE_RCX		0x060
#define SAVE_RDX		0x068
#define SAVE_RSI		0x070
#define SAVE_RDI		0x078
#define SAVE_ERROR		0x080	/* from here to the end of SS: the frame */
#define SAVE_RIP		0x088	/* that the CPU pushes and IRETQ pops */
#define SAVE_CS			0x090
#define SAVE_RFLAGS		0x098
#define SAVE_RSP		0x0a0
#define SAVE_SS			0x0a8
#define SAVE_FRAME_END		0x0b0	/* a multiple of 16: it is an IST stack */
#define SAVE_FS_BASE		0x0b0
#define SAVE_GS_BASE		0x0b8
#define SAVE_DS			0x0c0
#define SAVE_ES			0x0c8
#define SAVE_FS			0x0d0
#define SAVE_GS			0x0d8
#define SAVE_CR2		0x0e0
#define SAVE_DR6		0x0e8
#define SAVE_WORK		0x0f0
#define SAVE_LEAVE		0x0f4
#define SAVE_CR3		0x0f8
#define SAVE_PAGE_COUNT		0x100
#define SAVE_ENTRY_COUNT	0x104
#define SAVE_DR			0x108	/* DR0 to DR3 */
#define SAVE_DR7		0x128
#define SAVE_FEATURES		0x130	/* XCR0 bits to save and load */
#define SAVE_ENTRY_DR6		0x138
#define SAVE_PAGE		0x140

#ifndef __ASSEMBLY__

#ifdef __UM_HOST__
#include <stdint.h>
#else
#include <linux/types.h>
#endif

/**
 * struct save_area - one stretch of user code: what to load, what came of it
 * @vector:	what ended it: a vector, ENTRY_SYSCALL or ENTRY_DONE
 * @abort:	with ENTRY_ABORT_PORT: NMI, #DF or #MC; the registers are on its stack,
 *		all else here is as it was
 * @gp:		the registers in the order of struct user_regs_struct; the error
 *		code of an exception is in the place of ORIG_RAX. After a system
 *		call CS and SS are not stored: they are the user's
 * @cr2:	after every exception
 * @dr6:	after #DB
 * @work:	WORK_*: what there is to do first; guest-entry leaves it as it is
 * @leave:	LEAVE_*
 * @cr3:	for WORK_CR3
 * @pages, @page: for WORK_PAGES: user addresses
 * @entries:	for WORK_ENTRIES: length of the list at ENTRY_LIST, of the
 *		guest-physical addresses of page-table entries
 * @dr, @dr7:	for WORK_DEBUG
 * @features:	for WORK_XSAVE and WORK_XRSTOR
 * @entry_dr6:	DR6 bits of #DB traps that hit guest-entry itself, which is
 *		what MOV SS before a trapping instruction can do
 */
struct save_area {
	uint32_t vector;
	uint32_t abort;
	uint64_t gp[27];
	uint64_t cr2;
	uint64_t dr6;
	uint32_t work;
	uint32_t leave;
	uint64_t cr3;
	uint32_t pages;
	uint32_t entries;
	uint64_t dr[4];
	uint64_t dr7;
	uint64_t features;
	uint64_t entry_dr6;
	uint64_t page[SAVE_PAGES];
};

/* The entry code as it is in ./linux, to be copied into each region */
extern const char guest_entry_start[], guest_entry_end[];
/* Offsets in it */
extern const uint32_t guest_entry_offset_enter;
extern const uint32_t guest_entry_offset_syscall;
extern const uint32_t guest_entry_offset_stubs;
extern const uint32_t guest_entry_offset_segments;
extern const uint32_t guest_entry_offset_leave;
extern const uint32_t guest_entry_offset_load;	/* from here to load_end, a fault is */
extern const uint32_t guest_entry_offset_load_end; /* the fault of what is loaded */

#endif
#endif
