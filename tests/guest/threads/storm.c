// SPDX-License-Identifier: GPL-2.0
/* storm.c - many threads: create and join, locks, condition variables, atomics. */
#define _GNU_SOURCE
#include <sched.h>

#include "threads.h"

#define THREADS 6

static __thread long mine = -1;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static long ball, counter, limit;
static volatile long sum, flag;

static void *short_life(void *arg)
{
	CHECK(mine == -1, "a new thread's variable is %ld", mine);
	mine = (long)arg;
	sched_yield();
	CHECK(mine == (long)arg, "thread %ld has the variable of %ld", (long)arg,
	      mine);
	return (char *)arg + 1000;
}

static void create_check(int rounds)
{
	pthread_t thread[THREADS];
	void *result;

	for (int round = 0; round < rounds; round++) {
		for (long i = 0; i < THREADS; i++)
			CHECK_PTHREAD(pthread_create(&thread[i], NULL, short_life,
						     (void *)(i + round)));
		for (long i = 0; i < THREADS; i++) {
			CHECK_PTHREAD(pthread_join(thread[i], &result));
			CHECK((long)result == i + round + 1000,
			      "thread %ld returned %ld", i, (long)result);
		}
	}
	CHECK(mine == -1, "a thread has changed our variable to %ld", mine);
}

/* Two threads, one ball: each adds one when it is its turn. */
static void *player(void *arg)
{
	CHECK_PTHREAD(pthread_mutex_lock(&mutex));
	while (ball < limit) {
		if ((ball & 1) == (long)arg) {
			ball++;
			CHECK_PTHREAD(pthread_cond_signal(&cond));
		} else {
			CHECK_PTHREAD(pthread_cond_wait(&cond, &mutex));
		}
	}
	CHECK_PTHREAD(pthread_cond_signal(&cond));
	CHECK_PTHREAD(pthread_mutex_unlock(&mutex));
	return arg;
}

/* Read, wait, write back: wrong at once if two hold the lock. */
static void *adder(void *arg)
{
	for (long i = 0; i < limit; i++) {
		long seen;

		CHECK_PTHREAD(pthread_mutex_lock(&mutex));
		seen = counter;
		if (i % 8 == 0)
			sched_yield();
		counter = seen + 1;
		CHECK_PTHREAD(pthread_mutex_unlock(&mutex));
		__atomic_add_fetch(&sum, i, __ATOMIC_SEQ_CST);
	}
	return arg;
}

/* No system call: only the timer can take the processor from here. */
static void *spinner(void *arg)
{
	for (long i = 0; i < 100000; i++)
		__atomic_add_fetch(&sum, 1, __ATOMIC_SEQ_CST);
	while (!flag)
		__builtin_ia32_pause();
	return arg;
}

static void run(int threads, void *(*body)(void *))
{
	pthread_t thread[THREADS];

	for (long i = 0; i < threads; i++)
		CHECK_PTHREAD(pthread_create(&thread[i], NULL, body, (void *)i));
	if (body == spinner)
		flag = 1;
	for (int i = 0; i < threads; i++)
		CHECK_PTHREAD(pthread_join(thread[i], NULL));
}

void storm_check(int rounds)
{
	create_check(rounds);
	limit = 20 * rounds;
	run(2, player);
	CHECK(ball == limit, "the ball was played %ld times, not %ld", ball, limit);
	run(4, adder);
	CHECK(counter == 4 * limit, "4 threads added %ld instead of %ld", counter,
	      4 * limit);
	CHECK(sum == 4 * (limit * (limit - 1) / 2), "atomic sum is %ld", sum);
	sum = 0;
	for (int i = 0; i < 3; i++) {
		flag = 0;
		run(2, spinner);
	}
	CHECK(sum == 6 * 100000, "atomic sum is %ld", sum);
}
