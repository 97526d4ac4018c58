// SPDX-License-Identifier: GPL-2.0
/*
 * chan_input_user.c - what the host's input is, see uml/chan_input.h.
 */
#include <errno.h>
#include <poll.h>
#include <unistd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <uml/chan_input.h>

static int is_socket(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISSOCK(st.st_mode);
}

/* TCP does not tell an end that is closed from one that only sends no more. */
static int is_half_open(int fd)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };
	struct sockaddr address;
	socklen_t len = sizeof(address);

	return !getsockname(fd, &address, &len) && address.sa_family == AF_UNIX &&
	       poll(&one, 1, 0) == 1 && !(one.revents & (POLLHUP | POLLERR | POLLNVAL));
}

int chan_eof_hangs_up(int fd)
{
	/* a terminal that was hung up (a window that was closed) is no tty any more: EIO */
	return isatty(fd) || errno == EIO || (is_socket(fd) && !is_half_open(fd));
}

int chan_is_terminal(int fd)
{
	return isatty(fd) || is_socket(fd);
}
