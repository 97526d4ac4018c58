/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KSELFTESTS_H
#define KSELFTESTS_H

#include "embed.h"

#define OUTPUT_MAX (64 << 10)

/* How a program ended. */
struct result {
	char verdict[16];	/* "ok", "fail" or "skip", as in `expected` */
	char how[64];		/* the same in more words */
	char output[OUTPUT_MAX + 1];	/* the end of what it printed */
};

/* A line of `expected`, for where we are. */
struct row {
	char name[64];
	char verdict[16];
	const char *reason;	/* up to the end of the line */
	int reason_length;
};

void program_run(const struct embedded *program, int seconds,
		 struct result *result);
int row_find(const char *name, struct row *row);
void rows_check(void);

#endif
