/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vdso.lds.S - one segment to read and execute, linked at 0. The pages of data
 * are right before it (vma.c maps both).
 */
#include <asm/page.h>
#include <uml/vdso.h>

SECTIONS
{
	PROVIDE_HIDDEN(_vdso_data = . - VVAR_PAGES * PAGE_SIZE);
	PROVIDE_HIDDEN(_timens_data = _vdso_data + VVAR_TIMENS * PAGE_SIZE);

	. = SIZEOF_HEADERS;

	.hash		: { *(.hash) }			:text
	.gnu.hash	: { *(.gnu.hash) }		:text
	.dynsym		: { *(.dynsym) }		:text
	.dynstr		: { *(.dynstr) }		:text
	.gnu.version	: { *(.gnu.version) }		:text
	.gnu.version_d	: { *(.gnu.version_d) }		:text
	.gnu.version_r	: { *(.gnu.version_r) }		:text
	.dynamic	: { *(.dynamic) }		:text :dynamic
	.rodata		: { *(.rodata*) }		:text
	.note		: { *(.note.Linux .note.gnu.build-id) } :text :note
	.eh_frame_hdr	: { *(.eh_frame_hdr) }		:text :eh_frame_hdr
	.eh_frame	: { KEEP(*(.eh_frame)) }	:text

	. = ALIGN(64);
	.text		: { *(.text*) }			:text =0xcccccccc

	/* Nobody relocates it, and it can't be written. */
	.data		: { *(.data*) *(.bss*) *(COMMON) *(.got*) *(.rela*) }
	ASSERT(SIZEOF(.data) == 0, "the vdso has data")

	/DISCARD/	: { *(.note.gnu.property) *(.discard*) *(.modinfo) }
}

PHDRS
{
	text		PT_LOAD		FLAGS(5) FILEHDR PHDRS;
	dynamic		PT_DYNAMIC	FLAGS(4);
	note		PT_NOTE		FLAGS(4);
	eh_frame_hdr	PT_GNU_EH_FRAME;
}

VERSION
{
	LINUX_2.6 {
	global:
		clock_gettime;
		__vdso_clock_gettime;
		clock_getres;
		__vdso_clock_getres;
		gettimeofday;
		__vdso_gettimeofday;
		time;
		__vdso_time;
		getcpu;
		__vdso_getcpu;
	local:
		*;
	};
}
