// SPDX-License-Identifier: GPL-2.0
/*
 * vcpu_rights.c - what of the CPU user code may not use: RDTSC by CR4.TSD, CPUID by
 * CPUID faulting. Ioctls, since hardly a task wants it.
 *
 * Intel SDM vol. 3, 2.5 (CR4.TSD); vol. 4, MSR_MISC_FEATURES_ENABLES. KVM has that on
 * any CPU.
 */
#include <errno.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include <uml/user_abilities.h>
#include <uml/vcpu.h>

#define CR4_TSD			0x4
#define MSR_MISC_FEATURES	0x140
#define MISC_CPUID_FAULTING	1

static int tsc_deny(struct vcpu *vcpu, int deny)
{
	struct kvm_sregs s;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &s) < 0)
		return -errno;
	s.cr4 = deny ? s.cr4 | CR4_TSD : s.cr4 & ~(uint64_t)CR4_TSD;
	return ioctl(vcpu->fd, KVM_SET_SREGS, &s) < 0 ? -errno : 0;
}

static int cpuid_deny(struct vcpu *vcpu, int deny)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[1];
	} m = {
		.head.nmsrs = 1,
		.entry = {
			{ .index = MSR_MISC_FEATURES, .data = deny ? MISC_CPUID_FAULTING : 0 },
		},
	};
	int n = ioctl(vcpu->fd, KVM_SET_MSRS, &m);

	if (n < 0)
		return -errno;
	return n == 1 ? 0 : -EINVAL;
}

int vcpu_rights_set(struct vcpu *vcpu, unsigned int denied)
{
	unsigned int changed = vcpu->denied ^ denied;
	int err = 0;

	if (changed & DENY_TSC) {
		vcpu->counts[EXIT_host_calls] += 2;
		err = tsc_deny(vcpu, denied & DENY_TSC);
	}
	if (!err && changed & DENY_CPUID) {
		vcpu->counts[EXIT_host_calls]++;
		err = cpuid_deny(vcpu, denied & DENY_CPUID);
	}
	if (!err)
		vcpu->denied = denied;
	return err;
}
