// SPDX-License-Identifier: GPL-2.0
/*
 * mconsole_send_user.c - replies of the management console, see
 * uml/mconsole_send.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <time.h>
#include <sys/socket.h>
#include <uml/mconsole_send.h>

#define WAIT_MAX_MS 1000

int mconsole_send(int fd, const void *data, size_t size, const void *to,
		  unsigned int to_size)
{
	static const struct timespec ms = { .tv_nsec = 1000000 };
	static bool gave_up;	/* the last client did not read */
	int n, waited = 0;

	for (;;) {
		n = sendto(fd, data, size, MSG_DONTWAIT, to, to_size);
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			break;
		if (gave_up || waited++ == WAIT_MAX_MS) {
			gave_up = true;
			return n;
		}
		(void)nanosleep(&ms, NULL);
	}
	gave_up = false;
	return n;
}
