/* SPDX-License-Identifier: GPL-2.0 */
/*
 * parts.h - a test program of several parts, each run in a process of its own:
 * one that fails or hangs doesn't hide what the others would have found.
 *
 *   test [ROUNDS [PART...]]
 */
#ifndef TESTS_PARTS_H
#define TESTS_PARTS_H

#include "child.h"

#define PART_SECONDS 30		/* a part that takes longer hangs */

struct part {
	const char *name;	/* NULL ends the list */
	void (*run)(void);
};

static inline int part_wanted(int argc, char **argv, const char *name)
{
	int i;

	for (i = 2; i < argc; i++)
		if (!strcmp(argv[i], name))
			return 1;
	return argc <= 2;
}

static inline void part_run(void *arg)
{
	alarm(PART_SECONDS * check_slow());
	((const struct part *)arg)->run();
}

/* Run all parts, or those that are named, and fail if one of them failed. */
static inline void parts_run(int argc, char **argv, const struct part *parts)
{
	long rounds = check_rounds(argc, argv, 1);
	const struct part *part;
	int status, failed = 0;

	while (rounds-- && !failed) {
		for (part = parts; part->name; part++) {
			if (!part_wanted(argc, argv, part->name))
				continue;
			status = child_wait(child_start(part_run, (void *)part));
			if (!status)
				continue;
			failed++;
			printf("part %s: wait status 0x%x%s\n", part->name,
			       status, status == SIGALRM ? " (it hung)" : "");
		}
	}
	CHECK(!failed, "%d parts failed", failed);
}

#endif
