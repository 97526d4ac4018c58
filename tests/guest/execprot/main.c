// SPDX-License-Identifier: GPL-2.0
/*
 * execprot checks code that changes: rewritten in place, with W and X in turn,
 * through a second mapping, through a file, by replacing the page under it, in
 * several processes at the same address; and calls of what isn't there.
 */
#define _GNU_SOURCE
#include <unistd.h>

#include "code.h"
#include "page.h"
#include "ring.h"
#include "rng.h"

#define RW     (PROT_READ | PROT_WRITE)
#define RX     (PROT_READ | PROT_EXEC)
#define ROUNDS 20
#define SLOTS  3

static struct rng rng = { 3 };
static int rounds;

static char *page_map(int prot, int flags, int fd)
{
	char *p = mmap(NULL, PAGE, prot, flags, fd, 0);

	CHECK(p != MAP_FAILED, "%s", strerror(errno));
	return p;
}

static int code_file(void)
{
	int fd = CHECK_SYS(memfd_create("code", MFD_CLOEXEC));

	CHECK_SYS(ftruncate(fd, PAGE));
	return fd;
}

static char *code_place(char *page)
{
	return page + rng_below(&rng, PAGE - CODE_SIZE);
}

static void rewrite_check(void)
{
	char *p = page_map(RW | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	for (int i = 0; i < 50 * rounds; i++) {
		uint32_t value = rng_next(&rng);
		char *code = code_place(p);

		code_put(code, value);
		CODE_CHECK(code, value, "rewritten");
		code_put(code, ~value);
		CODE_CHECK(code, ~value, "rewritten at once");
	}
	CHECK_SYS(munmap(p, PAGE));
	CODE_FAULT_CHECK(p, PROBE_MAPERR, "unmapped");
}

/* Writable and executable in turn, as a JIT compiler does */
static void turns_check(void)
{
	char *p = page_map(RW, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	for (int i = 0; i < rounds; i++) {
		uint32_t value = rng_next(&rng);
		char *code = code_place(p);

		code_put(code, value);
		CHECK_SYS(mprotect(p, PAGE, RX));
		CODE_CHECK(code, value, "made executable");
		PROBE_CHECK(write, code, PROBE_ACCERR, "executable");
		CHECK_SYS(mprotect(p, PAGE, PROT_NONE));
		CODE_FAULT_CHECK(code, PROBE_ACCERR, "closed");
		CHECK_SYS(mprotect(p, PAGE, RW));
	}
	CHECK_SYS(munmap(p, PAGE));
}

/* One page at two addresses, and written through its descriptor */
static void alias_check(void)
{
	int fd = code_file();
	char *w = page_map(RW, MAP_SHARED, fd), *x = page_map(RX, MAP_SHARED, fd);

	for (int i = 0; i < rounds; i++) {
		uint32_t value = rng_next(&rng);
		unsigned int at = code_place(w) - w;
		char copy[CODE_SIZE];

		code_put(w + at, value);
		code_sync();
		CODE_CHECK(x + at, value, "written at another address");
		code_put(copy, ~value);
		CHECK(pwrite(fd, copy, CODE_SIZE, at) == CODE_SIZE, "%s",
		      strerror(errno));
		code_sync();
		CODE_CHECK(x + at, ~value, "written to the file");
	}
	CHECK_SYS(munmap(w, PAGE));
	CHECK_SYS(munmap(x, PAGE));
	CHECK_SYS(close(fd));
}

/* Another page at the same address, and the same page at another address */
static void replace_check(void)
{
	char *x = page_map(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *y = page_map(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	int fd[2] = { code_file(), code_file() };
	char code[CODE_SIZE];

	for (int i = 0; i < 2; i++) {
		code_put(code, 100 + i);
		CHECK(pwrite(fd[i], code, CODE_SIZE, 9) == CODE_SIZE, "%s",
		      strerror(errno));
	}
	for (int i = 0; i < rounds; i++) {
		void *at = mmap(x, PAGE, RX, MAP_SHARED | MAP_FIXED, fd[i % 2], 0);

		CHECK(at == x, "%s", strerror(errno));
		CODE_CHECK(x + 9, 100u + i % 2, "replaced");
		if (i % 4 == 3) {
			at = mremap(x, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, y);
			CHECK(at == y, "%s", strerror(errno));
			CODE_FAULT_CHECK(x + 9, PROBE_MAPERR, "moved away");
			CODE_CHECK(y + 9, 100u + i % 2, "moved");
		}
	}
	CHECK_SYS(munmap(x, PAGE));
	CHECK_SYS(munmap(y, PAGE));
	CHECK_SYS(close(fd[0]));
	CHECK_SYS(close(fd[1]));
}

/* An instruction that begins on one page and ends on the next */
static void straddle_check(void)
{
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *edge = p + PAGE;

	CHECK(p != MAP_FAILED, "%s", strerror(errno));
	for (int head = 1; head < CODE_SIZE - 1; head++) {
		char *code = edge - head;
		int seen;

		code_put(code, 0x5a5a0000 + head);
		CHECK_SYS(mprotect(p, 2 * PAGE, RX));
		CODE_CHECK(code, 0x5a5a0000u + head, "over the edge");
		CHECK_SYS(mprotect(edge, PAGE, PROT_NONE));
		seen = probe_call(code, NULL);
		CHECK(seen == PROBE_ACCERR && probe_addr_is(edge) &&
		      probe_state.ip == (unsigned long)code,
		      "%d bytes of an instruction before %p: %s, si_addr %#lx, "
		      "rip %#lx", head, (void *)edge, probe_name(seen),
		      probe_state.addr, probe_state.ip);
		CHECK_SYS(mprotect(p, 2 * PAGE, RW));
	}
	CHECK_SYS(munmap(p, 2 * PAGE));
}

/* Processes with different code at one address, in turns */
static void processes_check(void)
{
	char *p = page_map(RW | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	struct ring *ring = shared_alloc(sizeof(*ring));

	code_put(p, 1000);
	CODE_CHECK(p, 1000u, "before fork");
	ring_create(ring, SLOTS);
	for (int slot = 0; slot < SLOTS; slot++) {
		uint32_t value = 1000;

		if (!ring_fork(ring, slot))
			continue;
		for (int i = 0; i < rounds; i++) {
			ring_wait(ring, slot);
			CODE_CHECK(p, value, "own code");
			value = i * SLOTS + slot;
			code_put(p, value);
			CODE_CHECK(p, value, "own code, rewritten");
			ring_pass(ring, slot);
		}
		ring_wait(ring, slot);
		ring_leave(ring, slot);
		exit(0);
	}
	ring_watch(ring);
	CODE_CHECK(p, 1000u, "after the children");
}

int main(int argc, char **argv)
{
	rounds = check_rounds(argc, argv, ROUNDS);
	test_begin(60);
	probe_init();
	rewrite_check();
	turns_check();
	alias_check();
	replace_check();
	straddle_check();
	processes_check();
	return 0;
}
