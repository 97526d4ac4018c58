/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KSELFTESTS_H
#define KSELFTESTS_H

#include "embed.h"

#define OUTPUT_MAX (64 << 10)

/* How a program ended. */
struct result {
	char verdict[16];	/* "ok", "fail" or "skip", as in `expected` */
	char how[64];		/* the same in more words */
	char step[80];		/* what it did last: its last line with [...] in front */
	char line[80];		/* the line that it prints now */
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
/* The verdict for ./linux is "native": as directly on this host. */
int row_is_native(const char *name);

/* native.c: print how one has ended here, for its run inside; read that there */
void native_print(const char *name, const struct result *result);
int native_find(const char *name, char *verdict, size_t verdict_size, char *step,
		size_t step_size);

#endif
