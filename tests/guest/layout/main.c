// SPDX-License-Identifier: GPL-2.0
/*
 * layout checks where a program is put: stack, heap and mmap at other
 * addresses in each run, at the same ones with ADDR_NO_RANDOMIZE, and mmap from
 * the top down; bottom up where ADDR_COMPAT_LAYOUT asks for it.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define RUNS 8

enum where { STACK, HEAP, MMAP, PLACES };
static const char *const names[PLACES] = { "stack", "heap", "mmap" };

struct layout {
	unsigned long at[PLACES];
	long next; /* from the first mmap to the second */
};

/* The program that is looked at: says where it is on descriptor 1 */
static int layout_tell(void)
{
	struct layout layout = { .at[STACK] = (unsigned long)&layout & ~4095UL };
	char *first, *second;

	layout.at[HEAP] = (unsigned long)sbrk(0);
	first = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	second = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (first == MAP_FAILED || second == MAP_FAILED)
		return 1;
	layout.at[MMAP] = (unsigned long)first;
	layout.next = second - first;
	return write(1, &layout, sizeof(layout)) != sizeof(layout);
}

static struct layout layout_get(unsigned long persona)
{
	struct layout layout;
	int fds[2], status;
	pid_t pid;

	CHECK_SYS(pipe(fds));
	pid = CHECK_SYS(fork());
	if (!pid) {
		if (personality(persona) == -1 || dup2(fds[1], 1) != 1)
			_exit(2);
		execl("/proc/self/exe", "layout", "tell", NULL);
		_exit(3);
	}
	CHECK_SYS(close(fds[1]));
	CHECK(read(fds[0], &layout, sizeof(layout)) == sizeof(layout), "nothing told");
	CHECK_SYS(close(fds[0]));
	CHECK(waitpid(pid, &status, 0) == pid && status == 0, "status %x", status);
	return layout;
}

static void random_check(void)
{
	unsigned long differ[PLACES] = { 0 };
	struct layout first = layout_get(0);

	for (int run = 1; run < RUNS; run++) {
		struct layout other = layout_get(0);

		for (int i = 0; i < PLACES; i++)
			differ[i] |= first.at[i] ^ other.at[i];
		CHECK(other.next < 0, "the second mmap is %ld above the first", other.next);
		CHECK(other.at[MMAP] < other.at[STACK] && other.at[HEAP] < other.at[MMAP],
		      "heap %lx, mmap %lx, stack %lx", other.at[HEAP], other.at[MMAP],
		      other.at[STACK]);
	}
	/* of eight runs all have the same upper bits with a probability of 1/128 each */
	for (int i = 0; i < PLACES; i++)
		CHECK(__builtin_popcountl(differ[i]) >= 8, "the %s hardly varies: %lx",
		      names[i], differ[i]);
}

static void fixed_check(void)
{
	struct layout first = layout_get(ADDR_NO_RANDOMIZE);

	for (int run = 1; run < RUNS / 2; run++) {
		struct layout other = layout_get(ADDR_NO_RANDOMIZE);

		for (int i = 0; i < PLACES; i++)
			CHECK(first.at[i] == other.at[i], "%s at %lx, then at %lx",
			      names[i], first.at[i], other.at[i]);
	}
}

int main(int argc, char **argv)
{
	struct layout layout;

	if (argc > 1 && !strcmp(argv[1], "tell"))
		return layout_tell();
	random_check();
	fixed_check();
	layout = layout_get(ADDR_COMPAT_LAYOUT);
	CHECK(layout.next > 0, "ADDR_COMPAT_LAYOUT: mmap goes down");
	return 0;
}
