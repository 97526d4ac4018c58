// SPDX-License-Identifier: GPL-2.0
/*
 * host_calls.c - every descriptor is closed on exec, and threads are made where
 * clone3(2) is forbidden.
 *
 * Calls that make a descriptor come here by the linker's --wrap, wherever they
 * are made: in this folder, in drivers, in hostfs, in libvdeplug. A terminal
 * emulator or a network helper that the machine starts then gets the
 * descriptors that it is meant to get (dup2() to 0, 1, 2) and no others, and a
 * machine that restarts by exec leaks none.
 *
 * Nor does a terminal become the machine's controlling one by being opened: the
 * end of a console or of a slip line would be a SIGHUP, the power button.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uml/host_faults.h>

int __real_open64(const char *path, int flags, int mode);
int __real_socket(int domain, int type, int protocol);
int __real_socketpair(int domain, int type, int protocol, int fds[2]);
int __real_eventfd(unsigned int count, int flags);
ssize_t __real_recvmsg(int fd, struct msghdr *message, int flags);

int __wrap_open64(const char *path, int flags, ...);
int __wrap_socket(int domain, int type, int protocol);
int __wrap_socketpair(int domain, int type, int protocol, int fds[2]);
int __wrap_accept(int fd, struct sockaddr *address, socklen_t *len);
int __wrap_dup(int fd);
int __wrap_epoll_create(int size);
int __wrap_eventfd(unsigned int count, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags);

#ifdef WRAP_CLONE3
/*
 * glibc's own, which a new thread is made with. To a host without clone3(2) it answers
 * with clone(2), but takes the EPERM of an old seccomp filter for final.
 */
int __real___clone3(void *args, size_t size, int (*run)(void *), void *arg);
int __wrap___clone3(void *args, size_t size, int (*run)(void *), void *arg);

int __wrap___clone3(void *args, size_t size, int (*run)(void *), void *arg)
{
	int pid = __real___clone3(args, size, run, arg);

	if (pid < 0 && errno == EPERM)
		errno = ENOSYS;
	return pid;
}
#endif

int __wrap_open64(const char *path, int flags, ...)
{
	int mode = 0;
	va_list list;

	if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) {
		va_start(list, flags);
		mode = va_arg(list, int);
		va_end(list);
	}
	if (host_fault(FAULT_open))
		return -1;
	return __real_open64(path, flags | O_CLOEXEC | O_NOCTTY, mode);
}

int __wrap_socket(int domain, int type, int protocol)
{
	if (host_fault(FAULT_socket))
		return -1;
	return __real_socket(domain, type | SOCK_CLOEXEC, protocol);
}

int __wrap_socketpair(int domain, int type, int protocol, int fds[2])
{
	if (host_fault(FAULT_socketpair))
		return -1;
	return __real_socketpair(domain, type | SOCK_CLOEXEC, protocol, fds);
}

int __wrap_accept(int fd, struct sockaddr *address, socklen_t *len)
{
	if (host_fault(FAULT_accept))
		return -1;
	return accept4(fd, address, len, SOCK_CLOEXEC);
}

int __wrap_dup(int fd)
{
	if (host_fault(FAULT_dup))
		return -1;
	return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

int __wrap_epoll_create(int size)
{
	if (host_fault(FAULT_epoll_create))
		return -1;
	if (size <= 0) {
		errno = EINVAL;
		return -1;
	}
	return epoll_create1(EPOLL_CLOEXEC);
}

int __wrap_eventfd(unsigned int count, int flags)
{
	if (host_fault(FAULT_eventfd))
		return -1;
	return __real_eventfd(count, flags | EFD_CLOEXEC);
}

ssize_t __wrap_recvmsg(int fd, struct msghdr *message, int flags)
{
	if (host_fault(FAULT_recvmsg))
		return -1;
	return __real_recvmsg(fd, message, flags | MSG_CMSG_CLOEXEC);
}
