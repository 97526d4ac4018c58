// SPDX-License-Identifier: GPL-2.0
/*
 * line_host_user.c - see uml/line_host.h.
 */
#include <poll.h>
#include <termios.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <uml/line_host.h>

void line_wait_room(int fd, int milliseconds)
{
	struct pollfd one = { .fd = fd, .events = POLLOUT };

	/* a signal, or a descriptor that is gone, only ends it sooner */
	if (poll(&one, 1, milliseconds) < 0 || (one.revents & (POLLERR | POLLHUP)))
		usleep(10000);
}

int line_has_nobody(int fd)
{
	struct pollfd one = { .fd = fd, .events = 0 };
	int number;

	return !ioctl(fd, TIOCGPTN, &number) && poll(&one, 1, 0) == 1 &&
	       (one.revents & POLLHUP);
}

int line_ends_at_newline(int fd)
{
	struct termios now;

	return tcgetattr(fd, &now) < 0 ||
	       ((now.c_oflag & OPOST) && (now.c_oflag & ONLCR));
}
