// SPDX-License-Identifier: GPL-2.0
/*
 * forkexec checks fork, vfork and exec: storms of them, wait statuses, orphans,
 * arguments and environment, what a new image inherits and what not, exec from
 * a thread, what exec refuses, and forks that fail half way.
 */
#define _GNU_SOURCE
#include "child.h"
#include "forkexec.h"

int main(int argc, char **argv, char **envp)
{
	int code = role_run(argc, argv, envp);

	if (code >= 0)
		return code;
	test_begin(120);
	wait_check();
	orphan_check();
	args_check();
	fail_check();
	exec_check(check_rounds(argc, argv, 4));
	return 0;
}
