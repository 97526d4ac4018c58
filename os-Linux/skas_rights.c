// SPDX-License-Identifier: GPL-2.0
/*
 * skas_rights.c - what of the CPU user code may not use. The host denies it to a
 * process on the process's own demand, so the stub in it makes the call: whenever a
 * task runs that has other rights than the one that ran in it before.
 */
#include <errno.h>
#include <stddef.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <asm/prctl.h>
#include <os.h>
#include <skas.h>
#include <stub-data.h>
#include <uml/skas_host.h>
#include <uml/space_extra.h>
#include <uml/user_abilities.h>

/* By setting what is in force anyway, reading what is not there */
void skas_rights_find(void)
{
	user_abilities = CAN_BREAK;
	if (prctl(PR_SET_TSC, PR_TSC_ENABLE) == 0)
		user_abilities |= CAN_DENY_TSC;
	if (syscall(SYS_arch_prctl, ARCH_SET_CPUID, 1UL) == 0)
		user_abilities |= CAN_DENY_CPUID;
	if (syscall(SYS_modify_ldt, 0, NULL, 0UL) == 0)
		user_abilities |= CAN_LDT;
}

static void call_queue(struct mm_id *id, int number, unsigned long first, unsigned long second)
{
	struct stub_syscall *call = syscall_stub_alloc(id);

	call->syscall = STUB_SYSCALL_OTHER;
	call->mem.fd = number;
	call->mem.addr = first;
	call->mem.length = second;
}

int skas_rights_load(struct mm_id *id)
{
	unsigned int denied = user_denied(), changed;
	struct space_extra *extra;

	if (!denied && !space_extra_count)
		return 0;
	extra = denied ? space_extra_get(id) : space_extra_find(id);
	if (!extra)
		return denied ? -ENOMEM : 0;
	changed = extra->denied ^ denied;
	if (changed & DENY_TSC)
		call_queue(id, SYS_prctl, PR_SET_TSC,
			   denied & DENY_TSC ? PR_TSC_SIGSEGV : PR_TSC_ENABLE);
	if (changed & DENY_CPUID)
		call_queue(id, SYS_arch_prctl, ARCH_SET_CPUID, !(denied & DENY_CPUID));
	extra->denied = denied;
	return 0;
}
