// SPDX-License-Identifier: GPL-2.0
/*
 * terminal_helper.c - ./linux as the program that a terminal emulator runs:
 *
 *	linux -uml-socket <socket> <pid of the machine>
 *
 * sends its terminal to the machine and stays until that has ended, or the window is
 * closed: an emulator closes its window when its program ends.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>
#include <uml/start.h>

#ifndef SYS_pidfd_open		/* Linux 5.3 */
#define SYS_pidfd_open 434
#endif

/* The terminal, and with it the process that holds it. Returns 0 or -errno. */
static int terminal_send(const char *name)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	pid_t self = getpid();
	struct iovec data = { &self, sizeof(self) };
	struct msghdr message = {
		.msg_name = &address, .msg_namelen = sizeof(address),
		.msg_iov = &data, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (fd < 0)
		return -errno;
	if (strlen(name) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, name);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(rights), &(int){ 0 }, sizeof(int));
	if (sendmsg(fd, &message, 0) < 0)
		return -errno;
	close(fd);
	return 0;
}

static pid_t machine;
static volatile sig_atomic_t closed;

/* The window's size has changed: the machine looks at its windows. */
static void size_tell(int sig)
{
	kill(machine, sig);
}

static void window_close(int sig)
{
	closed = 1;
}

static void machine_await(void)
{
	struct pollfd ended = { .fd = syscall(SYS_pidfd_open, machine, 0), .events = POLLIN };

	/* on an older host look now and then */
	while (!closed && kill(machine, 0) == 0)
		if (poll(&ended, 1, ended.fd < 0 ? 1000 : -1) > 0)
			return;
}

/*
 * A terminal that is hung up sends no SIGIO (fasync is taken off first), so the
 * machine would not look. The hangup may still be under way at the first time.
 */
static void close_tell(void)
{
	int i;

	for (i = 0; i < 3; i++) {
		kill(machine, SIGIO);
		usleep(50000);
	}
}

void terminal_helper(char **argv)
{
	int err;

	if (!argv[1] || strcmp(argv[1], TERMINAL_HELPER) || !argv[2] || !argv[3])
		return;
	machine = atoi(argv[3]);
	signal(SIGWINCH, size_tell);
	sigaction(SIGHUP, &(struct sigaction){ .sa_handler = window_close }, NULL);
	err = terminal_send(argv[2]);
	if (err) {
		fprintf(stderr, "linux: %s: %s\n", argv[2], strerror(-err));
		exit(1);
	}
	machine_await();
	if (closed)
		close_tell();
	exit(0);
}
