// SPDX-License-Identifier: GPL-2.0
/*
 * host_faults.c - see host_faults.h.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <init.h>
#include <os.h>
#include <uml/host_faults.h>
#include <uml/start.h>

static struct {
	const char *name;
	int error;
	unsigned long first, last;	/* which uses fail; 0: none */
	unsigned long uses;
} calls[HOST_FAULT_COUNT] = {
#define CALL_NAME(name, symbol) [FAULT_##name] = { #name, 0, 0, 0, 0 },
	HOST_FAULT_CALLS(CALL_NAME)
};

int host_fault(enum host_fault_call call)
{
	unsigned long use = ++calls[call].uses;

	if (use < calls[call].first || use > calls[call].last)
		return 0;
	errno = calls[call].error;
	return 1;
}

static int error_parse(const char *text, size_t len)
{
	static const struct {
		const char *name;
		int error;
	} names[] = {
#define ERROR_NAME(e) { #e, e }
		ERROR_NAME(EACCES), ERROR_NAME(EAGAIN), ERROR_NAME(EBADF),
		ERROR_NAME(EBUSY), ERROR_NAME(EEXIST), ERROR_NAME(EFAULT),
		ERROR_NAME(EFBIG), ERROR_NAME(EINTR), ERROR_NAME(EINVAL),
		ERROR_NAME(EIO), ERROR_NAME(EMFILE), ERROR_NAME(ENFILE),
		ERROR_NAME(ENODEV), ERROR_NAME(ENOENT), ERROR_NAME(ENOMEM),
		ERROR_NAME(ENOSPC), ERROR_NAME(ENOSYS), ERROR_NAME(EOPNOTSUPP),
		ERROR_NAME(EPERM), ERROR_NAME(EPIPE), ERROR_NAME(ESRCH),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == len &&
		    !strncmp(names[i].name, text, len))
			return names[i].error;
	return isdigit((unsigned char)*text) ? atoi(text) : 0;
}

/* One <call>:<errno>:<nth>. Returns where it ends, NULL if it is wrong. */
static char *fault_parse(char *text)
{
	size_t name = strcspn(text, ":"), error;
	char *p = text + name, *end;
	unsigned int i;

	if (*p++ != ':')
		return NULL;
	for (i = 0; i < HOST_FAULT_COUNT; i++)
		if (strlen(calls[i].name) == name &&
		    !strncmp(calls[i].name, text, name))
			break;
	error = strcspn(p, ":");
	if (i == HOST_FAULT_COUNT || p[error] != ':')
		return NULL;
	calls[i].error = error_parse(p, error);
	p += error + 1;
	calls[i].first = calls[i].last = strtoul(p, &end, 10);
	if (*end == '+') {
		calls[i].last = ULONG_MAX;
		end++;
	}
	if (!calls[i].error || !calls[i].first)
		return NULL;
	calls[i].uses = 0;
	return end;
}

static int __init faults_setup(char *line, int *add)
{
	char *p = line;

	*add = 0;
	do {
		p = fault_parse(p);
		if (!p || (*p && *p != ','))
			start_fail("host_faults=%s: <call>:<errno>:<nth>[+],... is wanted",
				   line);
	} while (*p++);
	return 0;
}

__uml_setup("host_faults=", faults_setup,
"host_faults=<call>:<errno>:<nth>[+][,...]\n"
"    For tests: the nth use of that host call (from this option on) fails with\n"
"    that error, a name or a number; with + all later ones too. The calls are\n"
"    listed in include/host_faults.h. Example: host_faults=madvise:ENOMEM:40+\n\n"
);

/* All these calls take at most six words and return one, -1 for an error. */
#define WRAPPER(symbol, call)						\
long __real_##symbol(long, long, long, long, long, long);		\
long __wrap_##symbol(long, long, long, long, long, long);		\
long __wrap_##symbol(long a, long b, long c, long d, long e, long f)	\
{									\
	return host_fault(call) ? -1 : __real_##symbol(a, b, c, d, e, f); \
}

/* It returns its error. */
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg)
{
	if (host_fault(FAULT_pthread_create))
		return errno;
	return __real_pthread_create(thread, attr, run, arg);
}

/* those that host_calls.c does not wrap */
WRAPPER(clone, FAULT_clone)
WRAPPER(epoll_ctl, FAULT_epoll_ctl)
WRAPPER(epoll_wait, FAULT_epoll_wait)
WRAPPER(fallocate64, FAULT_fallocate)
WRAPPER(fcntl64, FAULT_fcntl)
WRAPPER(fdatasync, FAULT_fdatasync)
WRAPPER(fsync, FAULT_fsync)
WRAPPER(ftruncate64, FAULT_ftruncate)
WRAPPER(ioctl, FAULT_ioctl)
WRAPPER(lseek64, FAULT_lseek)
WRAPPER(madvise, FAULT_madvise)
WRAPPER(memfd_create, FAULT_memfd_create)
WRAPPER(mmap64, FAULT_mmap)
WRAPPER(mprotect, FAULT_mprotect)
WRAPPER(munmap, FAULT_munmap)
WRAPPER(poll, FAULT_poll)
WRAPPER(pread64, FAULT_pread)
WRAPPER(ptrace, FAULT_ptrace)
WRAPPER(pwrite64, FAULT_pwrite)
WRAPPER(read, FAULT_read)
WRAPPER(sendmsg, FAULT_sendmsg)
WRAPPER(waitpid, FAULT_waitpid)
WRAPPER(write, FAULT_write)
