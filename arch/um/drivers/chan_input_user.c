// SPDX-License-Identifier: GPL-2.0
/*
 * chan_input_user.c - what the host's input is, see uml/chan_input.h.
 */
#include <errno.h>
#include <unistd.h>
#include <sys/stat.h>
#include <uml/chan_input.h>

int chan_eof_hangs_up(int fd)
{
	struct stat st;

	/* a terminal that was hung up (a window that was closed) is no tty any more: EIO */
	return isatty(fd) || errno == EIO || fstat(fd, &st) || S_ISSOCK(st.st_mode);
}
