// SPDX-License-Identifier: GPL-2.0
/* bench.c - see bench.h. */
#include <fcntl.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "counts.h"

#define TARGET_MS 50
#define GROW 8			/* at most, from one trial run to the next */

static struct counts counts_before, counts_sum;
static uint64_t started, elapsed;
static int running;

static uint64_t now_ns(void)
{
	struct timespec t;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &t));
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* The counters are read outside of the time that is measured. */
void bench_resume(void)
{
	CHECK(!running);
	counts_read(&counts_before);
	running = 1;
	started = now_ns();
}

void bench_pause(void)
{
	uint64_t now = now_ns();

	CHECK(running);
	CHECK(now >= started, "the clock went back");
	elapsed += now - started;
	running = 0;
	counts_add(&counts_sum, &counts_before);
}

/* One run: how many operations were done, in `elapsed`. */
static unsigned long figure_run(const struct figure *f, unsigned long ops)
{
	unsigned long done;

	elapsed = 0;
	memset(&counts_sum, 0, sizeof(counts_sum));
	bench_resume();
	done = f->run(ops);
	bench_pause();
	CHECK(done >= ops, "%s: %lu of %lu operations", f->name, done, ops);
	return done;
}

static unsigned long ops_limit(const struct figure *f, unsigned long ops)
{
	if (f->max && ops > f->max)
		ops = f->max;
	return ops ? ops : 1;
}

/* As many operations as fill the time; the trial runs warm up caches too. */
static unsigned long ops_find(const struct figure *f, uint64_t target)
{
	unsigned long ops = 1, done, more;

	for (;;) {
		done = figure_run(f, ops);
		if (elapsed >= target || (f->max && done >= f->max))
			return ops_limit(f, done * (double)target / elapsed);
		if (elapsed >= target / GROW)
			return ops_limit(f, done * (double)target / elapsed);
		more = elapsed ? done * (double)target / elapsed : done * GROW;
		if (more > done * GROW)
			more = done * GROW;
		ops = ops_limit(f, more > ops ? more : ops * 2);
	}
}

static void figure_measure(const struct figure *f, uint64_t target,
			   unsigned long ops)
{
	unsigned long done;

	if (f->begin)
		f->begin();
	if (!ops)
		ops = ops_find(f, target);
	else if (ops > 1)	/* a single one is not run twice */
		figure_run(f, ops_limit(f, ops));
	ops = ops_limit(f, ops);
	done = figure_run(f, ops);
	if (f->end)
		f->end();
	CHECK(elapsed > 0, "%s: the clock stands still", f->name);
	printf("figure %s %s %lu %llu", f->name, f->unit, done,
	       (unsigned long long)elapsed);
	counts_print(&counts_sum);
	printf("\n");
	CHECK(fflush(stdout) == 0, "standard output: %s", strerror(errno));
}

static int figure_wanted(const struct figure *f, int argc, char **argv)
{
	int i, names = 0;

	for (i = 1; i < argc; i++) {
		if (argv[i][0] == '-')
			continue;
		names++;
		if (!strncmp(f->name, argv[i], strlen(argv[i])))
			return 1;
	}
	return !names;
}

int bench_main(int argc, char **argv, const struct figure *figures, size_t count)
{
	uint64_t ms = TARGET_MS;
	unsigned long ops = 0;
	int i, list = 0;
	size_t n;

	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--list"))
			list = 1;
		else if (!strncmp(argv[i], "--ms=", 5))
			ms = strtoul(argv[i] + 5, NULL, 10);
		else if (!strncmp(argv[i], "--ops=", 6))
			ops = strtoul(argv[i] + 6, NULL, 10);
		else
			CHECK(argv[i][0] != '-', "unknown option %s", argv[i]);
	}
	CHECK(ms > 0);
	if (!list)
		counts_open();
	for (n = 0; n < count; n++) {
		if (!figure_wanted(&figures[n], argc, argv))
			continue;
		if (list)
			printf("%s\n", figures[n].name);
		else
			figure_measure(&figures[n], ms * 1000000, ops);
	}
	return 0;
}
