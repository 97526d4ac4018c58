// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_xstate.c - whose extended state is in the vcpu. It stays there until
 * another task runs, or until somebody wants to read it in memory.
 *
 * guest-entry saves and loads it on its way to user mode, through two buffers in
 * the region. Where XSAVE does not work at CPL 0 KVM_GET_XSAVE2 and KVM_SET_XSAVE
 * do the same: the only vcpu ioctls besides KVM_RUN, on a change of owner.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include <os.h>
#include <uml/kvm_backend.h>
#include <uml/xstate.h>

/* whose state the vcpu has; NULL: nobody's who could want it back */
static void *owner;
/* the owner's area in memory is as new as the vcpu */
static int owner_in_memory = 1;
/* guest-entry has been told to save for this area */
static void *saving;

static char *buffer_in(struct vcpu *vcpu)
{
	return vcpu->region + ENTRY_XSTATE_IN;
}

static char *buffer_out(struct vcpu *vcpu)
{
	return vcpu->region + ENTRY_XSTATE_OUT;
}

/* Bytes of an area that are in use: to the end of the last feature in it. */
static unsigned int area_used(const void *area)
{
	uint64_t features;

	if (!xstate_info.features)
		return XSTATE_FXSAVE_SIZE;
	memcpy(&features, (const char *)area + XSTATE_HEADER, sizeof(features));
	return features & ~XSTATE_FEATURES_FPSSE ? xstate_info.size : XSTATE_MIN_SIZE;
}

static int host_get(struct vcpu *vcpu, void *area)
{
	uint64_t features;

	vcpu->counts[EXIT_host_calls]++;
	if (ioctl(vcpu->fd, KVM_GET_XSAVE2, buffer_out(vcpu)) < 0)
		return -errno;
	memcpy(area, buffer_out(vcpu), xstate_info.size);
	if (xstate_info.features) {	/* KVM tells of what is not offered, too */
		memcpy(&features, (char *)area + XSTATE_HEADER, sizeof(features));
		features &= xstate_info.features;
		memcpy((char *)area + XSTATE_HEADER, &features, sizeof(features));
	}
	return 0;
}

static int host_set(struct vcpu *vcpu, const void *area)
{
	vcpu->counts[EXIT_host_calls]++;
	memcpy(buffer_in(vcpu), area, xstate_info.size);
	return ioctl(vcpu->fd, KVM_SET_XSAVE, buffer_in(vcpu)) < 0 ? -errno : 0;
}

int kvm_xstate_load(struct vcpu *vcpu, void *area, unsigned int *work)
{
	int err = 0;

	if (owner == area) {
		owner_in_memory = 0;
		return 0;
	}
	vcpu->counts[EXIT_xstate_switches]++;
	if (!vcpu->features.xsave_cpl0) {
		if (owner && !owner_in_memory)
			err = host_get(vcpu, owner);
		owner = NULL;
		if (!err)
			err = host_set(vcpu, area);
		if (err)
			return err;
	} else {
		if (owner && !owner_in_memory) {
			saving = owner;
			*work |= WORK_XSAVE;
		}
		memcpy(buffer_in(vcpu), area, area_used(area));
		*work |= WORK_XRSTOR;
		if (!xstate_info.features)
			*work |= WORK_FXSR;
	}
	owner = area;
	owner_in_memory = 0;
	return 0;
}

void kvm_xstate_collect(struct vcpu *vcpu)
{
	if (!saving)
		return;
	memcpy(saving, buffer_out(vcpu), area_used(buffer_out(vcpu)));
	saving = NULL;
}

void kvm_xstate_fetch(void *area)
{
	struct vcpu *vcpu = &kvm_vcpu;
	struct save_area *save = vcpu->save;
	int err;

	if (owner != area || owner_in_memory)
		return;
	vcpu->counts[EXIT_xstate_fetches]++;
	if (!vcpu->features.xsave_cpl0) {
		err = host_get(vcpu, area);
	} else {
		saving = area;
		save->work = WORK_XSAVE | (xstate_info.features ? 0 : WORK_FXSR);
		save->leave = LEAVE_DONE;
		err = vcpu_run(vcpu);
		kvm_xstate_collect(vcpu);
	}
	if (err)
		os_warn("the extended state of a task can't be read: error %d\n", err);
	owner_in_memory = 1;
}

void kvm_xstate_forget(void *area)
{
	if (owner == area)
		owner = NULL;
}
