// SPDX-License-Identifier: GPL-2.0
/*
 * uaccess checks the kernel's access to user memory: EFAULT for every address
 * that is not the process's own, short copies up to the last good byte, strings
 * that end at the end of a page; futexes; and that nothing leaks or gets
 * through.
 */
#define _GNU_SOURCE
#include "uaccess.h"

#include "arena.h"
#include "child.h"
#include "maps.h"

/* `count` pages with nothing behind them, where no other mmap() will come */
char *pages_map(int count)
{
	static char *next;
	char *p, *got;

	if (!next)
		next = arena_find(ARENA_1G);
	p = next;
	next += (count + 2) * PAGE;
	got = mmap(p, count * PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	CHECK(got == p, "%s", strerror(errno));
	return p;
}

static void bad_add(struct bads *bads, const char *what, unsigned long addr)
{
	static struct maps maps;

	maps_load(&maps);
	if (maps_at(&maps, (char *)addr) && strcmp(what, "a closed page"))
		return; /* it happens to be ours */
	CHECK(bads->count < BAD_MAX, "too many bad addresses");
	bads->bad[bads->count++] = (struct bad){ what, (char *)addr };
}

static void bads_find(struct bads *bads)
{
	char *hole = pages_map(1) + PAGE;
	char *closed = pages_map(1);

	/* Secret contents: the page is there, but must not be read. */
	page_fill(closed, 1);
	CHECK_SYS(mprotect(closed, PAGE, PROT_NONE));
	bads->read_only = pages_map(1);
	CHECK_SYS(mprotect(bads->read_only, PAGE, PROT_READ));
	bad_add(bads, "NULL", 0);
	bad_add(bads, "the first page", 8);
	bad_add(bads, "an unmapped page", (unsigned long)hole);
	bad_add(bads, "a closed page", (unsigned long)closed);
	bad_add(bads, "where ./linux itself may be", 0x60001000);
	bad_add(bads, "its memory", 0x61000000);
	bad_add(bads, "the last user page", 0x7ffffffff000);
	bad_add(bads, "no canonical address", 0x800000000000);
	bad_add(bads, "no canonical address, far away", 0x4141414141414140);
	bad_add(bads, "the sign bit", 0x8000000000000000);
	bad_add(bads, "the kernel's half", 0xffff800000000000);
	bad_add(bads, "the kernel's memory", 0xffff888000001000);
	bad_add(bads, "the kernel's code", 0xffffffff81000000);
	bad_add(bads, "an error pointer", -4096ul);
	bad_add(bads, "the very end", -8ul);
}

int main(int argc, char **argv)
{
	static struct bads bads;

	if (fcntl(EXEC_FD, F_GETFD) != -1)
		return argc == 1 && !strcmp(argv[0], "tru") ? 42 : 43;
	test_begin(60);
	probe_init();
	bads_find(&bads);
	calls_check(&bads);
	vectors_check(&bads);
	copies_check();
	strings_check(&bads);
	words_check(&bads);
	ends_check();
	return 0;
}
