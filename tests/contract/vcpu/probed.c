// SPDX-License-Identifier: GPL-2.0
/*
 * probed.c - the probe works, and finds what is known about the emulated hosts.
 */
#include "guest.h"

#define XCR0_AVX	4UL

void case_probe(void)
{
	const struct vcpu_features *f = &probe->features;
	int is_vmx = !strncmp(host, "vmx", 3);
	int err = kvm_probe(probe, stdout);

	if (err == -ENOTSUP && strstr(probe->why, "the guest's CPU has no"))
		SKIP("%s", probe->why);
	CHECK(err == 0, "kvm_probe: error %d: %s", -err, probe->why);
	CHECK(probe->exit_ns > 0);
	if (strncmp(host, "svm", 3) && !is_vmx)
		return;
	CHECK(f->shadow_paging == (strchr(host, '0') != NULL), "%d on %s", f->shadow_paging, host);
	CHECK(!f->syscall_faults && f->xsave_cpl0 && !f->native_cpl3 && f->fsgsbase &&
	      f->breakpoints && f->tsc_aligned);
	/* KVM passes on what the emulated CPU has */
	CHECK(!f->xcr0 == !host_xcr0() && (f->xcr0 & XCR0_AVX) == (host_xcr0() & XCR0_AVX),
	      "xcr0 %#lx", f->xcr0);
	CHECK(f->smep == host_has_smep(), "smep %u", f->smep);
}
