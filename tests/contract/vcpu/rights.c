// SPDX-License-Identifier: GPL-2.0
/*
 * rights.c - what of the CPU user code can be denied.
 */
#include <uml/user_abilities.h>
#include "guest.h"

extern const char at_call[], at_rdtsc[], at_cpuid[];

/* What the probe says can be denied to user code is denied, and nothing else. */
void case_rights(void)
{
	static const struct {
		unsigned int denied;
		int tsc, cpuid;
	} steps[] = {
		{ 0, 0, 0 }, { DENY_TSC, 1, 0 }, { DENY_TSC | DENY_CPUID, 1, 1 },
		{ DENY_CPUID, 0, 1 }, { 0, 0, 0 },
	};
	const struct vcpu_features *f = &probe->features;
	struct save_area *save;
	struct guest g;
	unsigned int i;

	if (!f->tsc_denied && !f->cpuid_denied)
		SKIP("the probe says that nothing can be denied to user code here");
	guest_start(&g);
	save = g.vcpu.save;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		unsigned int denied = steps[i].denied;

		if ((denied & DENY_TSC && !f->tsc_denied) ||
		    (denied & DENY_CPUID && !f->cpuid_denied))
			continue;
		CHECK(vcpu_rights_set(&g.vcpu, denied) == 0);
		user_set(&g.vcpu, CODE(rdtsc));
		user_run(&g.vcpu);
		CHECK(save->vector == (steps[i].tsc ? VECTOR_GP : ENTRY_SYSCALL) ||
		      !f->tsc_denied, "step %u, RDTSC: %s", i, event_name(save));
		user_set(&g.vcpu, CODE(cpuid));
		REG(save, RAX) = 0;
		user_run(&g.vcpu);
		CHECK(save->vector == (steps[i].cpuid ? VECTOR_GP : ENTRY_SYSCALL) ||
		      !f->cpuid_denied, "step %u, CPUID: %s", i, event_name(save));
		CHECK(save->vector == ENTRY_SYSCALL || REG(save, RIP) == CODE(cpuid), "%s",
		      event_name(save));
		user_call(&g.vcpu, CODE(call));
	}
}
