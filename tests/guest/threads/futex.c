// SPDX-License-Identifier: GPL-2.0
/* futex.c - wait, wake, requeue and timeouts by the raw system call. */
#define _GNU_SOURCE
#include <limits.h>

#include "child.h"
#include "threads.h"

#define WAITERS 3

static uint32_t word_a, word_b;
static volatile int arrived;

static void *waiter(void *arg)
{
	__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
	/* Requeued or not: it returns when somebody wakes it. */
	while (futex(&word_a, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) == -1) {
		if (errno == EAGAIN)
			break; /* too late to sleep: word_a has changed */
		CHECK(errno == EINTR, "FUTEX_WAIT: %s", strerror(errno));
	}
	return arg;
}

/* What returns at once */
static void errors_check(void)
{
	uint32_t word = 5;
	struct timespec none = { 0, 0 }, bad = { 0, 1000000000 };

	CHECK(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0) == -1 && errno == EAGAIN,
	      "wait for another value: %s", strerror(errno));
	CHECK(futex(&word, FUTEX_WAIT, 5, &none, NULL, 0) == -1 &&
	      errno == ETIMEDOUT, "wait for no time: %s", strerror(errno));
	CHECK(futex(&word, FUTEX_WAIT, 5, &bad, NULL, 0) == -1 && errno == EINVAL,
	      "bad timeout: %s", strerror(errno));
	CHECK(futex((uint32_t *)((char *)&word + 1), FUTEX_WAIT, 5, NULL, NULL, 0)
	      == -1 && errno == EINVAL, "odd address: %s", strerror(errno));
	CHECK(futex(NULL, FUTEX_WAIT, 0, NULL, NULL, 0) == -1 && errno == EFAULT,
	      "no address: %s", strerror(errno));
	CHECK(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0,
	      "nobody waits, but somebody woke");
	CHECK(futex(&word, FUTEX_WAIT_BITSET, 5, NULL, NULL, 0) == -1 &&
	      errno == EINVAL, "no bits: %s", strerror(errno));
	CHECK(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &word_b, 4) == -1 &&
	      errno == EAGAIN, "requeue of another value: %s", strerror(errno));
}

/* Not a moment too early */
static void timeout_check(void)
{
	struct timespec wait = { 0, 5000000 }, begin, end;
	uint32_t word = 0;
	long ns;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &begin));
	CHECK(futex(&word, FUTEX_WAIT_PRIVATE, 0, &wait, NULL, 0) == -1 &&
	      errno == ETIMEDOUT, "%s", strerror(errno));
	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &end));
	ns = (end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec;
	CHECK(ns >= 5000000, "a wait of 5 ms took %ld ns", ns);
	/* An absolute time in the past */
	CHECK(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &begin, NULL,
		    FUTEX_BITSET_MATCH_ANY) == -1 && errno == ETIMEDOUT, "%s",
	      strerror(errno));
}

static void requeue_check(void)
{
	pthread_t thread[WAITERS];
	long moved = 0, now, woken;

	for (int i = 0; i < WAITERS; i++)
		CHECK_PTHREAD(pthread_create(&thread[i], NULL, waiter, NULL));
	/*
	 * Until all of them sleep on word_b. One that the kernel itself wakes
	 * up on the way goes back to word_a (seen natively, 1 time in 1000
	 * while threads are being created), so the sum alone does not tell.
	 */
	do {
		usleep(arrived < WAITERS ? 0 : 1000);
		now = CHECK_SYS(futex(&word_a, FUTEX_CMP_REQUEUE_PRIVATE, 0,
				      (void *)INT_MAX, &word_b, 0));
		moved += now;
	} while (moved < WAITERS || arrived < WAITERS || now);
	woken = CHECK_SYS(futex(&word_a, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0));
	CHECK(woken == 0, "%ld woke on the first word", woken);
	woken = CHECK_SYS(futex(&word_b, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	CHECK(woken == 1, "%ld woke instead of 1", woken);
	/* The right number by FUTEX_WAKE_OP: word_a = 1, word_b's waiters */
	woken = CHECK_SYS(futex(&word_b, FUTEX_WAKE_OP_PRIVATE, INT_MAX, (void *)1,
				&word_a, FUTEX_OP(FUTEX_OP_SET, 1,
						  FUTEX_OP_CMP_EQ, 0)));
	CHECK(woken == WAITERS - 1, "%ld woke instead of %d", woken, WAITERS - 1);
	CHECK(word_a == 1, "FUTEX_WAKE_OP left %u", word_a);
	for (int i = 0; i < WAITERS; i++)
		CHECK_PTHREAD(pthread_join(thread[i], NULL));
	word_a = 0;
}

static void *bit_waiter(void *arg)
{
	uint32_t bit = (uintptr_t)arg;
	long result = futex(&word_a, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, bit);

	CHECK(result == 0, "wait for bit %u: %s", bit, strerror(errno));
	return arg;
}

/* Only those who wait for the bit wake. */
static void bitset_check(void)
{
	pthread_t thread[2];
	long woken;

	for (uintptr_t i = 0; i < 2; i++)
		CHECK_PTHREAD(pthread_create(&thread[i], NULL, bit_waiter,
					     (void *)(1 + i)));
	for (int i = 1; i >= 0; i--) {
		woken = CHECK_SYS(futex(&word_a, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX,
					NULL, NULL, 4));
		CHECK(woken == 0, "%ld woke for bit 4", woken);
		do {
			sched_yield();
			woken = CHECK_SYS(futex(&word_a, FUTEX_WAKE_BITSET_PRIVATE,
						INT_MAX, NULL, NULL, 1 + i));
		} while (woken == 0);
		CHECK(woken == 1, "%ld woke for bit %d", woken, 1 + i);
		CHECK_PTHREAD(pthread_join(thread[i], NULL));
	}
}

/* Between processes, each with its own address of the word */
static void shared_body(void *arg)
{
	uint32_t *word = arg, *here;
	long result;

	here = mremap(word, 0, 4096, MREMAP_MAYMOVE); /* a second mapping */
	CHECK(here != MAP_FAILED && here != word, "mremap: %s", strerror(errno));
	result = futex(here, FUTEX_WAIT, 0, NULL, NULL, 0);
	CHECK(result == 0, "shared wait: %s", strerror(errno));
	CHECK(*here == 0 && word[1] == 9, "word %u, the next %u", *here, word[1]);
}

static void shared_check(void)
{
	uint32_t *word = shared_alloc(4096);
	pid_t pid = child_start(shared_body, word);

	word[1] = 9;
	while (CHECK_SYS(futex(word, FUTEX_WAKE, 1, NULL, NULL, 0)) == 0)
		sched_yield();
	child_check(pid, "futex between processes");
	CHECK_SYS(munmap(word, 4096));
}

void futex_check(void)
{
	errors_check();
	timeout_check();
	requeue_check();
	bitset_check();
	shared_check();
}
