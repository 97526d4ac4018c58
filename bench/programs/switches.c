// SPDX-License-Identifier: GPL-2.0
/*
 * switches.c - processes that wait for each other. A switch/ figure is a ring of
 * processes that hand on a number by pipes: an operation is one hand over, that
 * is a write, a switch, a read, and the sum over the memory of the receiver.
 */
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define RING_MAX 16
#define MEMORY_MAX (64u << 10)

static struct ring {
	int count;
	size_t memory;
	int pipes[RING_MAX][2];
	pid_t pids[RING_MAX];
} ring;

static unsigned char memory[MEMORY_MAX];

/* One byte of each cache line. */
static unsigned int memory_sum(size_t size)
{
	unsigned int sum = 0;
	size_t i;

	for (i = 0; i < size; i += 64)
		sum += ((volatile unsigned char *)memory)[i];
	return sum;
}

static void ring_child(void *arg)
{
	int self = *(int *)arg, i;
	unsigned int number;
	ssize_t n;

	for (i = 0; i < ring.count; i++) {
		if (i != self)
			CHECK_SYS(close(ring.pipes[i][0]));
		if (i != (self + 1) % ring.count)
			CHECK_SYS(close(ring.pipes[i][1]));
	}
	memset(memory, 1, ring.memory);
	while ((n = CHECK_SYS(read(ring.pipes[self][0], &number, sizeof(number)))) > 0) {
		CHECK(n == sizeof(number));
		CHECK(memory_sum(ring.memory) == ring.memory / 64);
		number++;
		bench_write(ring.pipes[(self + 1) % ring.count][1], &number, sizeof(number));
	}
}

static void ring_begin(int count, size_t size)
{
	int i;

	ring.count = count;
	ring.memory = size;
	memset(memory, 1, size);
	for (i = 0; i < count; i++)
		CHECK_SYS(pipe2(ring.pipes[i], O_CLOEXEC));
	for (i = 1; i < count; i++)
		ring.pids[i] = bench_child(ring_child, &i);
	for (i = 0; i < count; i++) {
		if (i != 0)
			CHECK_SYS(close(ring.pipes[i][0]));
		if (i != 1)
			CHECK_SYS(close(ring.pipes[i][1]));
	}
}

static unsigned long ring_run(unsigned long ops)
{
	unsigned int number, last;
	unsigned long done;

	for (done = 0; done < ops; done += ring.count) {
		last = number = done;
		bench_write(ring.pipes[1][1], &number, sizeof(number));
		bench_read(ring.pipes[0][0], &number, sizeof(number));
		CHECK(memory_sum(ring.memory) == ring.memory / 64);
		CHECK(number == last + ring.count - 1, "the number in the ring");
	}
	return done;
}

/* The end of one is the end of file for the next. */
static void ring_end(void)
{
	int i;

	CHECK_SYS(close(ring.pipes[1][1]));
	for (i = 1; i < ring.count; i++)
		bench_child_end(ring.pids[i]);
	CHECK_SYS(close(ring.pipes[0][0]));
}

static void ring_2_0(void)
{
	ring_begin(2, 0);
}

static void ring_2_64(void)
{
	ring_begin(2, 64 << 10);
}

static void ring_16_0(void)
{
	ring_begin(16, 0);
}

static void ring_16_64(void)
{
	ring_begin(16, 64 << 10);
}

/* Two processes, one word: each waits for the other to change it. */
static unsigned int *word;
static pid_t partner;

static void word_wait(unsigned int value)
{
	unsigned int now;

	while ((now = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != value)
		CHECK(!syscall(SYS_futex, word, FUTEX_WAIT, now, NULL, NULL, 0) ||
		      errno == EAGAIN || errno == EINTR, "%s", strerror(errno));
}

static void word_set(unsigned int value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	CHECK_SYS(syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0));
}

/* 1: ping, 2: pong, 3: end */
static void futex_child(void *arg)
{
	unsigned int now;

	(void)arg;
	for (;;) {
		while ((now = __atomic_load_n(word, __ATOMIC_ACQUIRE)) == 2)
			CHECK(!syscall(SYS_futex, word, FUTEX_WAIT, 2, NULL, NULL,
				       0) || errno == EAGAIN || errno == EINTR);
		if (now == 3)
			return;
		CHECK(now == 1);
		word_set(2);
	}
}

static void futex_begin(void)
{
	word = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(word != MAP_FAILED);
	*word = 2;
	partner = bench_child(futex_child, NULL);
}

static unsigned long futex_run(unsigned long ops)
{
	unsigned long i;

	for (i = 0; i < ops; i++) {
		word_set(1);
		word_wait(2);
	}
	return ops;
}

static void futex_end(void)
{
	word_set(3);
	bench_child_end(partner);
	CHECK_SYS(munmap(word, 4096));
}

static unsigned long pipe_run(unsigned long ops)
{
	/* there and back: two hand overs */
	return ring_run(2 * ops) / 2;
}

static const struct figure figures[] = {
	{ "pingpong/pipe", "ns", ring_2_0, pipe_run, ring_end, 0 },
	{ "pingpong/futex", "ns", futex_begin, futex_run, futex_end, 0 },
	{ "switch/2p-0k", "ns", ring_2_0, ring_run, ring_end, 0 },
	{ "switch/2p-64k", "ns", ring_2_64, ring_run, ring_end, 0 },
	{ "switch/16p-0k", "ns", ring_16_0, ring_run, ring_end, 0 },
	{ "switch/16p-64k", "ns", ring_16_64, ring_run, ring_end, 0 },
};

BENCH_MAIN(figures)
