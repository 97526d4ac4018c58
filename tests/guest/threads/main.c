// SPDX-License-Identifier: GPL-2.0
/*
 * threads checks futexes, clone with shared memory, what the kernel does when
 * a thread dies, pthread storms, that a change of the address space is seen by
 * all threads, and how processes with several threads end.
 */
#define _GNU_SOURCE
#include "child.h"
#include "threads.h"

int main(int argc, char **argv)
{
	int rounds = check_rounds(argc, argv, 10);

	test_begin(120);
	futex_check();
	clone_check();
	robust_check();
	storm_check(rounds);
	memory_check(rounds);
	exit_check();
	return 0;
}
