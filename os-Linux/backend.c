// SPDX-License-Identifier: GPL-2.0
/*
 * backend.c - the table of backends and the choice among them.
 */
#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <init.h>
#include <os.h>
#include <uml/backend.h>
#include <uml/kvm_backend.h>
#include <uml/rseq.h>
#include <uml/skas_host.h>
#include <uml/start.h>
#include <uml/user_abilities.h>
#include <uml/user_time.h>

static const struct backend backends[] = {
	{
		.name = "kvm", .start = kvm_start, .run = kvm_run,
		.own_page_tables = 1, .memory_add = kvm_memory_add,
		.root_init = kvm_root_init, .entry_region = kvm_entry_region,
		.xstate_fetch = kvm_xstate_fetch,
		.xstate_forget = kvm_xstate_forget, .count = kvm_count,
		.report = kvm_report,
	},
	{
		.name = "skas", .start = skas_start, .run = skas_run,
		.xstate_fetch = skas_xstate_fetch,
		.xstate_forget = skas_xstate_forget, .count = skas_count,
	},
};

#define BACKENDS	(sizeof(backends) / sizeof(backends[0]))

const struct backend *backend = &backends[BACKENDS - 1];
volatile int user_code_runs;
unsigned int user_abilities;
struct user_time user_time;

static const struct backend *wanted;	/* NULL: the best there is */

/* what programs read as AT_HWCAP and AT_HWCAP2: their instructions are the host's */
extern long elf_aux_hwcap;
long elf_aux_hwcap2;

#define HWCAP2_FSGSBASE	2	/* wrfsbase and the like work */

static int __init backend_setup(char *line, int *add)
{
	unsigned int i;

	*add = 0;
	if (!strcmp(line, "auto")) {
		wanted = NULL;
		return 0;
	}
	for (i = 0; i < BACKENDS; i++) {
		if (strcmp(line, backends[i].name))
			continue;
		wanted = &backends[i];
		return 0;
	}
	os_warn("backend=%s: no such backend in this binary; it has: auto", line);
	for (i = 0; i < BACKENDS; i++)
		os_warn(" %s", backends[i].name);
	os_warn("\n");
	exit(1);
}

__uml_setup("backend=", backend_setup,
"backend=auto|kvm|skas\n"
"    How user code is run. kvm: in a virtual CPU of KVM, on the kernel's own\n"
"    page tables. skas: in ptraced processes of the host, one for each address\n"
"    space. auto, the default: kvm where --probe finds that it works, else skas.\n\n"
);

static int __init backend_try(const struct backend *b, char *why, unsigned int size)
{
	int err = b->start(why, size);

	if (err && wanted)
		start_fail("backend=%s: %s", b->name, why);
	if (err)
		return err;
	backend = b;
	return 0;
}

/* The first that works; why those before it don't is said with it. */
static void __init backend_choose(void)
{
	char why[BACKENDS][256] = { }, all[BACKENDS * 300];
	unsigned int i, failed, len = 0;

	for (failed = 0; failed < BACKENDS; failed++)
		if (backend_try(&backends[failed], why[failed], sizeof(why[0])) == 0)
			break;
	if (failed == BACKENDS) {
		for (i = 0; i < BACKENDS; i++)
			len += snprintf(all + len, sizeof(all) - len, "%s %s: %s",
					i ? ";" : "", backends[i].name, why[i]);
		start_fail("no backend is possible on this host:%s", all);
	}
	for (i = 0; i < failed; i++)
		os_info("backend %s: not possible: %s\n", backends[i].name, why[i]);
	os_info("backend %s%s%s\n", backend->name, why[failed][0] ? ": " : "", why[failed]);
}

void __init backend_start(void)
{
	unsigned int a, b, c, d;
	char why[256] = "";

	/* not getauxval(): of AT_HWCAP glibc gives a word of its own */
	if (__get_cpuid(1, &a, &b, &c, &d))
		elf_aux_hwcap = d;
	elf_aux_hwcap2 = getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;
	if (rseq_unregister())
		exit(1);
	if (!wanted) {
		backend_choose();
		return;
	}
	backend_try(wanted, why, sizeof(why));
	if (why[0])
		os_info("backend %s: %s\n", backend->name, why);
}
