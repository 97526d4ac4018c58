// SPDX-License-Identifier: GPL-2.0
/*
 * xstate.c - let an unmodified UML of 6.12 run where the CPU has AMX. It keeps
 * the vector registers of a process in 2696 bytes, and the host refuses to set
 * less than all that it has (EFAULT; no process inside comes to run). Loaded into
 * UML by LD_PRELOAD, this adds the rest: nothing but AMX's tiles, which no
 * process in there can ask for, so they are empty.
 */
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#define ROOM 65536	/* more than any CPU has */

typedef long ptrace_fn(enum __ptrace_request request, pid_t pid, void *address,
		       void *data);

static _Alignas(64) char state[ROOM];

/* Bytes that the host has of a stopped process; 0: it can't be asked. */
static size_t state_size(ptrace_fn *host, pid_t pid)
{
	static size_t size;
	struct iovec all = { state, ROOM };

	if (!size && !host(PTRACE_GETREGSET, pid, (void *)NT_X86_XSTATE, &all)) {
		size = all.iov_len;
		memset(state, 0, size);
	}
	return size;
}

/* In place of libc's, with the four arguments that UML gives it. */
long ptrace(enum __ptrace_request request, ...)
{
	static ptrace_fn *host;
	struct iovec *wanted, all = { state, 0 };
	void *address, *data;
	va_list args;
	pid_t pid;

	va_start(args, request);
	pid = va_arg(args, pid_t);
	address = va_arg(args, void *);
	data = va_arg(args, void *);
	va_end(args);
	if (!host)
		host = (ptrace_fn *)dlsym(RTLD_NEXT, "ptrace");
	if (!host) {
		errno = ENOSYS;
		return -1;
	}
	if (request != PTRACE_SETREGSET || address != (void *)NT_X86_XSTATE)
		return host(request, pid, address, data);
	wanted = data;
	all.iov_len = state_size(host, pid);
	if (wanted->iov_len >= all.iov_len)
		return host(request, pid, address, data);
	memcpy(state, wanted->iov_base, wanted->iov_len);
	return host(request, pid, address, &all);
}
