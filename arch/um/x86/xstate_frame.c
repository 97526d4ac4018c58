// SPDX-License-Identifier: GPL-2.0
/*
 * xstate_frame.c - the extended state's way into a signal frame and back.
 *
 * Into the frame goes what any x86-64 program expects there: the features that
 * need no permission, XSAVE format, the software bytes with both magic words.
 * What comes back is not trusted. arch/x86/include/uapi/asm/sigcontext.h;
 * Intel SDM vol. 1, 13.4.2 (header) and 13.8 (what XRSTOR refuses).
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/sigcontext.h>
#include <uml/task_state.h>
#include <uml/xstate.h>

struct xstate_header {
	u64 features;	/* XSTATE_BV */
	u64 compacted;	/* XCOMP_BV */
	u64 reserved[6];
};

static void *current_area(void)
{
	return task_xstate(current);
}

static struct xstate_header *area_header(void *area)
{
	return area + XSTATE_HEADER;
}

size_t xstate_frame_size(void)
{
	size_t size = xstate_info.frame_size;

	return xstate_info.features ? size + FP_XSTATE_MAGIC2_SIZE : size;
}

int xstate_to_frame(void __user *to)
{
	struct _fpx_sw_bytes sw = {
		.magic1 = FP_XSTATE_MAGIC1,
		.extended_size = xstate_frame_size(),
		.xfeatures = xstate_info.features,
		.xstate_size = xstate_info.frame_size,
	};
	struct xstate_header *header = area_header(current_area());
	u64 features;

	if (!xstate_info.features)
		return copy_to_user(to, current_area(), XSTATE_FXSAVE_SIZE) ? -EFAULT : 0;

	/* the legacy area counts whether or not it was in its initial state */
	features = (header->features & xstate_info.features) | XSTATE_FEATURES_FPSSE;
	if (copy_to_user(to, current_area(), xstate_info.frame_size) ||
	    copy_to_user(to + XSTATE_SW_BYTES, &sw, sizeof(sw)) ||
	    put_user(features, (u64 __user *)(to + XSTATE_HEADER)) ||
	    put_user(FP_XSTATE_MAGIC2, (u32 __user *)(to + xstate_info.frame_size)))
		return -EFAULT;
	return 0;
}

/*
 * Size and features of a frame with extended state; both stay as they are if it
 * has the legacy area only.
 */
static int frame_inspect(const void __user *from, u32 *size, u64 *features)
{
	struct _fpx_sw_bytes sw;
	u32 magic2;

	if (copy_from_user(&sw, from + XSTATE_SW_BYTES, sizeof(sw)))
		return -EFAULT;
	if (sw.magic1 != FP_XSTATE_MAGIC1 ||
	    sw.xstate_size < XSTATE_MIN_SIZE ||
	    sw.xstate_size > xstate_info.frame_size ||
	    sw.xstate_size > sw.extended_size)
		return 0;
	if (get_user(magic2, (u32 __user *)(from + sw.xstate_size)))
		return -EFAULT;
	if (magic2 != FP_XSTATE_MAGIC2)
		return 0;
	*size = sw.xstate_size;
	*features = sw.xfeatures & xstate_info.features;
	return 0;
}

/* Would XRSTOR take this area? */
static bool area_valid(void *area)
{
	struct xstate_header *header = area_header(area);
	u32 mxcsr;

	memcpy(&mxcsr, area + XSTATE_MXCSR, sizeof(mxcsr));
	if (mxcsr & ~xstate_info.mxcsr_mask)
		return false;
	if (!xstate_info.features)
		return true;
	return !(header->features & ~xstate_info.features) &&
		!header->compacted && !header->reserved[0];
}

int xstate_from_frame(const void __user *from)
{
	void *area = task_xstate_write(current);
	struct xstate_header *header = area_header(area);
	u32 size = XSTATE_FXSAVE_SIZE;
	u64 features = 0;

	xstate_init_image(area);
	if (!from)
		return 0;
	if (xstate_info.features && frame_inspect(from, &size, &features))
		return -EFAULT;
	/* XRSTOR and FXRSTOR want alignment */
	if (((unsigned long)from & (size > XSTATE_FXSAVE_SIZE ? 63 : 15)) ||
	    copy_from_user(area, from, size) || !area_valid(area)) {
		xstate_init_image(area);
		return -EFAULT;
	}
	if (!xstate_info.features)
		return 0;
	if (features)	/* what the frame does not vouch for is initial */
		header->features &= features;
	else
		header->features = XSTATE_FEATURES_FPSSE;
	/* the CPU ignores these, the host's ptrace does not */
	memset(&header->reserved[1], 0, sizeof(header->reserved) - sizeof(u64));
	return 0;
}
