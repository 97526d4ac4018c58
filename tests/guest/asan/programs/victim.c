// SPDX-License-Identifier: GPL-2.0
/*
 * victim - built with -fsanitize=address and run by ../main.c: `victim` is
 * correct and uses heap, stack, globals, a thread and fork; `victim WHAT` has
 * one error, which AddressSanitizer must find.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCKS	1000
#define GLOBAL	24

static volatile char global[GLOBAL];

/* What the compiler can't see through. */
static size_t hidden(size_t n)
{
	asm volatile("" : "+r" (n));
	return n;
}

static void *heap_use(void *arg)
{
	char *blocks[BLOCKS];
	size_t i, sum = 0;

	for (i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(hidden(i + 1));
		if (!blocks[i])
			abort();
		memset(blocks[i], i, i + 1);
	}
	for (i = 0; i < BLOCKS; i++) {
		sum += (unsigned char)blocks[i][hidden(i)];
		free(blocks[i]);
	}
	*(size_t *)arg = sum;
	return NULL;
}

static int correct(void)
{
	size_t sum1 = 0, sum2 = 1;
	pthread_t thread;
	int status;
	pid_t pid;

	if (pthread_create(&thread, NULL, heap_use, &sum1))
		return 2;
	heap_use(&sum2);
	if (pthread_join(thread, NULL) || sum1 != sum2)
		return 3;
	pid = fork();
	if (pid < 0)
		return 4;
	if (!pid) {
		heap_use(&sum2);
		_exit(sum1 != sum2);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		return 5;
	global[hidden(GLOBAL - 1)] = 1;
	puts("correct");
	return 0;
}

static void heap_overflow(void)
{
	volatile char *block = malloc(hidden(100));

	if (!block)
		abort();
	block[hidden(100)] = 1;
	free((void *)block);
}

static void use_after_free(void)
{
	volatile char *block = malloc(hidden(100));

	free((void *)block);
	block[hidden(0)] = 1;
}

static void stack_overflow(void)
{
	volatile char local[GLOBAL];

	local[0] = 0;
	local[hidden(GLOBAL)] = local[0] + 1;
}

int main(int argc, char **argv)
{
	if (argc == 1)
		return correct();
	if (!strcmp(argv[1], "heap"))
		heap_overflow();
	else if (!strcmp(argv[1], "free"))
		use_after_free();
	else if (!strcmp(argv[1], "stack"))
		stack_overflow();
	else if (!strcmp(argv[1], "global"))
		global[hidden(GLOBAL)] = 1;
	puts("not found");
	return 0;
}
