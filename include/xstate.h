/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xstate.h - the extended processor state (x87, SSE, AVX, ...) of a task.
 *
 * Each task that runs user code has one area in the non-compacted XSAVE layout
 * (Intel SDM vol. 1, 13.4), the layout that PTRACE_GETREGSET(NT_X86_XSTATE),
 * KVM_GET_XSAVE2 and signal frames use. Its size is the host's, found out when
 * the machine starts: a constant was what kept UML from booting on CPUs with AMX.
 *
 * Host and kernel objects share this header: C99 types, no libc, no kernel.
 */
#ifndef UML_XSTATE_H
#define UML_XSTATE_H

#ifdef __UM_HOST__
#include <stdint.h>
#else
#include <linux/types.h>
#endif

/* Offsets in the area, fixed by the architecture */
#define XSTATE_FCW		0	/* x87 control word, 2 bytes */
#define XSTATE_FSW		2	/* x87 status word, 2 bytes */
#define XSTATE_MXCSR		24	/* 4 bytes */
#define XSTATE_MXCSR_MASK	28	/* 4 bytes */
#define XSTATE_SW_BYTES		464	/* for software: 48 bytes */
#define XSTATE_FXSAVE_SIZE	512	/* the legacy area: x87, SSE */
#define XSTATE_HEADER		512	/* XSTATE_BV, XCOMP_BV, reserved */
#define XSTATE_HEADER_SIZE	64
#define XSTATE_MIN_SIZE		(XSTATE_HEADER + XSTATE_HEADER_SIZE)

#define XSTATE_FEATURES_FPSSE	3ULL	/* XCR0: x87 and SSE, in the legacy area */

#define XSTATE_FCW_INIT		0x37f
#define XSTATE_MXCSR_INIT	0x1f80
#define XSTATE_MXCSR_MASK_DEFAULT 0xffbf /* SDM vol. 1, 11.6.6: where the field is 0 */

/**
 * struct xstate_info - the host's extended state, constant after the start
 * @features:	XCR0 bits that a task can use without asking the host first
 *		(so without AMX tile data); 0: no XSAVE, the area is an FXSAVE image
 * @size:	bytes of a task's area
 * @frame_size:	bytes of it that @features occupy: what a signal frame holds
 * @mxcsr_mask:	MXCSR bits that may be set
 */
struct xstate_info {
	uint64_t features;
	uint32_t size;
	uint32_t frame_size;
	uint32_t mxcsr_mask;
};

extern struct xstate_info xstate_info;

/**
 * xstate_info_set() - fill xstate_info from what the CPU that runs user code has
 * @features:	XCR0 bits, 0: no XSAVE
 * @size:	bytes of an area
 */
extern void xstate_info_set(uint64_t features, uint32_t size);

/* Fill an area with the state that a program starts with. Any context. */
extern void xstate_init_image(void *area);

#endif
