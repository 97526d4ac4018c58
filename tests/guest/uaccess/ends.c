// SPDX-License-Identifier: GPL-2.0
/*
 * ends.c - a word that lies over the end of a page, and the last user page.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "uaccess.h"

#define USER_END	0x7ffffffff000UL	/* natively, and the most that it can be */

/* put_user() writes all of its word or nothing. */
static void word_check(void)
{
	char *page = pages_map(1);
	int ends[2];

	CHECK_SYS(pipe(ends));
	CHECK(write(ends[1], "abc", 3) == 3, "pipe");
	for (int inside = 0; inside < 4; inside++) {
		char *word = page + PAGE - inside;
		long got;

		page_fill(page, 5);
		got = RAW3(SYS_ioctl, ends[0], FIONREAD, word);
		CHECK(got == -EFAULT, "a word with %d bytes in the page = %ld", inside, got);
		PAGE_CHECK(page, 5, "a word that lies over its end");
	}
	CHECK(RAW3(SYS_ioctl, ends[0], FIONREAD, page + PAGE - 4) == 0 &&
	      !memcmp(page + PAGE - 4, "\3\0\0\0", 4), "the last word of a page");
	CHECK_SYS(close(ends[0]));
	CHECK_SYS(close(ends[1]));
	CHECK_SYS(munmap(page, PAGE));
}

/* Whether a mapping can end there. Nothing stays. */
static int is_user(unsigned long end)
{
	void *want = (void *)(end - PAGE), *got;

	got = mmap(want, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
		   -1, 0);
	if (got == MAP_FAILED)
		return errno == EEXIST;
	CHECK_SYS(munmap(got, PAGE));
	return got == want;
}

/* What ends where user addresses end is good. */
static void end_check(void)
{
	unsigned long good = 1UL << 30, bad = USER_END + PAGE;
	int file = CHECK_SYS(memfd_create("file", MFD_CLOEXEC));
	char *last;

	while (bad - good > PAGE) {
		unsigned long middle = (good + (bad - good) / 2) & -(unsigned long)PAGE;

		if (is_user(middle))
			good = middle;
		else
			bad = middle;
	}
	last = mmap((void *)(good - PAGE), PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	CHECK(last != MAP_FAILED, "the page below %#lx: %s", good, strerror(errno));
	page_fill(last, 6);
	CHECK(write(file, last, PAGE) == PAGE, "the last page is written: %s", strerror(errno));
	CHECK(pread(file, last, PAGE, 0) == PAGE, "the last page is read: %s", strerror(errno));
	PAGE_CHECK(last, 6, "the last page");
	CHECK(RAW3(SYS_write, file, last, PAGE + 1) == PAGE ||
	      RAW3(SYS_write, file, last, PAGE + 1) == -EFAULT, "a byte more");
	CHECK_SYS(munmap(last, PAGE));
	CHECK_SYS(close(file));
}

void ends_check(void)
{
	word_check();
	end_check();
}
