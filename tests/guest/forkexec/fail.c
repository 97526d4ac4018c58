// SPDX-License-Identifier: GPL-2.0
/*
 * fail.c - forks that fail: when they have copied a part of the address space, for
 * want of memory or by a fatal signal; and as fast as they can at the limit of a user's
 * processes. What was made of the child goes away and everybody else lives on.
 */
#define _GNU_SOURCE
#include <sys/sysinfo.h>
#include <time.h>

#include "arena.h"
#include "child.h"
#include "forkexec.h"
#include "page.h"

#define MAPPINGS	2000	/* two of these next to each other don't become one */
#define KILLS		10
#define KILL_STEP	200000	/* ns */
#define ROUNDS		4
#define PROCESSES	10
#define LIMIT_SECONDS	2
#define NOBODY		54321	/* a user with no other process */

static char overcommit(void)
{
	FILE *f = fopen("/proc/sys/vm/overcommit_memory", "re");
	int c = f ? getc(f) : '?';

	if (f)
		fclose(f);
	return c;
}

static void nothing_body(void *arg)
{
	(void)arg;
}

/*
 * One mapping of 6/5 of all memory and swap, made in two parts: each part alone is
 * allowed, a fork has to account for the whole, which is too much.
 */
static void no_memory_body(void *arg)
{
	struct sysinfo info;
	char *start;
	unsigned long part;

	(void)arg;
	CHECK_SYS(sysinfo(&info));
	part = (info.totalram + info.totalswap) * info.mem_unit / 5 * 3 & -PAGE;
	start = arena_find(2 * part);
	for (int i = 0; i < 2; i++)
		CHECK(mmap(start + i * part, part, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
		      start + i * part, "%lu MiB: %s", part >> 20, strerror(errno));
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(1);
		CHECK(pid == -1 && errno == ENOMEM, "fork with too much memory: %d, %s",
		      (int)pid, strerror(errno));
		start[i * PAGE] = i;	/* a table or two to be copied */
	}
	CHECK_SYS(munmap(start + part, part));
	child_run("fork with less memory", nothing_body, NULL);
}

/* A timer kills this process somewhere in one of its forks. */
static void killed_body(void *arg)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGKILL };
	struct itimerspec when = { .it_value.tv_nsec = 1 + (long)arg * KILL_STEP };
	char *p = arena_find(2 * MAPPINGS * PAGE);
	timer_t timer;
	pid_t pid;

	for (int i = 0; i < MAPPINGS; i++)
		CHECK(mmap(p + 2 * i * PAGE, PAGE, PROT_READ, MAP_PRIVATE |
			   MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED, "%s",
		      strerror(errno));
	CHECK_SYS(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK_SYS(timer_settime(timer, 0, &when, NULL));
	for (;;) {
		pid = fork();
		if (!pid)
			_exit(0);
		if (pid > 0)
			child_wait(pid);
	}
}

/* All of them fork all the time, and all but a few of these fail. */
static void limit_body(void *arg)
{
	struct rlimit limit = { PROCESSES, PROCESSES };
	time_t end = time(NULL) + LIMIT_SECONDS;

	(void)arg;
	CHECK_SYS(setrlimit(RLIMIT_NPROC, &limit));
	if (!getuid())
		CHECK_SYS(setuid(NOBODY));
	while (time(NULL) < end)
		if (fork() < 0)
			CHECK(errno == EAGAIN, "fork at the limit: %s", strerror(errno));
	while (wait(NULL) > 0)
		;
}

void fail_check(void)
{
	child_run("forks at the limit", limit_body, NULL);
	if (overcommit() == '0')
		child_run("fork without memory", no_memory_body, NULL);
	else
		NOTE("vm.overcommit_memory is not 0: no fork that fails for want of memory");
	for (long i = 0; i < KILLS; i++)
		child_dies("killed in a fork", killed_body, (void *)i, SIGKILL);
}
