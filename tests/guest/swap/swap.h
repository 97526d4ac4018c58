/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SWAP_H
#define SWAP_H

#include <stdint.h>

#include "check.h"

/* device.c: what the kernel says */
unsigned long swap_used(void);
unsigned long vmstat_get(const char *name);
void memory_get(unsigned long *total, unsigned long *available);

/* pages.c: memory that is larger than RAM */
struct area {
	char *base;
	unsigned int pages;
	uint64_t id;		/* part of each page's tag */
	uint8_t *generation;	/* how often each page was written */
};

void area_create(struct area *area, unsigned int pages, uint64_t id, int flags);
void area_destroy(struct area *area);
void area_write(struct area *area, unsigned int page);
void area_fill(struct area *area);
void area_check(const struct area *area, unsigned int page, const char *what);
void area_check_all(const struct area *area, const char *what);

#endif
