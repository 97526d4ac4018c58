// SPDX-License-Identifier: GPL-2.0
/*
 * protnone checks PROT_NONE: no access by user code or by the kernel, and the
 * contents are still there afterwards, also over fork, mremap and madvise.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "child.h"
#include "page.h"
#include "probe.h"

#define PAGES  8
#define ROUNDS 20

static int scratch;

static char *pages_map(int prot)
{
	char *p = mmap(NULL, PAGES * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	CHECK(p != MAP_FAILED, "%s", strerror(errno));
	return p;
}

static void pages_protect(char *p, int prot)
{
	CHECK_SYS(mprotect(p, PAGES * PAGE, prot));
}

/* Nobody can read or write here. */
static void closed_check(char *p, const char *what)
{
	PROBE_CHECK(read, p + 5, PROBE_ACCERR, what);
	PROBE_CHECK(write, p + PAGES * PAGE - 1, PROBE_ACCERR, what);
	errno = 0;
	CHECK(pwrite(scratch, p, PAGE, 0) == -1 && errno == EFAULT,
	      "%s: the kernel could read it: %s", what, strerror(errno));
	errno = 0;
	CHECK(pread(scratch, p + PAGE, PAGE, 0) == -1 && errno == EFAULT,
	      "%s: the kernel could write it: %s", what, strerror(errno));
}

static void fill(char *p, uint64_t tag)
{
	for (int i = 0; i < PAGES; i++)
		page_fill(p + i * PAGE, tag + i);
}

static void check(char *p, uint64_t tag, const char *what)
{
	for (int i = 0; i < PAGES; i++)
		PAGE_CHECK(p + i * PAGE, tag ? tag + i : 0, what);
}

/* Closed, opened, filled, closed, opened: the same contents */
static void cycle_check(char *p, int rounds)
{
	closed_check(p, "never touched");
	for (int i = 0; i < rounds; i++) {
		uint64_t tag = 0x1000 * (i + 1);

		pages_protect(p, PROT_READ | PROT_WRITE);
		check(p, i ? tag - 0x1000 : 0, "opened");
		fill(p, tag);
		pages_protect(p, PROT_NONE);
		closed_check(p, "closed");
		pages_protect(p, PROT_READ);
		check(p, tag, "read-only");
		PROBE_CHECK(write, p, PROBE_ACCERR, "read-only");
		pages_protect(p, PROT_NONE);
		PROBE_CHECK(read, p, PROBE_ACCERR, "closed again");
	}
	pages_protect(p, PROT_READ | PROT_WRITE);
	fill(p, 77);
	pages_protect(p, PROT_NONE);
}

/* The child has the closed pages too, and its own copy of them. */
static void fork_body(void *arg)
{
	char *p = arg;

	closed_check(p, "child");
	pages_protect(p, PROT_READ | PROT_WRITE);
	check(p, 77, "child");
	fill(p, 99);
	check(p, 99, "child");
}

static void move_check(char *p)
{
	char *q = mremap(p, PAGES * PAGE, PAGES * PAGE,
			 MREMAP_MAYMOVE | MREMAP_FIXED, pages_map(PROT_READ));

	CHECK(q != MAP_FAILED, "%s", strerror(errno));
	PROBE_CHECK(read, p, PROBE_MAPERR, "moved away");
	closed_check(q, "moved");
	pages_protect(q, PROT_READ);
	check(q, 77, "moved");
	pages_protect(q, PROT_NONE);
	CHECK_SYS(madvise(q, PAGES * PAGE, MADV_DONTNEED));
	closed_check(q, "thrown away");
	pages_protect(q, PROT_READ);
	check(q, 0, "thrown away");
	CHECK_SYS(munmap(q, PAGES * PAGE));
}

/* One closed page among open ones: the guard page of everybody's stack */
static void guard_check(void)
{
	char *p = pages_map(PROT_READ | PROT_WRITE);

	fill(p, 5);
	CHECK_SYS(mprotect(p + 3 * PAGE, PAGE, PROT_NONE));
	PROBE_CHECK(write, p + 3 * PAGE - 1, PROBE_OK, "before the guard");
	PROBE_CHECK(write, p + 3 * PAGE, PROBE_ACCERR, "guard");
	PROBE_CHECK(read, p + 4 * PAGE - 1, PROBE_ACCERR, "guard");
	PROBE_CHECK(write, p + 4 * PAGE, PROBE_OK, "behind the guard");
	CHECK(pwrite(scratch, p + 2 * PAGE, 2 * PAGE, 0) == (long)PAGE,
	      "the kernel read over the guard: %s", strerror(errno));
	pages_protect(p, PROT_READ);
	check(p, 5, "guard opened");
	CHECK_SYS(munmap(p, PAGES * PAGE));
}

int main(int argc, char **argv)
{
	char *p;

	test_begin(60);
	probe_init();
	scratch = CHECK_SYS(memfd_create("scratch", MFD_CLOEXEC));
	CHECK_SYS(ftruncate(scratch, 2 * PAGE));
	p = pages_map(PROT_NONE);
	cycle_check(p, check_rounds(argc, argv, ROUNDS));
	child_run("fork", fork_body, p);
	closed_check(p, "parent after fork");
	pages_protect(p, PROT_READ);
	check(p, 77, "parent after fork");
	pages_protect(p, PROT_NONE);
	move_check(p);
	guard_check();
	return 0;
}
