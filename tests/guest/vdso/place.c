// SPDX-License-Identifier: GPL-2.0
/* place.c - where the vdso and its data are mapped, and that they can move. */
#define _GNU_SOURCE
#include "vdso.h"

#include <sys/auxv.h>
#include <sys/personality.h>

#include "child.h"
#include "maps.h"
#include "probe.h"

#define STARTS 8

static struct maps maps;

static const struct map *map_named(const char *name)
{
	for (int i = 0; i < maps.count; i++)
		if (!strcmp(maps.map[i].name, name))
			return &maps.map[i];
	return NULL;
}

/* The other role of this program */
int place_print(void)
{
	printf("%lx\n", getauxval(AT_SYSINFO_EHDR));
	return 0;
}

/* Where a new process has it; in text, as place_print says it */
static void place_elsewhere(const char *program, unsigned long persona,
			    char *text, size_t size)
{
	int ends[2], status;
	pid_t pid;
	ssize_t got;

	CHECK_SYS(pipe(ends));
	pid = CHECK_SYS(fork());
	if (!pid) {
		CHECK_SYS(personality(persona));
		CHECK_SYS(dup2(ends[1], 1));
		execl(program, program, "1", "place", NULL);
		_exit(TEST_FAILED);
	}
	CHECK_SYS(close(ends[1]));
	got = CHECK_SYS(read(ends[0], text, size - 1));
	text[got] = 0;
	CHECK_SYS(close(ends[0]));
	status = child_wait(pid);
	CHECK(status == 0 && got > 0, "a new process: status 0x%x, %zd bytes", status,
	      got);
}

static void random_check(const char *program)
{
	char first[32], other[32];
	int same = 0, value = -1;
	FILE *file = fopen("/proc/sys/kernel/randomize_va_space", "re");

	CHECK(file && fscanf(file, "%d", &value) == 1, "randomize_va_space");
	CHECK(fclose(file) == 0, "fclose");
	place_elsewhere(program, ADDR_NO_RANDOMIZE, first, sizeof(first));
	place_elsewhere(program, ADDR_NO_RANDOMIZE, other, sizeof(other));
	CHECK(!strcmp(first, other), "not random, but at %s and at %s", first, other);
	for (int i = 0; i < STARTS; i++) {
		place_elsewhere(program, 0, other, sizeof(other));
		same += !strcmp(first, other);
	}
	CHECK(value == 0 || same < STARTS, "always at %s", first);
}

/* Both move by the same distance: the code finds its data relative to itself. */
static void move_body(void *arg)
{
	const struct map *code = map_named("[vdso]"), *data = map_named("[vvar]");
	unsigned long low = data->start < code->start ? data->start : code->start;
	unsigned long high = data->end > code->end ? data->end : code->end;
	unsigned long before = getauxval(AT_SYSINFO_EHDR);
	long by;
	char *to = mmap(NULL, high - low, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);

	(void)arg;
	CHECK(to != MAP_FAILED, "mmap: %s", strerror(errno));
	by = (long)to - (long)low;
	for (int i = 0; i < maps.count; i++) {
		const struct map *m = &maps.map[i];

		/* newer kernels have [vvar_vclock] too */
		if (strncmp(m->name, "[vvar", 5) && strcmp(m->name, "[vdso]"))
			continue;
		CHECK(mremap((void *)m->start, m->end - m->start, m->end - m->start,
			     MREMAP_MAYMOVE | MREMAP_FIXED,
			     (void *)(m->start + by)) != MAP_FAILED,
		      "mremap %s: %s", m->name, strerror(errno));
	}
	vdso.clock = (void *)((char *)vdso.clock + by);
	vdso.res = (void *)((char *)vdso.res + by);
	vdso.timeofday = (void *)((char *)vdso.timeofday + by);
	vdso.time = (void *)((char *)vdso.time + by);
	vdso.cpu = (void *)((char *)vdso.cpu + by);
	agree_check();
	maps_load(&maps);
	code = map_named("[vdso]");
	CHECK(code && code->start == before + by, "[vdso] is not where it moved to");
}

void place_check(const char *program)
{
	const struct map *code, *data;

	maps_load(&maps);
	code = map_named("[vdso]");
	data = map_named("[vvar]");
	CHECK(code && data, "not in /proc/self/maps: %s", code ? "[vvar]" : "[vdso]");
	CHECK(getauxval(AT_SYSINFO_EHDR) == code->start, "AT_SYSINFO_EHDR %lx, %lx",
	      getauxval(AT_SYSINFO_EHDR), code->start);
	CHECK(!strcmp(code->perms, "r-xp"), "[vdso] is %s", code->perms);
	CHECK(!strcmp(data->perms, "r--p"), "[vvar] is %s", data->perms);
	PROBE_CHECK(write, (void *)data->start, PROBE_ACCERR, "data of the vdso");
	CHECK(mprotect((void *)data->start, 4096, PROT_READ | PROT_WRITE) == -1 &&
	      errno == EACCES, "the data can be made writable (%s)", strerror(errno));
	child_run("a moved vdso", move_body, NULL);
	random_check(program);
}
