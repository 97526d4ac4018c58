// SPDX-License-Identifier: GPL-2.0
/*
 * native.c - how programs end directly on this host: printed there, in ./linux
 * read from the file $NATIVE. A line for each: its name, the verdict, and the step
 * in which it ended.
 */
#define _GNU_SOURCE
#include "kselftests.h"

void native_print(const char *name, const struct result *result)
{
	printf("%s %s %s\n", name, result->verdict, result->step);
}

int native_find(const char *name, char *verdict, size_t verdict_size, char *step,
		size_t step_size)
{
	const char *path = getenv("NATIVE");
	char line[256], *at, *words[2];
	FILE *file;
	int found = 0;

	CHECK(path, "%s has to end as natively, and there is no NATIVE", name);
	file = fopen(path, "re");
	CHECK(file, "%s: %s", path, strerror(errno));
	while (!found && fgets(line, sizeof(line), file)) {
		at = line;
		words[0] = strsep(&at, " \n");
		words[1] = strsep(&at, " \n");
		if (!words[1] || strcmp(words[0], name))
			continue;
		found = 1;
		snprintf(verdict, verdict_size, "%s", words[1]);
		snprintf(step, step_size, "%s", at ? strsep(&at, "\n") : "");
	}
	fclose(file);
	return found;
}
