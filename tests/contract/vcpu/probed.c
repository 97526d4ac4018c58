// SPDX-License-Identifier: GPL-2.0
/*
 * probed.c - the probe works, and finds what is known about the emulated hosts.
 */
#include "guest.h"

int host_is_qemu(void)
{
	return !strncmp(host, "svm", 3);
}

void case_probe(void)
{
	const struct vcpu_features *f = &probe->features;
	int is_vmx = !strncmp(host, "vmx", 3);
	int err = kvm_probe(probe, stdout);

	CHECK(err == 0, "kvm_probe: error %d: %s", -err, probe->why);
	CHECK(probe->exit_ns > 0);
	if (!host_is_qemu() && !is_vmx)
		return;
	CHECK(f->shadow_paging == (strchr(host, '0') != NULL), "%d on %s", f->shadow_paging, host);
	CHECK(!f->syscall_faults && f->xsave_cpl0 && !f->native_cpl3 && f->fsgsbase &&
	      f->smep && f->breakpoints && f->tsc_aligned && f->xcr0 >= 7);
}
