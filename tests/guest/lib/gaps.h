/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gaps.h - what the host under ./linux can't do as a native machine does. The
 * probe of the kvm backend finds it out; /proc/um/host names it. A test leaves
 * out exactly what the gap is about, and says so.
 */
#ifndef GAPS_H
#define GAPS_H

#include <stdio.h>
#include <string.h>

/* "selectors", "nt", "breakpoints", "int", "gp", "tsd"; natively there is none */
static inline int host_gap(const char *name)
{
	static const char head[] = "not as native:";
	char line[200], *word, *rest;
	FILE *file = fopen("/proc/um/host", "re");
	int found = 0;

	if (!file)
		return 0;
	while (!found && fgets(line, sizeof(line), file)) {
		if (strncmp(line, head, sizeof(head) - 1))
			continue;
		rest = line + sizeof(head) - 1;
		while (!found && (word = strtok_r(rest, " \n", &rest)))
			found = !strcmp(word, name);
	}
	fclose(file);
	if (found)
		printf("NOTE the host does not have it: %s\n", name);
	return found;
}

#endif
