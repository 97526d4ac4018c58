// SPDX-License-Identifier: GPL-2.0
/*
 * noexec checks that a page without PROT_EXEC does not execute: SIGSEGV,
 * SEGV_ACCERR, with si_addr and rip at the code, for every kind of memory and
 * after each change of protection.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "child.h"
#include "code.h"
#include "page.h"

#define RW (PROT_READ | PROT_WRITE)
#define RX (PROT_READ | PROT_EXEC)

static char data_page[PAGE] __attribute__((aligned(4096)));

static void memory_check(char *code, const char *what)
{
	code_put(code, 42);
	CODE_FAULT_CHECK(code, PROBE_ACCERR, what);
}

static void cycle_check(char *code, int flags, int fd, int rounds)
{
	CHECK(mmap(code, PAGE, RW, flags | MAP_FIXED, fd, 0) == code, "%s",
	      strerror(errno));
	for (int i = 0; i < rounds; i++) {
		code_put(code, i);
		CODE_FAULT_CHECK(code, PROBE_ACCERR, "read-write");
		CHECK_SYS(mprotect(code, PAGE, RX));
		CODE_CHECK(code, (unsigned int)i, "executable");
		CHECK_SYS(mprotect(code, PAGE, PROT_READ));
		CODE_FAULT_CHECK(code, PROBE_ACCERR, "read-only");
		CHECK_SYS(mprotect(code, PAGE, RX | PROT_WRITE));
		CODE_CHECK(code, (unsigned int)i, "all rights");
		CHECK_SYS(mprotect(code, PAGE, RW));
	}
}

static void fork_body(void *arg)
{
	CODE_FAULT_CHECK(arg, PROBE_ACCERR, "child");
	CHECK_SYS(mprotect(arg, PAGE, RX));
	CODE_CHECK(arg, 7u, "child");
}

int main(int argc, char **argv)
{
	int fd, rounds = check_rounds(argc, argv, 10);
	char stack[64], *heap, *page;

	test_begin(60);
	probe_init();
	fd = CHECK_SYS(memfd_create("code", MFD_CLOEXEC));
	CHECK_SYS(ftruncate(fd, PAGE));
	memory_check(stack, "stack");
	memory_check(data_page, "data");
	heap = malloc(64);
	CHECK(heap, "malloc");
	memory_check(heap, "heap");
	free(heap);
	page = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED, "%s", strerror(errno));
	cycle_check(page, MAP_PRIVATE | MAP_ANONYMOUS, -1, rounds);
	cycle_check(page, MAP_SHARED, fd, rounds);
	cycle_check(page, MAP_PRIVATE, fd, rounds);
	code_put(page, 7);
	child_run("fork", fork_body, page);
	CODE_FAULT_CHECK(page, PROBE_ACCERR, "parent after fork");
	return 0;
}
