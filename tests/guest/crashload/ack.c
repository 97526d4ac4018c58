// SPDX-License-Identifier: GPL-2.0
/*
 * ack.c - what the machine tells the world outside, by lines on a terminal that
 * ends in a pipe: what is in the pipe survives a kill of the machine.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"
#include "crashload.h"
#include "rng.h"

static int ack_fd = -1;

/* path: a terminal or a file. Before any other function here. */
void ack_open(const char *path)
{
	struct termios raw;

	ack_fd = CHECK_SYS(open(path, O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC));
	if (tcgetattr(ack_fd, &raw))
		return;		/* no terminal */
	cfmakeraw(&raw);
	CHECK_SYS(tcsetattr(ack_fd, TCSANOW, &raw));
}

/*
 * A transaction is durable. With CRASH_PAUSE the task waits then: what should have
 * been flushed has to be, for it is long until the next flush.
 */
void ack_txn(unsigned int task, unsigned int number)
{
	const char *pause = getenv("CRASH_PAUSE");
	struct rng rng = { seed_mix(task, number, 0, 0) };

	ack_say("A %u %u", task, number);
	if (pause)
		CHECK_SYS(usleep(1000 * rng_below(&rng, 1 + atoi(pause))));
}

/* One line, in one piece also when several tasks talk. */
void ack_say(const char *format, ...)
{
	char line[200];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	CHECK(n >= 0 && n < (int)sizeof(line) - 1, "too long: %s", format);
	line[n++] = '\n';
	CHECK(write(ack_fd, line, n) == n, "%s", line);
}
