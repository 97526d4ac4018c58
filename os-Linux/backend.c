// SPDX-License-Identifier: GPL-2.0
/*
 * backend.c - the table of backends and the choice among them.
 */
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <init.h>
#include <os.h>
#include <uml/backend.h>
#include <uml/rseq.h>
#include <uml/skas_host.h>

static const struct backend backends[] = {
	{ .name = "skas", .run = skas_run },
};

const struct backend *backend = &backends[0];
volatile int user_code_runs;

/* what programs read as AT_HWCAP and AT_HWCAP2: their instructions are the host's */
extern long elf_aux_hwcap;
long elf_aux_hwcap2;

#define HWCAP2_FSGSBASE	2	/* wrfsbase and the like work */

static int __init backend_setup(char *line, int *add)
{
	unsigned int i;

	*add = 0;
	if (!strcmp(line, "auto"))
		return 0;
	for (i = 0; i < ARRAY_SIZE(backends); i++) {
		if (strcmp(line, backends[i].name))
			continue;
		backend = &backends[i];
		return 0;
	}
	os_warn("backend=%s: no such backend in this binary; it has: auto", line);
	for (i = 0; i < ARRAY_SIZE(backends); i++)
		os_warn(" %s", backends[i].name);
	os_warn("\n");
	exit(1);
}

__uml_setup("backend=", backend_setup,
"backend=auto|skas\n"
"    How user code is run. skas: in ptraced processes of the host, one for\n"
"    each address space. auto, the default, takes the best that this host\n"
"    can do; today that is skas.\n\n"
);

void __init backend_start(void)
{
	unsigned int a, b, c, d;

	/* not getauxval(): of AT_HWCAP glibc gives a word of its own */
	if (__get_cpuid(1, &a, &b, &c, &d))
		elf_aux_hwcap = d;
	elf_aux_hwcap2 = getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE;
	if (rseq_unregister())
		exit(1);
}
