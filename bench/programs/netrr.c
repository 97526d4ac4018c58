// SPDX-License-Identifier: GPL-2.0
/*
 * netrr.c - requests and responses of one byte over one TCP connection:
 *
 *   netrr serve PORT		answers whoever connects, until it is killed
 *   netrr ask ADDRESS PORT MS	asks for that many milliseconds, and prints
 *				"rr OPERATIONS NANOSECONDS"
 *
 * The answer is the request plus one; another ends it with status 1.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define WARM_UP 20		/* questions that are not counted */
#define LOST_SECONDS 10		/* no answer for so long is a failure */

static uint64_t clock_ns(void)
{
	struct timespec now;

	CHECK_SYS(clock_gettime(CLOCK_MONOTONIC, &now));
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static int socket_make(void)
{
	int fd, on = 1;

	fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	CHECK_SYS(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)));
	CHECK_SYS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)));
	return fd;
}

static unsigned long number_parse(const char *text, unsigned long most)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	CHECK(end != text && !*end && number && number <= most, "'%s'", text);
	return number;
}

static void answers_give(int fd)
{
	unsigned char byte;

	while (read(fd, &byte, 1) == 1) {
		byte++;
		if (write(fd, &byte, 1) != 1)
			break;
	}
	CHECK_SYS(close(fd));
}

static void serve(const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd, listener = socket_make();

	address.sin_port = htons(number_parse(port, 65535));
	CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	CHECK_SYS(bind(listener, (struct sockaddr *)&address, sizeof(address)));
	CHECK_SYS(listen(listener, 8));
	for (;;) {
		fd = CHECK_SYS(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
		answers_give(fd);
	}
}

static void question_ask(int fd, unsigned char byte)
{
	unsigned char answer;

	bench_write(fd, &byte, 1);
	bench_read(fd, &answer, 1);
	CHECK(answer == (unsigned char)(byte + 1), "asked %d, answered %d", byte,
	      answer);
}

static void ask(const char *host, const char *port, const char *ms)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct timeval lost = { .tv_sec = LOST_SECONDS };
	uint64_t begin, spent, wanted = number_parse(ms, 60000) * 1000000ull;
	unsigned long i, ops = 0;
	int fd = socket_make();

	CHECK(inet_pton(AF_INET, host, &address.sin_addr) == 1, "'%s'", host);
	address.sin_port = htons(number_parse(port, 65535));
	CHECK_SYS(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &lost, sizeof(lost)));
	CHECK_SYS(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &lost, sizeof(lost)));
	CHECK(!connect(fd, (struct sockaddr *)&address, sizeof(address)),
	      "connect to %s: %s", host, strerror(errno));
	for (i = 0; i < WARM_UP; i++)
		question_ask(fd, i);
	begin = clock_ns();
	do {
		question_ask(fd, ops++);
		spent = clock_ns() - begin;
	} while (spent < wanted);
	CHECK_SYS(close(fd));
	printf("rr %lu %llu\n", ops, (unsigned long long)spent);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "serve"))
		serve(argv[2]);
	CHECK(argc == 5 && !strcmp(argv[1], "ask"),
	      "usage: netrr serve PORT | netrr ask ADDRESS PORT MS");
	ask(argv[2], argv[3], argv[4]);
	return 0;
}
