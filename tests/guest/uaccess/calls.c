// SPDX-License-Identifier: GPL-2.0
/* calls.c - many system calls, each with all the bad addresses. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "uaccess.h"

enum { IN, OUT, IN_NULL, OUT_NULL }; /* _NULL: a null pointer is no error */

static int file, dir, epoll, pipe_fd[2], sockets[2];
static struct timeval no_time;

static long key_result(long result)
{
	return result == -ENOSYS || result == -EPERM ? -EFAULT : result;
}

#define CALL(name, expression) \
	static long call_##name(char *p) { return expression; }

/* The kernel reads from p. */
CALL(write, RAW3(SYS_write, file, p, 64))
CALL(pwrite, RAW4(SYS_pwrite64, file, p, 1, 0))
CALL(write_pipe, RAW3(SYS_write, pipe_fd[1], p, 64))
CALL(writev, RAW3(SYS_writev, file, p, 1))
CALL(open, RAW3(SYS_open, p, O_RDONLY, 0))
CALL(access, RAW2(SYS_access, p, 0))
CALL(stat_path, RAW2(SYS_stat, p, &(char [256]){ 0 }))
CALL(symlink, RAW2(SYS_symlink, p, "/tmp"))
CALL(execve, RAW3(SYS_execve, p, NULL, NULL))
CALL(execve_argv, RAW3(SYS_execve, "/proc/self/exe", p, NULL))
CALL(nanosleep, RAW2(SYS_nanosleep, p, NULL))
CALL(sigaction, RAW4(SYS_rt_sigaction, SIGUSR1, p, NULL, 8))
CALL(sigprocmask, RAW4(SYS_rt_sigprocmask, SIG_BLOCK, p, NULL, 8))
CALL(sigaltstack, RAW2(SYS_sigaltstack, p, NULL))
CALL(sigtimedwait, RAW4(SYS_rt_sigtimedwait, p, NULL, NULL, 8))
CALL(poll, RAW3(SYS_poll, p, 1, 0))
CALL(epoll_ctl, RAW4(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, pipe_fd[0], p))
CALL(bind, RAW3(SYS_bind, sockets[0], p, 16))
CALL(sendto, RAW6(SYS_sendto, sockets[0], p, 64, 0, NULL, 0))
CALL(sendmsg, RAW3(SYS_sendmsg, sockets[0], p, 0))
CALL(setsockopt, RAW5(SYS_setsockopt, sockets[0], SOL_SOCKET, SO_RCVBUF, p, 4))
CALL(set_name, RAW2(SYS_prctl, PR_SET_NAME, p))
CALL(setrlimit, RAW2(SYS_setrlimit, RLIMIT_CORE, p))
CALL(memfd_create, RAW2(SYS_memfd_create, p, 0))
CALL(futex, RAW4(SYS_futex, p, 0 /* FUTEX_WAIT */, 0, NULL))
CALL(utimensat, RAW4(SYS_utimensat, file, NULL, p, 0))
CALL(setitimer, RAW3(SYS_setitimer, ITIMER_VIRTUAL, p, NULL))
CALL(mount, RAW5(SYS_mount, "none", "/", p, 0, NULL))
CALL(setxattr, RAW5(SYS_setxattr, "/", p, "", 0, 0))
/* keys: a container's filter may not know them */
CALL(add_key, key_result(RAW5(SYS_add_key, "user", p, "x", 1, -2)))
CALL(add_key_data, key_result(RAW5(SYS_add_key, "user", "name", p, 1, -2)))
CALL(request_key, key_result(RAW4(SYS_request_key, "user", p, NULL, 0)))

