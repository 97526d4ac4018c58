// SPDX-License-Identifier: GPL-2.0
/*
 * memory.c - page faults and changes of mappings. An operation of a fault/
 * figure is one page touched for the first time; the kernel may map some of its
 * neighbours as well (natively it does for files).
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define PAGE 4096ul
#define PAGES 1024ul		/* touched between two system calls */
#define SIZE (PAGES * PAGE)
#define FILE_NAME "memory-file"
#define MAP_PAGES 16ul		/* in the figures map/ */

static volatile char *area;
static int fd = -1;

static void *map(size_t size, int flags, int file)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, file, 0);

	CHECK(at != MAP_FAILED, "mmap: %s", strerror(errno));
	/* The same pages everywhere. EINVAL: a kernel without huge pages. */
	CHECK(!madvise(at, size, MADV_NOHUGEPAGE) || errno == EINVAL);
	return at;
}

static char *map_anonymous(size_t size)
{
	return map(size, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

static void area_begin(void)
{
	unsigned long i;

	area = map_anonymous(SIZE);
	for (i = 0; i < PAGES; i++)
		area[i * PAGE] = i;
}

static void area_end(void)
{
	CHECK_SYS(munmap((void *)area, SIZE));
}

/* Reads each page and writes to it; in it was what the number says, or 0. */
static void pages_write(volatile char *at, int numbered)
{
	unsigned long i;

	for (i = 0; i < PAGES; i++) {
		CHECK(at[i * PAGE] == (numbered ? (char)i : 0), "page %lu", i);
		at[i * PAGE] = i + 1;
	}
}

static unsigned long anonymous_run(unsigned long ops)
{
	unsigned long done, i;
	volatile char *at;

	bench_pause();
	for (done = 0; done < ops; done += PAGES) {
		at = map_anonymous(SIZE);
		bench_resume();
		for (i = 0; i < PAGES; i++)
			at[i * PAGE] = i + 1;
		bench_pause();
		for (i = 0; i < PAGES; i++)
			CHECK(at[i * PAGE] == (char)(i + 1) && !at[i * PAGE + 1]);
		CHECK_SYS(munmap((void *)at, SIZE));
	}
	bench_resume();
	return done;
}

static void file_begin(void)
{
	static char page[PAGE];
	unsigned long i;

	fd = CHECK_SYS(open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
	for (i = 0; i < PAGES; i++) {
		page[0] = i;
		bench_write(fd, page, PAGE);
	}
}

/* Private mappings were written to, never the file. */
static void file_end(void)
{
	unsigned long i;
	char c;

	for (i = 0; i < PAGES; i++)
		CHECK(pread(fd, &c, 1, i * PAGE) == 1 && c == (char)i,
		      "page %lu of the file changed", i);
	CHECK_SYS(close(fd));
	CHECK_SYS(unlink(FILE_NAME));
}

static unsigned long file_run(unsigned long ops)
{
	unsigned long done, i;
	volatile char *at;

	bench_pause();
	for (done = 0; done < ops; done += PAGES) {
		at = map(SIZE, MAP_SHARED, fd);
		bench_resume();
		for (i = 0; i < PAGES; i++)
			CHECK(at[i * PAGE] == (char)i, "page %lu", i);
		bench_pause();
		CHECK_SYS(munmap((void *)at, SIZE));
	}
	bench_resume();
	return done;
}

static unsigned long cow_run(unsigned long ops)
{
	unsigned long done, i;
	volatile char *at;

	bench_pause();
	for (done = 0; done < ops; done += PAGES) {
		at = map(SIZE, MAP_PRIVATE, fd);
		for (i = 0; i < PAGES; i++)
			CHECK(at[i * PAGE] == (char)i, "page %lu", i);
		bench_resume();
		pages_write(at, 1);
		bench_pause();
		CHECK_SYS(munmap((void *)at, SIZE));
	}
	bench_resume();
	return done;
}

/* Has a copy of the area: waits until it may look, and sees no change in it. */
static void child_wait(void *arg)
{
	unsigned long i;
	int *ends = arg;
	char c;

	CHECK_SYS(close(ends[1]));
	CHECK(CHECK_SYS(read(ends[0], &c, 1)) == 0);
	for (i = 0; i < PAGES; i++)
		CHECK(area[i * PAGE] == (char)i, "page %lu in the child", i);
}

static unsigned long fork_run(unsigned long ops)
{
	unsigned long done, i;
	int ends[2];
	pid_t pid;

	bench_pause();
	for (done = 0; done < ops; done += PAGES) {
		CHECK_SYS(pipe2(ends, O_CLOEXEC));
		pid = bench_child(child_wait, ends);
		CHECK_SYS(close(ends[0]));
		bench_resume();
		pages_write(area, 1);
		bench_pause();
		CHECK_SYS(close(ends[1]));
		bench_child_end(pid);
		for (i = 0; i < PAGES; i++)
			area[i * PAGE] = i;
	}
	bench_resume();
	return done;
}

static unsigned long mmap_run(unsigned long ops)
{
	unsigned long i;
	void *at;

	for (i = 0; i < ops; i++) {
		at = mmap(NULL, MAP_PAGES * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(at != MAP_FAILED);
		CHECK_SYS(munmap(at, MAP_PAGES * PAGE));
	}
	return ops;
}

static unsigned long mmap_touch_run(unsigned long ops)
{
	unsigned long i, j;
	volatile char *at;

	for (i = 0; i < ops; i++) {
		at = mmap(NULL, MAP_PAGES * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		CHECK(at != MAP_FAILED);
		for (j = 0; j < MAP_PAGES; j++) {
			CHECK(at[j * PAGE] == 0);
			at[j * PAGE] = 1;
		}
		CHECK_SYS(munmap((void *)at, MAP_PAGES * PAGE));
	}
	return ops;
}

/* Two calls and a write are two operations: to read only and back. */
static unsigned long mprotect_run(unsigned long ops)
{
	unsigned long done;

	for (done = 0; done < ops; done += 2) {
		CHECK_SYS(mprotect((void *)area, PAGE, PROT_READ));
		CHECK(area[0] == (char)(done / 2));
		CHECK_SYS(mprotect((void *)area, PAGE, PROT_READ | PROT_WRITE));
		area[0] = done / 2 + 1;
	}
	area[0] = 0;
	return done;
}

static const struct figure figures[] = {
	{ "fault/anonymous", "ns", NULL, anonymous_run, NULL, 0 },
	{ "fault/file", "ns", file_begin, file_run, file_end, 0 },
	{ "fault/cow", "ns", file_begin, cow_run, file_end, 0 },
	{ "fault/after-fork", "ns", area_begin, fork_run, area_end, 0 },
	{ "map/mmap-munmap", "ns", NULL, mmap_run, NULL, 0 },
	{ "map/mmap-16-pages", "ns", NULL, mmap_touch_run, NULL, 0 },
	{ "map/mprotect", "ns", area_begin, mprotect_run, area_end, 0 },
};

BENCH_MAIN(figures)
