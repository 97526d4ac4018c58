// SPDX-License-Identifier: GPL-2.0
/*
 * host_message.c - see host_message.h.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>
#include <uml/host_message.h>
#include <uml/machine_end.h>

#define WAIT_STEP	100	/* ms */
#define WAIT_STEPS	50
#define WAIT_STEPS_END	10	/* when the machine was told to end */

/*
 * The descriptor is the caller's and may block: when it is ready it takes this much
 * without.
 */
#define PIECE	64

static volatile bool nobody_reads[3];

static bool wait_for_room(int fd)
{
	struct pollfd one = { .fd = fd, .events = POLLOUT };
	int steps = 0;

	while (poll(&one, 1, nobody_reads[fd] ? 0 : WAIT_STEP) != 1) {
		if (nobody_reads[fd])
			return false;
		steps++;
		if (steps > WAIT_STEPS || (steps > WAIT_STEPS_END && end_button_pressed()))
			nobody_reads[fd] = true;
	}
	nobody_reads[fd] = false;
	return true;
}

void host_message(int fd, const char *text, unsigned int len)
{
	int saved = errno;
	ssize_t n;

	while (len && wait_for_room(fd)) {
		n = write(fd, text, len < PIECE ? len : PIECE);
		if (n < 0) {
			if (errno != EINTR && errno != EAGAIN)
				break;
			poll(NULL, 0, 1);
			continue;
		}
		text += n;
		len -= n;
	}
	errno = saved;
}
