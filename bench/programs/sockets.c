// SPDX-License-Identifier: GPL-2.0
/*
 * sockets.c - AF_UNIX and TCP over the loopback device: a byte there and back,
 * and blocks in one direction. The child is the server.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define BLOCK (64ul << 10)

static char block[BLOCK];
static int fd = -1;
static pid_t server;

static void echo_server(void *arg)
{
	int end = *(int *)arg;
	char c;

	while (CHECK_SYS(read(end, &c, 1)) == 1) {
		c++;
		bench_write(end, &c, 1);
	}
}

static void stream_server(void *arg)
{
	int end = *(int *)arg;
	uint64_t blocks, i;

	while (CHECK_SYS(recv(end, &blocks, sizeof(blocks), MSG_WAITALL)) ==
	       sizeof(blocks)) {
		for (i = 0; i < blocks; i++) {
			block[0] = i;
			block[BLOCK - 1] = i + 1;
			bench_write(end, block, BLOCK);
		}
	}
}

static void unix_begin(void (*serve)(void *))
{
	int pair[2];

	CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	fd = pair[0];
	server = CHECK_SYS(fork());
	if (!server) {
		CHECK_SYS(close(pair[0]));
		serve(&pair[1]);
		_exit(0);
	}
	CHECK_SYS(close(pair[1]));
}

/* A machine of ours starts with its loopback device down. */
static void loopback_up(int any)
{
	struct ifreq ifr = { .ifr_name = "lo" };

	CHECK_SYS(ioctl(any, SIOCGIFFLAGS, &ifr));
	if (ifr.ifr_flags & IFF_UP)
		return;
	ifr.ifr_flags |= IFF_UP;
	CHECK_SYS(ioctl(any, SIOCSIFFLAGS, &ifr));
}

static void tcp_begin(void (*serve)(void *))
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t size = sizeof(addr);
	int listener, one = 1, end;

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0));
	loopback_up(listener);
	CHECK_SYS(bind(listener, (struct sockaddr *)&addr, size));
	CHECK_SYS(listen(listener, 1));
	CHECK_SYS(getsockname(listener, (struct sockaddr *)&addr, &size));
	fd = CHECK_SYS(socket(AF_INET, SOCK_STREAM, 0));
	CHECK_SYS(connect(fd, (struct sockaddr *)&addr, size));
	end = CHECK_SYS(accept(listener, NULL, NULL));
	CHECK_SYS(close(listener));
	CHECK_SYS(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	CHECK_SYS(setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
	server = CHECK_SYS(fork());
	if (!server) {
		CHECK_SYS(close(fd));
		serve(&end);
		_exit(0);
	}
	CHECK_SYS(close(end));
}

static void unix_echo(void)
{
	unix_begin(echo_server);
}

static void unix_stream(void)
{
	unix_begin(stream_server);
}

static void tcp_echo(void)
{
	tcp_begin(echo_server);
}

static void tcp_stream(void)
{
	tcp_begin(stream_server);
}

static void server_end(void)
{
	CHECK_SYS(close(fd));
	bench_child_end(server);
}

static unsigned long echo_run(unsigned long ops)
{
	unsigned long i;
	char c;

	for (i = 0; i < ops; i++) {
		c = i;
		bench_write(fd, &c, 1);
		bench_read(fd, &c, 1);
		CHECK(c == (char)(i + 1));
	}
	return ops;
}

static unsigned long stream_run(unsigned long ops)
{
	uint64_t blocks = (ops + BLOCK - 1) / BLOCK, i;

	bench_write(fd, &blocks, sizeof(blocks));
	for (i = 0; i < blocks; i++) {
		bench_read(fd, block, BLOCK);
		CHECK(block[0] == (char)i && block[BLOCK - 1] == (char)(i + 1),
		      "block %llu is not what was sent", (unsigned long long)i);
	}
	return blocks * BLOCK;
}

static const struct figure figures[] = {
	{ "unix/latency", "ns", unix_echo, echo_run, server_end, 0 },
	{ "unix/bandwidth", "MB/s", unix_stream, stream_run, server_end, 0 },
	{ "tcp/latency", "ns", tcp_echo, echo_run, server_end, 0 },
	{ "tcp/bandwidth", "MB/s", tcp_stream, stream_run, server_end, 0 },
};

BENCH_MAIN(figures)