/* The kernel writes to p. */
CALL(read, RAW4(SYS_pread64, file, p, 64, 0))
CALL(readv, RAW3(SYS_readv, file, p, 1))
CALL(read_zero, RAW4(SYS_pread64, file, p, 64, 8192))
CALL(getcwd, RAW2(SYS_getcwd, p, 4096))
CALL(uname, RAW1(SYS_uname, p))
CALL(fstat, RAW2(SYS_fstat, file, p))
CALL(statx, RAW5(SYS_statx, file, "", AT_EMPTY_PATH, 0xfff, p))
CALL(statfs, RAW2(SYS_fstatfs, file, p))
CALL(gettimeofday, RAW2(SYS_gettimeofday, p, NULL))
CALL(clock_gettime, RAW2(SYS_clock_gettime, 1, p))
CALL(clock_getres, RAW2(SYS_clock_getres, 1, p))
CALL(getrusage, RAW2(SYS_getrusage, 0, p))
CALL(times, RAW1(SYS_times, p))
CALL(sysinfo, RAW1(SYS_sysinfo, p))
CALL(pipe, RAW1(SYS_pipe, p))
CALL(socketpair, RAW4(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, p))
CALL(sigaction_old, RAW4(SYS_rt_sigaction, SIGUSR1, NULL, p, 8))
CALL(sigprocmask_old, RAW4(SYS_rt_sigprocmask, SIG_BLOCK, NULL, p, 8))
CALL(sigpending, RAW2(SYS_rt_sigpending, p, 8))
CALL(sigaltstack_old, RAW2(SYS_sigaltstack, NULL, p))
CALL(getitimer, RAW2(SYS_getitimer, ITIMER_REAL, p))
CALL(getdents, RAW3(SYS_getdents64, dir, p, 4096))
CALL(readlink, RAW3(SYS_readlink, "/proc/self/exe", p, 100))
CALL(getrandom, RAW3(SYS_getrandom, p, 64, 0))
CALL(getrlimit, RAW2(SYS_getrlimit, RLIMIT_CORE, p))
CALL(getresuid, RAW3(SYS_getresuid, p, p, p))
CALL(get_name, RAW2(SYS_prctl, PR_GET_NAME, p))
CALL(getsockname, RAW3(SYS_getsockname, sockets[0], p, &(int){ 16 }))
CALL(getsockname_size, RAW3(SYS_getsockname, sockets[0], &(char [128]){ 0 }, p))
CALL(getsockopt, RAW5(SYS_getsockopt, sockets[0], SOL_SOCKET, SO_TYPE, p, &(int){ 4 }))
CALL(ioctl, RAW3(SYS_ioctl, pipe_fd[0], FIONREAD, p))
CALL(getcpu, RAW3(SYS_getcpu, p, NULL, NULL))
CALL(sched_getaffinity, RAW3(SYS_sched_getaffinity, 0, 128, p))
CALL(timer_create, RAW3(SYS_timer_create, 1, NULL, p))
CALL(select, RAW5(SYS_select, 1, p, NULL, NULL, &no_time))
CALL(arch_prctl, RAW2(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, p))

#define ENTRY(name, kind) { #name, call_##name, kind }

