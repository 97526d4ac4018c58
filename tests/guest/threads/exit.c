// SPDX-License-Identifier: GPL-2.0
/* exit.c - how processes with several threads end, and fork from a thread. */
#define _GNU_SOURCE
#include <dirent.h>

#include "child.h"
#include "threads.h"

#define THREADS 3

static volatile int going;

static void *spinner(void *arg)
{
	__atomic_add_fetch(&going, 1, __ATOMIC_SEQ_CST);
	for (;;)
		__builtin_ia32_pause();
	return arg;
}

static void *sleeper(void *arg)
{
	__atomic_add_fetch(&going, 1, __ATOMIC_SEQ_CST);
	for (;;)
		pause();
	return arg;
}

static void threads_start(void)
{
	pthread_t thread;

	for (int i = 0; i < THREADS; i++)
		CHECK_PTHREAD(pthread_create(&thread, NULL, i ? sleeper : spinner,
					     NULL));
	while (going < THREADS)
		sched_yield();
}

/* arg: the exit status */
static void *exiter(void *arg)
{
	syscall(SYS_exit_group, (int)(long)arg);
	return NULL;
}

/* One thread ends the process, while another one spins and others sleep. */
static void group_body(void *arg)
{
	pthread_t thread;

	threads_start();
	CHECK_PTHREAD(pthread_create(&thread, NULL, exiter, arg));
	for (;;)
		pause();
}

static void *crasher(void *arg)
{
	*(volatile int *)arg = 1;
	return arg;
}

static void crash_body(void *arg)
{
	pthread_t thread;

	CHECK(signal(SIGSEGV, SIG_DFL) != SIG_ERR, "%s", strerror(errno));
	threads_start();
	CHECK_PTHREAD(pthread_create(&thread, NULL, crasher, arg));
	for (;;)
		pause();
}

static void *last_words(void *arg)
{
	usleep(3000);
	_exit((int)(long)arg);
}

/* The first thread goes, the process lives on. */
static void leader_body(void *arg)
{
	pthread_t thread;

	CHECK_PTHREAD(pthread_create(&thread, NULL, last_words, arg));
	syscall(SYS_exit, 1);
}

static int tasks_count(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0;

	CHECK(dir, "/proc/self/task: %s", strerror(errno));
	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	CHECK_SYS(closedir(dir));
	return count;
}

static void alone_body(void *arg)
{
	CHECK(tasks_count() == 1, "%d threads after fork", tasks_count());
	CHECK(getpid() == syscall(SYS_gettid), "tid %ld", syscall(SYS_gettid));
	(void)arg;
}

static void *forker(void *arg)
{
	child_run("fork from a thread", alone_body, NULL);
	return arg;
}

static void fork_body(void *arg)
{
	pthread_t thread;

	threads_start();
	CHECK(tasks_count() == THREADS + 1, "%d threads", tasks_count());
	CHECK_PTHREAD(pthread_create(&thread, NULL, forker, NULL));
	CHECK_PTHREAD(pthread_join(thread, NULL));
	_exit((int)(long)arg);
}

static void exit_expect(const char *what, void (*body)(void *), int want)
{
	int status = child_wait(child_start(body, (void *)(long)want));

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == want,
	      "%s: wait status 0x%x, should be exit status %d", what, status, want);
}

void exit_check(void)
{
	exit_expect("exit_group of a thread", group_body, 7);
	exit_expect("first thread gone", leader_body, 8);
	exit_expect("fork from a thread", fork_body, 9);
	child_dies("a thread crashes", crash_body, NULL, SIGSEGV);
}
