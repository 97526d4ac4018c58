// SPDX-License-Identifier: GPL-2.0
/*
 * backend.c - the table of backends and the choice among them.
 */
#include <stdlib.h>
#include <string.h>
#include <init.h>
#include <os.h>
#include <uml/backend.h>
#include <uml/rseq.h>
#include <uml/skas_host.h>

static const struct backend backends[] = {
	{ .name = "skas", .run = skas_run },
};

const struct backend *backend = &backends[0];

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
	if (rseq_unregister())
		exit(1);
}
