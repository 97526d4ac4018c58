// SPDX-License-Identifier: GPL-2.0
/* role.c - the other side of exec: this program again, with a role to play. */
#define _GNU_SOURCE
#include "forkexec.h"

#include <unistd.h>

#include "check.h"

/* Become this program in a role. */
void role_exec(const char *role, const char *arg)
{
	char *argv[] = { (char *)"role", (char *)role, (char *)arg, NULL };

	execv(SELF, argv);
	FAIL("exec of %s: %s", SELF, strerror(errno));
}

/* The exit status of the role; -1: argv[0] says that there is none, run the tests. */
int role_run(int argc, char **argv, char **envp)
{
	int script = !strcmp(argv[0], SELF);

	if (!script && strcmp(argv[0], "role"))
		return -1;
	/* From here on no way back: a test that starts itself has no end. */
	CHECK(argc >= 3, "the arguments of a role are lost");
	if (script && !strcmp(argv[1], "script")) /* then the script's path */
		return 55;
	if (!strcmp(argv[1], "exit"))
		return atoi(argv[2]);
	if (!strcmp(argv[1], "chain"))
		return chain_role(argv);
	if (!strcmp(argv[1], "fresh"))
		return fresh_role(argc, argv);
	if (!strcmp(argv[1], "args"))
		return args_role(argc, argv, envp);
	FAIL("unknown role %s", argv[1]);
}
