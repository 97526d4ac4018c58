// SPDX-License-Identifier: GPL-2.0
/*
 * terminal.c - see terminal.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>
#include <os.h>
#include <uml/machine_end.h>
#include <uml/terminal.h>

/* Consoles and serial lines: 16 and 64, at most two descriptors each. */
#define TERMINALS_MAX	160

static struct terminal {
	int fd;
	dev_t device;
	struct termios before;
	volatile bool used;	/* set last: a signal handler sees all or nothing */
} terminals[TERMINALS_MAX];
static int terminals_used;	/* from here on they were never in use */

static struct terminal *terminal_find(int fd)
{
	int i;

	for (i = 0; i < terminals_used; i++)
		if (terminals[i].used && terminals[i].fd == fd)
			return &terminals[i];
	return NULL;
}

/* Another descriptor of the same terminal, which is raw already */
static struct terminal *terminal_same(const struct terminal *one)
{
	int i;

	for (i = 0; i < terminals_used; i++)
		if (terminals[i].used && &terminals[i] != one &&
		    terminals[i].device == one->device)
			return &terminals[i];
	return NULL;
}

/* For the master of a pty the host answers, too: then it is another session's. */
static bool in_background(int fd)
{
	pid_t foreground = tcgetpgrp(fd);

	return foreground > 0 && foreground != getpgrp() && tcgetsid(fd) == getsid(0);
}

static void stop_note(int sig)
{
}

/* tcsetattr(), which a SIGTTOU interrupts but does not stop */
static int set_or_interrupted(int fd, const struct termios *to)
{
	struct sigaction note = { .sa_handler = stop_note }, before;
	int err;

	sigemptyset(&note.sa_mask);
	if (sigaction(SIGTTOU, NULL, &before) < 0)
		return -errno;
	if (before.sa_handler != SIG_IGN && sigaction(SIGTTOU, &note, NULL) < 0)
		return -errno;
	err = tcsetattr(fd, TCSANOW, to) < 0 ? -errno : 0;
	if (sigaction(SIGTTOU, &before, NULL) < 0)
		return -errno;
	return err;
}

static int terminal_set(int fd, const struct termios *to)
{
	int err;

	while ((err = set_or_interrupted(fd, to)) == -EINTR) {
		if (!in_background(fd))
			continue;
		if (!end_button_pressed())
			kill(getpid(), SIGTTOU);
		if (end_button_pressed())
			end_now(END_STATUS_SIGNAL + SIGTERM);
	}
	return err;
}

int terminal_raw(int fd)
{
	struct terminal *one = terminals, *same;
	struct termios raw;
	struct stat st;
	int err;

	while (one->used)
		if (++one == terminals + TERMINALS_MAX)
			return -ENFILE;
	if (fstat(fd, &st) < 0 || tcgetattr(fd, &one->before) < 0)
		return -errno;
	one->fd = fd;
	one->device = st.st_rdev;
	same = terminal_same(one);
	if (same)
		one->before = same->before;

	raw = one->before;
	cfmakeraw(&raw);
	one->used = true;
	if (one == terminals + terminals_used)
		terminals_used++;
	err = terminal_set(fd, &raw);
	if (err)
		one->used = false;
	return err;
}

int terminal_is_others(int fd)
{
	return terminal_find(fd) && in_background(fd);
}

/* In the background the terminal is another's, who has set it already. */
static void put_back(const struct terminal *one)
{
	if (in_background(one->fd))
		return;
	tcsetattr(one->fd, TCSANOW, &one->before);
	/* what was typed was for the machine */
	tcflush(one->fd, TCIFLUSH);
}

void terminal_restore(int fd)
{
	struct terminal *one = terminal_find(fd);

	if (!one)
		return;
	if (!terminal_same(one))
		put_back(one);
	one->used = false;
}

void terminal_restore_all(void)
{
	int i;

	for (i = 0; i < terminals_used; i++)
		if (terminals[i].used)
			put_back(&terminals[i]);
}
