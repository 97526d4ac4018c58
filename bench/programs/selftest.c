// SPDX-License-Identifier: GPL-2.0
/*
 * selftest.c - for the test of the harness: where BACKEND is what BENCH_WRONG_IN
 * says, it goes wrong in the way of BENCH_WRONG: "result" (a server that adds
 * wrongly), "later" (the same, but in the second round only), "answer" (another
 * result than elsewhere), "signal", or "silent" (a figure that is not printed).
 */
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static int fd = -1;
static pid_t server;

static int wrong(const char *how)
{
	const char *where = getenv("BENCH_WRONG_IN"), *what = getenv("BENCH_WRONG");
	const char *here = getenv("BACKEND");

	return where && what && here && !strcmp(where, here) && !strcmp(what, how);
}

static int wrong_sum(void)
{
	const char *number = getenv("BENCH_ROUND");

	return wrong("result") ||
	       (wrong("later") && number && !strcmp(number, "2"));
}

static void add_server(void *arg)
{
	int end = *(int *)arg, numbers[2], sum;

	while (CHECK_SYS(recv(end, numbers, sizeof(numbers), MSG_WAITALL)) ==
	       sizeof(numbers)) {
		sum = numbers[0] + numbers[1];
		if (numbers[0] == 1000 && wrong_sum())
			sum++;
		bench_write(end, &sum, sizeof(sum));
	}
}

static void add_begin(void)
{
	int pair[2];

	CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	fd = pair[0];
	server = CHECK_SYS(fork());
	if (!server) {
		CHECK_SYS(close(pair[0]));
		add_server(&pair[1]);
		_exit(0);
	}
	CHECK_SYS(close(pair[1]));
}

static unsigned long add_run(unsigned long ops)
{
	int numbers[2], sum;
	unsigned long i;

	for (i = 0; i < ops || i < 2000; i++) {
		numbers[0] = i;
		numbers[1] = 2 * i;
		bench_write(fd, numbers, sizeof(numbers));
		bench_read(fd, &sum, sizeof(sum));
		CHECK(sum == numbers[0] + numbers[1]);
	}
	return i;
}

static void add_end(void)
{
	CHECK_SYS(close(fd));
	bench_child_end(server);
	if (wrong("signal"))
		raise(SIGKILL);
	if (wrong("silent"))
		exit(0);
	printf("result selftest/add %d\n", wrong("answer") ? 6 : 7);
}

static unsigned long nothing_run(unsigned long ops)
{
	return ops;
}

static const struct figure figures[] = {
	{ "selftest/nothing", "ns", NULL, nothing_run, NULL, 1000 },
	{ "selftest/add", "ns", add_begin, add_run, add_end, 0 },
};

BENCH_MAIN(figures)
