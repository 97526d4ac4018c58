/* SPDX-License-Identifier: GPL-2.0 */
/*
 * bench.h - what every bench program shares: a table of figures, a loop that
 * finds how many operations fill the wanted time, and one line per figure:
 *
 *   figure NAME UNIT OPS NANOSECONDS [COUNTER=DELTA...]
 *
 * UNIT "ns": what counts is the time of one operation. UNIT "MB/s": OPS are
 * bytes. The counters are those of /proc/um/exits, where that file exists.
 *
 * The operations check their results with CHECK: a wrong one ends the program
 * with status 1 and a line FAIL, and its figure is never printed.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <sys/types.h>

#include "check.h"

struct figure {
	const char *name;
	const char *unit;
	void (*begin)(void);	/* prepare, not measured; may be NULL */
	/* Does at least that many operations; how many it did is its result. */
	unsigned long (*run)(unsigned long ops);
	void (*end)(void);	/* check and tidy, not measured; may be NULL */
	unsigned long max;	/* operations in one run; 0: no limit */
};

/*
 * The whole main function. Arguments: --list, --ms=TIME, --ops=NUMBER (instead
 * of a time), and names or first parts of names of figures.
 */
int bench_main(int argc, char **argv, const struct figure *figures, size_t count);
#define BENCH_MAIN(figures) \
	int main(int argc, char **argv) \
	{ \
		return bench_main(argc, argv, figures, \
				  sizeof(figures) / sizeof((figures)[0])); \
	}

/* For a run with parts that don't count: it starts with the clock running. */
void bench_pause(void);
void bench_resume(void);

/*
 * fork, and in the child: die with the parent, call fn(arg), end with status 0.
 */
pid_t bench_child(void (*fn)(void *), void *arg);
/* It must end, by itself or when what it reads from is closed, with status 0. */
void bench_child_end(pid_t pid);

/* read and write of exactly that much, whatever pieces it comes in */
void bench_read(int fd, void *data, size_t size);
void bench_write(int fd, const void *data, size_t size);

#endif