static const struct {
	const char *name;
	long (*call)(char *p);
	int kind;
} table[] = {
	ENTRY(write, IN), ENTRY(pwrite, IN), ENTRY(write_pipe, IN),
	ENTRY(writev, IN), ENTRY(open, IN), ENTRY(access, IN),
	ENTRY(stat_path, IN), ENTRY(symlink, IN), ENTRY(execve, IN),
	ENTRY(execve_argv, IN_NULL), ENTRY(nanosleep, IN),
	ENTRY(sigaction, IN_NULL), ENTRY(sigprocmask, IN_NULL),
	ENTRY(sigaltstack, IN_NULL), ENTRY(sigtimedwait, IN), ENTRY(poll, IN),
	ENTRY(epoll_ctl, IN), ENTRY(bind, IN), ENTRY(sendto, IN),
	ENTRY(sendmsg, IN), ENTRY(setsockopt, IN), ENTRY(set_name, IN),
	ENTRY(setrlimit, IN), ENTRY(memfd_create, IN), ENTRY(futex, IN),
	ENTRY(utimensat, IN_NULL), ENTRY(setitimer, IN_NULL),
	ENTRY(mount, IN_NULL), ENTRY(setxattr, IN), ENTRY(add_key, IN_NULL),
	ENTRY(add_key_data, IN), ENTRY(request_key, IN),
	ENTRY(read, OUT), ENTRY(readv, IN), ENTRY(read_zero, OUT),
	ENTRY(getcwd, OUT), ENTRY(uname, OUT), ENTRY(fstat, OUT),
	ENTRY(statx, OUT), ENTRY(statfs, OUT), ENTRY(gettimeofday, OUT_NULL),
	ENTRY(clock_gettime, OUT), ENTRY(clock_getres, OUT_NULL),
	ENTRY(getrusage, OUT), ENTRY(times, OUT_NULL), ENTRY(sysinfo, OUT),
	ENTRY(pipe, OUT), ENTRY(socketpair, OUT), ENTRY(sigaction_old, OUT_NULL),
	ENTRY(sigprocmask_old, OUT_NULL), ENTRY(sigpending, OUT),
	ENTRY(sigaltstack_old, OUT_NULL), ENTRY(getitimer, OUT),
	ENTRY(getdents, OUT), ENTRY(readlink, OUT), ENTRY(getrandom, OUT),
	ENTRY(getrlimit, OUT), ENTRY(getresuid, OUT), ENTRY(get_name, OUT),
	ENTRY(getsockname, OUT), ENTRY(getsockname_size, OUT),
	ENTRY(getsockopt, OUT), ENTRY(ioctl, OUT), ENTRY(getcpu, OUT_NULL),
	ENTRY(sched_getaffinity, OUT), ENTRY(timer_create, OUT),
	ENTRY(select, OUT_NULL), ENTRY(arch_prctl, OUT),
};

static void call_check(int i, const char *what, char *addr)
{
	long result = table[i].call(addr);

	CHECK(result == -EFAULT, "%s with a pointer to %s (%p) = %ld", table[i].name,
	      what, addr, result);
}

static void empty_check(int fd, const char *what)
{
	int bytes = -1;

	/* Not poll(): 6.12 has an empty buffer in the pipe then. */
	CHECK_SYS(ioctl(fd, FIONREAD, &bytes));
	CHECK(bytes == 0, "%d bytes are in the %s", bytes, what);
}

/* Nothing got through, and no descriptor was made. */
static void nothing_check(int next_fd)
{
	int fd = CHECK_SYS(dup(0));

	CHECK(fd == next_fd, "the next descriptor is %d, was %d", fd, next_fd);
	CHECK_SYS(close(fd));
	CHECK(lseek(file, 0, SEEK_CUR) == 0, "the file was read or written");
	empty_check(pipe_fd[0], "pipe");
	empty_check(sockets[1], "socket");
}

void calls_check(const struct bads *bads)
{
	int next_fd;

	file = CHECK_SYS(memfd_create("file", MFD_CLOEXEC));
	CHECK_SYS(ftruncate(file, 4 * PAGE)); /* a hole, and 64 bytes of data */
	CHECK(pwrite(file, "data", 4, 60) == 4, "%s", strerror(errno));
	dir = CHECK_SYS(open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	epoll = CHECK_SYS(epoll_create1(EPOLL_CLOEXEC));
	CHECK_SYS(pipe2(pipe_fd, O_CLOEXEC));
	CHECK_SYS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	next_fd = CHECK_SYS(dup(0));
	CHECK_SYS(close(next_fd));
	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		int kind = table[i].kind;

		for (int b = 0; b < bads->count; b++)
			if (bads->bad[b].addr ||
			    (kind != IN_NULL && kind != OUT_NULL))
				call_check(i, bads->bad[b].what, bads->bad[b].addr);
		if (kind == OUT || kind == OUT_NULL)
			call_check(i, "a read-only page", bads->read_only);
		nothing_check(next_fd);
	}
	for (unsigned long i = 0; i < PAGE; i++)
		CHECK(bads->read_only[i] == 0, "the read-only page was written");
}
