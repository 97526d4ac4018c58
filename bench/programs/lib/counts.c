// SPDX-License-Identifier: GPL-2.0
/*
 * counts.c - see counts.h. Reading the counters costs some exits: how many is
 * found at the start, by readings with nothing but the clock between them.
 */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "counts.h"

#define FILE_NAME "/proc/um/exits"
#define TRIALS 5

static int fd = -1;
static struct counts own;	/* what a pair of readings costs */

void counts_read(struct counts *counts)
{
	char text[4096], *line, *save;
	ssize_t size;

	counts->used = 0;
	if (fd < 0)
		return;
	size = pread(fd, text, sizeof(text) - 1, 0);
	CHECK(size > 0, FILE_NAME ": %s", size ? strerror(errno) : "empty");
	text[size] = 0;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		int n = counts->used;

		CHECK(n < COUNTS_MAX, FILE_NAME " has too many lines");
		CHECK(sscanf(line, "%31s %lld", counts->list[n].name,
			     &counts->list[n].value) == 2,
		      FILE_NAME ": '%s'", line);
		counts->used++;
	}
}

static void counts_difference(struct counts *sum, const struct counts *before,
			      const struct counts *cost)
{
	struct counts after;
	int i;

	counts_read(&after);
	CHECK(after.used == before->used, FILE_NAME " changed its form");
	for (i = 0; i < after.used; i++) {
		long long delta = after.list[i].value - before->list[i].value;

		if (i < cost->used)
			delta -= cost->list[i].value;
		if (sum->used <= i) {
			sum->list[i] = after.list[i];
			sum->list[i].value = 0;
			sum->used = i + 1;
		}
		sum->list[i].value += delta;
	}
}

void counts_add(struct counts *sum, const struct counts *before)
{
	if (fd >= 0)
		counts_difference(sum, before, &own);
}

/* The least of several trials: an interrupt may come between two readings. */
void counts_open(void)
{
	const struct counts nothing = { .used = 0 };
	struct counts before, cost;
	struct timespec t;
	int i, n;

	fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);
	for (n = 0; fd >= 0 && n < TRIALS; n++) {
		cost.used = 0;
		counts_read(&before);
		CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &t));
		CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &t));
		counts_difference(&cost, &before, &nothing);
		for (i = 0; n && i < cost.used; i++)
			if (own.list[i].value < cost.list[i].value)
				cost.list[i].value = own.list[i].value;
		own = cost;
	}
}

void counts_print(const struct counts *counts)
{
	int i;

	for (i = 0; i < counts->used; i++)
		if (counts->list[i].value)
			printf(" %s=%lld", counts->list[i].name,
			       counts->list[i].value);
}
