// SPDX-License-Identifier: GPL-2.0
/*
 * words.c - futexes, whose words the kernel changes in place; sizes of 0.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <time.h>

#include "child.h"
#include "uaccess.h"

enum { WAIT, WAKE, REQUEUE = 3, CMP_REQUEUE, WAKE_OP, LOCK_PI, UNLOCK_PI, TRYLOCK_PI };
enum { OP_SET, OP_ADD, OP_OR, OP_ANDN, OP_XOR };

#define OP(op, value)	((unsigned int)(op) << 28 | (value) << 12)

static long wake_op(void *word, unsigned int op)
{
	static unsigned int first;

	return RAW6(SYS_futex, &first, WAKE_OP, 1, 1, word, op);
}

static void futex_values_check(unsigned int *word)
{
	static const struct {
		unsigned int op, before, after;
	} cases[] = {
		{ OP(OP_SET, 5), 3, 5 }, { OP(OP_ADD, 5), 3, 8 }, { OP(OP_OR, 5), 3, 7 },
		{ OP(OP_ANDN, 5), 7, 2 }, { OP(OP_XOR, 5), 3, 6 },
		{ OP(OP_ADD, 1), 0xffffffff, 0 }, { OP(OP_OR | 8, 31), 1, 0x80000001 },
	};

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		long got;

		*word = cases[i].before;
		got = wake_op(word, cases[i].op);
		CHECK(got == 0 && *word == cases[i].after, "futex operation %#x of %#x = "
		      "%ld, %#x", cases[i].op, cases[i].before, got, *word);
	}
	*word = 3;
	CHECK(wake_op(word, OP(7, 1)) == -ENOSYS && *word == 3, "operation 7 = %ld, %u",
	      wake_op(word, OP(7, 1)), *word);
}

/* New pages, the zero page, a page that is shared with a child */
static void futex_pages_check(void)
{
	char *p = pages_map(4), *secret = pages_map(1);
	unsigned int *word = (unsigned int *)p;
	long got = wake_op(p + PAGE, OP(OP_ADD, 7));

	CHECK(got == 0 && word[PAGE / 4] == 7, "a futex in a new page = %ld", got);
	CHECK(p[2 * PAGE] == 0, "a new page");
	got = wake_op(p + 2 * PAGE, OP(OP_ADD, 7));
	CHECK(got == 0 && word[PAGE / 2] == 7 && p[3 * PAGE] == 0,
	      "a futex in the zero page = %ld", got);
	page_fill(secret, 9);
	CHECK_SYS(mprotect(secret, PAGE, PROT_READ));
	got = wake_op(secret, OP(OP_SET, 1));
	CHECK(got == -EFAULT, "a futex in a read-only page = %ld", got);
	PAGE_CHECK(secret, 9, "a read-only futex");
	CHECK(wake_op((char *)word + 1, OP(OP_SET, 1)) == -EINVAL, "an odd address");
	CHECK(RAW4(SYS_futex, word + 8, LOCK_PI, 0, NULL) == 0 &&
	      word[8] == (unsigned int)getpid(), "LOCK_PI: %#x", word[8]);
	CHECK(RAW4(SYS_futex, word + 8, UNLOCK_PI, 0, NULL) == 0 && word[8] == 0,
	      "UNLOCK_PI: %#x", word[8]);
	CHECK_SYS(munmap(p, 4 * PAGE));
	CHECK_SYS(munmap(secret, PAGE));
}

static void cow_body(void *arg)
{
	CHECK(wake_op(arg, OP(OP_ADD, 1)) == 0 && *(unsigned int *)arg == 42,
	      "the child's futex is %u", *(unsigned int *)arg);
}

static void futex_bad_check(const struct bads *bads)
{
	static unsigned int good;

	for (int b = 0; b < bads->count; b++) {
		char *bad = bads->bad[b].addr;
		const char *what = bads->bad[b].what;

		CHECK(wake_op(bad, OP(OP_SET, 1)) == -EFAULT, "WAKE_OP at %s = %ld", what,
		      wake_op(bad, OP(OP_SET, 1)));
		CHECK(RAW4(SYS_futex, bad, LOCK_PI, 0, NULL) == -EFAULT,
		      "LOCK_PI at %s", what);
		CHECK(RAW4(SYS_futex, bad, TRYLOCK_PI, 0, NULL) == -EFAULT,
		      "TRYLOCK_PI at %s", what);
		CHECK(RAW6(SYS_futex, bad, CMP_REQUEUE, 1, 1, &good, 0) == -EFAULT,
		      "CMP_REQUEUE at %s", what);
	}
}

/* No byte at all: the address still has to be a user's. */
static void nothing_check(const struct bads *bads)
{
	int file = CHECK_SYS(memfd_create("file", MFD_CLOEXEC));

	for (int b = 0; b < bads->count; b++) {
		unsigned long addr = (unsigned long)bads->bad[b].addr;
		long want = addr >> 47 ? -EFAULT : 0;
		long wrote = RAW3(SYS_write, file, addr, 0);
		long read = RAW3(SYS_read, file, addr, 0);

		/* between the end of a small address space and 2^47 it may be either */
		if (addr >> 38 && !(addr >> 47))
			continue;
		CHECK(wrote == want && read == want, "0 bytes at %s: write %ld, read %ld",
		      bads->bad[b].what, wrote, read);
	}
	CHECK_SYS(close(file));
}

void words_check(const struct bads *bads)
{
	char *p = pages_map(2);

	futex_values_check((unsigned int *)p);
	futex_pages_check();
	*(unsigned int *)p = 41;
	child_run("a futex in a page that the parent has too", cow_body, p);
	CHECK(*(unsigned int *)p == 41, "the parent's futex is %u", *(unsigned int *)p);
	futex_bad_check(bads);
	nothing_check(bads);
	CHECK_SYS(munmap(p, 2 * PAGE));
}
