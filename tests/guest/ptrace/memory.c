/* SPDX-License-Identifier: GPL-2.0 */
/* memory.c - a tracer reads and writes what the tracee itself may not. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "ptrace.h"
#include "tracee.h"

/* A function in read-only memory; its value is the byte at +1. */
asm(".pushsection .text\n"
    "value_code: movl $1, %eax\n"
    "	ret\n"
    "	.skip 8, 0x90\n"
    ".popsection\n");
int value_code(void);

static volatile uint64_t word = 0x1111;
static uint64_t *none_page, *readonly_page, *shared_page;

static void memory_tracee(void *arg)
{
	(void)arg;
	CHECK(value_code() == 1 && word == 0x1111, "not as linked");
	STOP_HERE();
	CHECK(word == 0x2222, "word is 0x%lx", word);
	CHECK(value_code() == 2, "the function returns %d", value_code());
	CHECK(*(volatile uint64_t *)readonly_page == 0x3333, "read-only page: 0x%lx",
	      *readonly_page);
}

static void *page_map(int prot, int flags)
{
	void *p = mmap(NULL, 4096, prot, flags | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED, "mmap: %s", strerror(errno));
	return p;
}

static void expect_eio(pid_t pid, enum __ptrace_request request, void *addr)
{
	errno = 0;
	CHECK(ptrace(request, pid, addr, (void *)1) == -1 && errno == EIO,
	      "request %d at %p: %s", request, addr, strerror(errno));
}

/* The other ways to the same memory, where the kernel has them. */
static void test_other_ways(pid_t pid)
{
	uint64_t got = 0;
	struct iovec local = { &got, 8 }, remote = { (void *)&word, 8 };
	char name[64];
	ssize_t n;
	int fd;

	n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	if (n == -1 && errno == ENOSYS)
		NOTE("no process_vm_readv in this kernel");
	else
		CHECK(n == 8 && got == 0x2222, "process_vm_readv: %zd, 0x%lx", n,
		      got);
	snprintf(name, sizeof(name), "/proc/%d/mem", pid);
	fd = open(name, O_RDWR | O_CLOEXEC);
	if (fd < 0) {
		NOTE("%s: %s", name, strerror(errno));
		return;
	}
	CHECK(pread(fd, &got, 8, (off_t)&word) == 8 && got == 0x2222,
	      "%s: 0x%lx", name, got);
	got = 0x3333;
	CHECK(pwrite(fd, &got, 8, (off_t)readonly_page) == 8, "%s: %s", name,
	      strerror(errno));
	CHECK_SYS(close(fd));
}

void test_memory(void)
{
	uint64_t code;
	pid_t pid;

	none_page = page_map(PROT_NONE, MAP_PRIVATE);
	readonly_page = page_map(PROT_READ, MAP_PRIVATE);
	shared_page = page_map(PROT_READ, MAP_SHARED);
	pid = tracee_start_stopped(memory_tracee, NULL);
	CHECK(peek(pid, PTRACE_PEEKDATA, (void *)&word) == 0x1111, "0x%lx",
	      peek(pid, PTRACE_PEEKDATA, (void *)&word));
	TRACE(PTRACE_POKEDATA, pid, &word, 0x2222);
	code = peek(pid, PTRACE_PEEKTEXT, value_code);
	CHECK((code & 0xffff) == 0x1b8, "code is 0x%lx", code);
	TRACE(PTRACE_POKETEXT, pid, value_code, code + 0x100);

	/* FOLL_FORCE: protection doesn't count in private memory. */
	CHECK(peek(pid, PTRACE_PEEKDATA, none_page) == 0, "not zero");
	TRACE(PTRACE_POKEDATA, pid, readonly_page, 0x3333);
	CHECK(peek(pid, PTRACE_PEEKDATA, readonly_page) == 0x3333, "lost");
	expect_eio(pid, PTRACE_POKEDATA, shared_page);
	expect_eio(pid, PTRACE_PEEKDATA, NULL);
	expect_eio(pid, PTRACE_PEEKDATA, (void *)0xffff888000000000);
	expect_eio(pid, PTRACE_POKEDATA, (void *)0x4141414141414140);
	test_other_ways(pid);
	tracee_end(pid, "memory");
	CHECK(word == 0x1111 && value_code() == 1 && *readonly_page == 0,
	      "the tracer's own memory changed");
}
