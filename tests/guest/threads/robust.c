// SPDX-License-Identifier: GPL-2.0
/* robust.c - locks whose owner died: robust lists, in a thread and a process. */
#define _GNU_SOURCE
#include <stddef.h>

#include "child.h"
#include "threads.h"

struct lock {
	struct robust_list list;
	uint32_t word;
};

static struct lock lock;

/* Die while "holding" the lock: its word has our tid, and it is on the list. */
static void *owner(void *arg)
{
	struct robust_list_head head = {
		.list = { &lock.list },
		.futex_offset = offsetof(struct lock, word) -
			offsetof(struct lock, list),
	};

	lock.list.next = &head.list;
	CHECK_SYS(syscall(SYS_set_robust_list, &head, sizeof(head)));
	__atomic_store_n(&lock.word, syscall(SYS_gettid) | FUTEX_WAITERS,
			 __ATOMIC_SEQ_CST);
	usleep(2000); /* let the other one fall asleep */
	syscall(SYS_exit, 0); /* the kernel reads head now: not pthread_exit */
	return arg;
}

static void list_check(void)
{
	pthread_t thread;
	uint32_t word;

	CHECK_PTHREAD(pthread_create(&thread, NULL, owner, NULL));
	while (!((word = __atomic_load_n(&lock.word, __ATOMIC_SEQ_CST)) &
		 FUTEX_OWNER_DIED))
		if (word && futex(&lock.word, FUTEX_WAIT, word, NULL, NULL, 0) == -1)
			CHECK(errno == EAGAIN || errno == EINTR, "FUTEX_WAIT: %s",
			      strerror(errno));
	CHECK(word == (FUTEX_OWNER_DIED | FUTEX_WAITERS),
	      "after the owner's death the lock is %#x", word);
	CHECK_PTHREAD(pthread_join(thread, NULL));
}

static void *mutex_owner(void *arg)
{
	CHECK_PTHREAD(pthread_mutex_lock(arg));
	return NULL;
}

static void mutex_owner_process(void *arg)
{
	mutex_owner(arg);
	_exit(0);
}

static void mutex_init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;

	CHECK_PTHREAD(pthread_mutexattr_init(&attr));
	CHECK_PTHREAD(pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST));
	CHECK_PTHREAD(pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED));
	CHECK_PTHREAD(pthread_mutex_init(mutex, &attr));
	CHECK_PTHREAD(pthread_mutexattr_destroy(&attr));
}

static void mutex_check(pthread_mutex_t *mutex, const char *what)
{
	int error = pthread_mutex_lock(mutex);

	CHECK(error == EOWNERDEAD, "%s died: lock says '%s'", what, strerror(error));
	CHECK_PTHREAD(pthread_mutex_consistent(mutex));
	CHECK_PTHREAD(pthread_mutex_unlock(mutex));
	CHECK_PTHREAD(pthread_mutex_lock(mutex));
	CHECK_PTHREAD(pthread_mutex_unlock(mutex));
}

void robust_check(void)
{
	pthread_mutex_t *mutex = shared_alloc(4096);
	pthread_t thread;

	list_check();
	mutex_init(mutex);
	CHECK_PTHREAD(pthread_create(&thread, NULL, mutex_owner, mutex));
	CHECK_PTHREAD(pthread_join(thread, NULL));
	mutex_check(mutex, "thread");
	child_run("owner", mutex_owner_process, mutex);
	mutex_check(mutex, "process");
	CHECK_SYS(munmap(mutex, 4096));
}
