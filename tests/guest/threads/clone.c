// SPDX-License-Identifier: GPL-2.0
/*
 * clone.c - threads by the raw system call: what they share, and what the
 * kernel does at their death (CLONE_CHILD_CLEARTID, set_tid_address).
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "raw.h"
#include "threads.h"

#define STACK 65536

struct args {
	volatile long gettid, getpid, result;
	uint32_t ptid, ctid, other;
	int move;		/* set_tid_address(&other) */
	int fd;			/* opened by the thread */
};

/* Without a TLS of its own: nothing of libc here */
static int thread_body(void *arg)
{
	struct args *a = arg;

	a->gettid = RAW0(SYS_gettid);
	a->getpid = RAW0(SYS_getpid);
	a->fd = RAW2(SYS_memfd_create, "thread", 0);
	if (a->move)
		a->result = RAW1(SYS_set_tid_address, &a->other);
	RAW1(SYS_exit, 0);
	return 0;
}

/* Wait until the kernel has cleared the word and woken us. */
static void cleared_wait(uint32_t *word)
{
	uint32_t tid;

	while ((tid = *(volatile uint32_t *)word) != 0)
		if (futex(word, FUTEX_WAIT, tid, NULL, NULL, 0) == -1)
			CHECK(errno == EAGAIN || errno == EINTR, "FUTEX_WAIT: %s",
			      strerror(errno));
}

static void thread_check(int move)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
		CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID |
		CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	struct args a = { .other = 123, .move = move, .ctid = 1, .fd = -1 };
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long tid;

	CHECK(stack != MAP_FAILED, "%s", strerror(errno));
	tid = CHECK_SYS(clone(thread_body, stack + STACK, flags, &a, &a.ptid, NULL,
			      &a.ctid));
	cleared_wait(move ? &a.other : &a.ctid);
	CHECK(a.gettid == tid && a.ptid == tid, "clone() = %ld, gettid() = %ld, "
	      "ptid %u", tid, a.gettid, a.ptid);
	CHECK(a.getpid == getpid(), "getpid() = %ld", a.getpid);
	if (move) {
		CHECK(a.result == tid, "set_tid_address() = %ld", a.result);
		CHECK(a.ctid == tid, "the first address holds %u", a.ctid);
	} else {
		CHECK(a.other == 123, "the other address holds %u", a.other);
	}
	CHECK_SYS(close(a.fd)); /* CLONE_FILES */
	CHECK_SYS(munmap(stack, STACK));
}

/* A process (not a thread) that shares memory, but nothing else */
static int process_body(void *arg)
{
	struct args *a = arg;

	a->getpid = RAW0(SYS_getpid);
	a->fd = RAW2(SYS_memfd_create, "process", 0);
	RAW1(SYS_exit_group, 17);
	return 0;
}

static void process_check(void)
{
	struct args a = { .fd = -1 };
	char *stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long pid;
	int status;

	CHECK(stack != MAP_FAILED, "%s", strerror(errno));
	pid = CHECK_SYS(clone(process_body, stack + STACK, CLONE_VM | SIGCHLD, &a));
	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 17, "status %#x", status);
	CHECK(a.getpid == pid, "clone() = %ld, getpid() = %ld", pid, a.getpid);
	CHECK(a.fd >= 0 && close(a.fd) == -1 && errno == EBADF,
	      "its descriptor %d is ours", a.fd);
	CHECK_SYS(munmap(stack, STACK));
}

void clone_check(void)
{
	for (int i = 0; i < 5; i++) {
		thread_check(0);
		thread_check(1);
	}
	process_check();
}
