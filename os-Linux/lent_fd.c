// SPDX-License-Identifier: GPL-2.0
/*
 * lent_fd.c - see lent_fd.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <os.h>
#include <uml/host_thread.h>
#include <uml/lent_fd.h>
#include <uml/terminal.h>

/* Consoles and serial lines: 16 and 64, at most two descriptors each. */
#define SHARED_MAX	160
/* Where a terminal can't be opened anew: what it takes when it takes something */
#define TTY_PIECE	64

enum kind { KIND_FREE, KIND_SOCKET, KIND_PIPE, KIND_TTY, KIND_READY };

static struct shared {
	int fd;
	enum kind kind;
} shared[SHARED_MAX];
static int shared_used;		/* from here on they were never in use */
static int watch_epoll = -1;

static struct shared *shared_find(int fd)
{
	int i;

	for (i = 0; i < shared_used; i++)
		if (shared[i].kind != KIND_FREE && shared[i].fd == fd)
			return &shared[i];
	return NULL;
}

int lent_shared(int fd)
{
	return shared_find(fd) != NULL;
}

static enum kind kind_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return KIND_FREE;
	if (S_ISSOCK(st.st_mode))
		return KIND_SOCKET;
	if (S_ISFIFO(st.st_mode))
		return KIND_PIPE;
	return isatty(fd) ? KIND_TTY : KIND_READY;
}

/* A regular file is not opened anew: the place in it is for all who write. */
static int open_anew(int fd, enum kind kind)
{
	char path[sizeof("/proc/self/fd/") + 11];
	int flags = fcntl(fd, F_GETFL), number;

	if (flags < 0)
		return -1;
	/* the master of a pty: that would be another pty */
	if (kind != KIND_PIPE && (kind != KIND_TTY || !ioctl(fd, TIOCGPTN, &number)))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, (flags & O_ACCMODE) | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int lent_open(int fd)
{
	enum kind kind = kind_of(fd);
	int i, new;

	if (kind == KIND_FREE)
		return -errno;
	new = open_anew(fd, kind);
	if (new >= 0)
		return new;
	for (i = 0; shared[i].kind != KIND_FREE; i++)
		if (i == SHARED_MAX - 1)
			return -ENFILE;
	new = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (new < 0)
		return -errno;
	shared[i].fd = new;
	shared[i].kind = kind;
	if (i == shared_used)
		shared_used++;
	return new;
}

void lent_close(int fd)
{
	struct shared *one = shared_find(fd);

	if (one) {
		/* the description lives on, and would be watched */
		lent_watch(fd, 0);
		one->kind = KIND_FREE;
	}
	close(fd);
}

/* ---- what has no SIGIO of its own */

static void *watch(void *unused)
{
	struct epoll_event event;

	while (1)
		if (epoll_wait(watch_epoll, &event, 1, -1) > 0)
			kill(getpid(), SIGIO);
	return NULL;
}

static int watch_start(void)
{
	int err;

	if (watch_epoll >= 0)
		return 0;
	watch_epoll = epoll_create1(EPOLL_CLOEXEC);
	if (watch_epoll < 0)
		return -errno;
	err = host_thread_start("uml-lent", watch, NULL);
	if (err) {
		close(watch_epoll);
		watch_epoll = -1;
	}
	return err;
}

int lent_watch(int fd, int on)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
	};
	int err;

	if (!on) {
		if (watch_epoll >= 0)
			epoll_ctl(watch_epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	err = watch_start();
	if (err)
		return err;
	if (epoll_ctl(watch_epoll, EPOLL_CTL_ADD, fd, &event) < 0 &&
	    errno != EEXIST && errno != EPERM)
		return -errno;
	return 0;
}

/* ---- reading and writing */

static bool is_ready(int fd, short events)
{
	struct pollfd one = { .fd = fd, .events = events };

	return poll(&one, 1, 0) == 1;
}

ssize_t lent_read(int fd, void *buf, size_t len)
{
	struct shared *one = shared_find(fd);

	if (terminal_is_others(fd)) {
		errno = EAGAIN;
		return -1;
	}
	if (!one || one->kind == KIND_READY)
		return read(fd, buf, len);
	if (one->kind == KIND_SOCKET)
		return recv(fd, buf, len, MSG_DONTWAIT);
	if (is_ready(fd, POLLIN))
		return read(fd, buf, len);
	errno = EAGAIN;
	return -1;
}

static ssize_t piece_write(int fd, const void *buf, size_t len)
{
	if (is_ready(fd, POLLOUT))
		return write(fd, buf, len);
	errno = EAGAIN;
	return -1;
}

ssize_t lent_write(int fd, const void *buf, size_t len)
{
	struct shared *one = shared_find(fd);
	size_t most, done = 0;
	ssize_t n;

	if (!one || one->kind == KIND_READY)
		return write(fd, buf, len);
	if (one->kind == KIND_SOCKET)
		return send(fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	most = one->kind == KIND_PIPE ? PIPE_BUF : TTY_PIECE;
	while (done < len) {
		n = piece_write(fd, (const char *)buf + done,
				len - done < most ? len - done : most);
		if (n < 0)
			return done ? (ssize_t)done : n;
		done += n;
	}
	return done;
}
