/* SPDX-License-Identifier: GPL-2.0 */
/* counts.h - the machine's counters of exits, /proc/um/exits. */
#ifndef COUNTS_H
#define COUNTS_H

#define COUNTS_MAX 40

struct counts {
	int used;
	struct {
		char name[32];
		long long value;
	} list[COUNTS_MAX];
};

/* No counters (natively, an older ./linux): all that follows does nothing. */
void counts_open(void);
void counts_read(struct counts *counts);
/* sum += what was counted since `before` was read, but for the reading itself */
void counts_add(struct counts *sum, const struct counts *before);
/* Each counter that is not 0, as " NAME=VALUE". */
void counts_print(const struct counts *counts);

#endif
