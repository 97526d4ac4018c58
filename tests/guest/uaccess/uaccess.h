/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UACCESS_H
#define UACCESS_H

#include "page.h"
#include "probe.h"
#include "raw.h"

/* Addresses that no system call may use */
struct bad {
	const char *what;
	char *addr;
};

#define BAD_MAX 24

struct bads {
	int count;
	struct bad bad[BAD_MAX];
	char *read_only; /* bad for what the kernel writes */
};

#define EXEC_FD 77 /* open only in the program that strings.c executes */

/* main.c: pages[count] with nothing behind them */
char *pages_map(int count);

void calls_check(const struct bads *bads);
void vectors_check(const struct bads *bads);
void copies_check(void);
void strings_check(struct bads *bads);
void words_check(const struct bads *bads);
void ends_check(void);

#endif
