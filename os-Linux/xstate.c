// SPDX-License-Identifier: GPL-2.0
/*
 * xstate.c - size and layout of the host's extended state, and its transfer
 * from and to a ptraced process.
 *
 * Intel SDM vol. 1 chapter 13 (XSAVE), vol. 2 CPUID leaf 0DH;
 * arch/x86/include/uapi/asm/prctl.h for ARCH_GET_XCOMP_PERM.
 */
#include <cpuid.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <linux/elf.h>
#include <os.h>
#include <uml/skas_host.h>
#include <uml/xstate.h>

#define ARCH_GET_XCOMP_PERM	0x1022
#define XFEATURE_XTILE_DATA	(1ULL << 18)
#define AREA_LIMIT		(64 * 1024)	/* larger than any CPU's area */

struct xstate_info xstate_info;

static uint64_t xcr0_read(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a" (low), "=d" (high) : "c" (0));
	return low | (uint64_t)high << 32;
}

/* The XCR0 bits that need no permission: 0 where there is no XSAVE. */
static uint64_t features_find(void)
{
	uint32_t a, b, c, d;
	uint64_t features, permitted;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return 0;
	features = xcr0_read();
	if (syscall(SYS_arch_prctl, ARCH_GET_XCOMP_PERM, &permitted) == 0)
		features &= permitted;
	else
		features &= ~XFEATURE_XTILE_DATA;
	return features;
}

/* Bytes up to the end of the last of @features, non-compacted layout. */
static uint32_t features_size(uint64_t features)
{
	uint32_t size = XSTATE_MIN_SIZE, a, b, c, d;
	int i;

	for (i = 2; i < 63; i++) {
		if (!(features & (1ULL << i)))
			continue;
		__cpuid_count(0xd, i, a, b, c, d);
		if (a != 0 && a + b > size)
			size = a + b;
	}
	return size;
}

void xstate_init_image(void *area)
{
	uint16_t fcw = XSTATE_FCW_INIT;
	uint32_t mxcsr = XSTATE_MXCSR_INIT;
	uint64_t features = XSTATE_FEATURES_FPSSE;
	char *bytes = area;

	memset(bytes, 0, xstate_info.size);
	memcpy(bytes + XSTATE_FCW, &fcw, sizeof(fcw));
	memcpy(bytes + XSTATE_MXCSR, &mxcsr, sizeof(mxcsr));
	memcpy(bytes + XSTATE_MXCSR_MASK, &xstate_info.mxcsr_mask,
	       sizeof(xstate_info.mxcsr_mask));
	if (xstate_info.features)
		memcpy(bytes + XSTATE_HEADER, &features, sizeof(features));
}

void xstate_info_set(uint64_t features, uint32_t size)
{
	static char area[XSTATE_FXSAVE_SIZE] __attribute__((aligned(16)));
	uint32_t mask;

	__asm__ volatile("fxsave %0" : "=m" (area));
	memcpy(&mask, area + XSTATE_MXCSR_MASK, sizeof(mask));
	xstate_info.features = features;
	xstate_info.size = size;
	xstate_info.frame_size = features ? features_size(features) : XSTATE_FXSAVE_SIZE;
	xstate_info.mxcsr_mask = mask ? mask : XSTATE_MXCSR_MASK_DEFAULT;
}

int xstate_probe(int pid)
{
	struct iovec iov = { .iov_len = AREA_LIMIT };
	uint32_t mask;

	iov.iov_base = malloc(AREA_LIMIT);
	if (iov.iov_base == NULL)
		return -ENOMEM;
	memset(iov.iov_base, 0, AREA_LIMIT);

	xstate_info.features = features_find();
	if (xstate_info.features &&
	    ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &iov) == 0) {
		xstate_info.size = iov.iov_len;
		xstate_info.frame_size = features_size(xstate_info.features);
		if (xstate_info.frame_size > xstate_info.size)
			xstate_info.frame_size = xstate_info.size;
	} else {
		xstate_info.features = 0;
		xstate_info.size = XSTATE_FXSAVE_SIZE;
		xstate_info.frame_size = XSTATE_FXSAVE_SIZE;
		if (ptrace(PTRACE_GETFPREGS, pid, 0, iov.iov_base) < 0) {
			int err = -errno;

			free(iov.iov_base);
			return err;
		}
	}
	memcpy(&mask, (char *)iov.iov_base + XSTATE_MXCSR_MASK, sizeof(mask));
	xstate_info.mxcsr_mask = mask ? mask : XSTATE_MXCSR_MASK_DEFAULT;
	free(iov.iov_base);
	return 0;
}

int xstate_get(int pid, void *area)
{
	struct iovec iov = { .iov_base = area, .iov_len = xstate_info.size };
	long ret;

	if (xstate_info.features)
		ret = ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &iov);
	else
		ret = ptrace(PTRACE_GETFPREGS, pid, 0, area);
	return ret < 0 ? -errno : 0;
}

int xstate_put(int pid, const void *area)
{
	struct iovec iov = { .iov_base = (void *)area, .iov_len = xstate_info.size };
	long ret;

	if (xstate_info.features)
		ret = ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &iov);
	else
		ret = ptrace(PTRACE_SETFPREGS, pid, 0, area);
	return ret < 0 ? -errno : 0;
}
