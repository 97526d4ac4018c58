// SPDX-License-Identifier: GPL-2.0
/*
 * host_limits.c - the limits of this process (getrlimit(2)) within which a machine can
 * start. That of locked memory does not matter, nor that of pending signals
 * (host_timer.c); the number of processes is met where one is made.
 */
#include <sys/resource.h>
#include <unistd.h>
#include <uml/host_limits.h>
#include <uml/start.h>

#define FILES_LEAST	24	/* descriptors of a machine without a disk */
#define STACK_LEAST	(64 << 10)

#define MIB(n) ((unsigned long long)(n) >> 20)

static unsigned long long limit_get(int resource)
{
	struct rlimit limit;

	return getrlimit(resource, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ?
		~0ULL : limit.rlim_cur;
}

static void size_check(unsigned long long memory, int resource, const char *what)
{
	unsigned long long limit = limit_get(resource);

	if (memory > limit)
		start_fail("mem=%lluM is more than %s (%llu MiB)", MIB(memory), what,
			   MIB(limit));
}

/* It grows with its use: more is permitted where we may; printf() needs more. */
void host_stack_check(void)
{
	static const char message[] = "linux: the limit of the stack is less than 64 KiB (ulimit -s)\n";
	struct rlimit limit;

	if (getrlimit(RLIMIT_STACK, &limit) < 0 || limit.rlim_cur >= STACK_LEAST)
		return;
	limit.rlim_cur = STACK_LEAST;
	if (limit.rlim_max >= STACK_LEAST && setrlimit(RLIMIT_STACK, &limit) == 0)
		return;
	(void)!write(2, message, sizeof(message) - 1);
	_exit(1);
}

void host_limits_check(unsigned long long memory)
{
	size_check(memory, RLIMIT_AS, "the limit of this process's address space");
	size_check(memory, RLIMIT_FSIZE, "the limit of a file's size");
	if (limit_get(RLIMIT_NOFILE) < FILES_LEAST)
		start_fail("the limit of open files is %llu, at least %d are needed (ulimit -n)",
			   limit_get(RLIMIT_NOFILE), FILES_LEAST);
}
