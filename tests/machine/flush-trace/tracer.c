// SPDX-License-Identifier: GPL-2.0
/*
 * tracer OUT LIMIT COMMAND...: run ./linux and write down, in the order in which
 * they happen, its writes to files, its syncs of them, and the lines it prints:
 *
 *   + ID w OFFSET SIZE d|- CONTENTS PATH	a write begins; d: RWF_DSYNC.
 *				CONTENTS: in hex if it begins below LIMIT, else -
 *   + ID s 0 0 - - PATH	fsync, fdatasync, or the same by io_submit
 *   - ID RESULT		it has come to its end, or io_getevents said so
 *   = LINE			write(2) of a line "A ..."
 *
 * strace would do, but it can't read what ./linux has on its kernel stacks, whose
 * pages are not mapped for reading; and it would take the processes that the
 * skas backend has to trace itself. This follows threads only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS_MAX 4096
#define PATH_SIZE   4096
#define PARTS_MAX   1024
#define LINE_SIZE   64

struct thread {
	pid_t tid;
	int started;
	uint64_t nr, args[6];	/* of the system call it is in */
};

/* What begins: a write or a sync. */
struct work {
	uint64_t id;
	int fd;
	uint64_t offset;
	struct iovec *parts;	/* NULL: a sync */
	size_t count;
	int flags;		/* RWF_... */
};

static struct thread threads[THREADS_MAX];
static FILE *out;
static int memory = -1;		/* of the process that is traced */
static pid_t leader;
static uint64_t limit;

static void die(const char *what)
{
	fprintf(stderr, "tracer: %s: %s\n", what, strerror(errno));
	exit(125);
}

/* By /proc/PID/mem, which reads pages whatever they are mapped for. */
static void memory_get(uint64_t address, void *data, size_t size)
{
	if (pread(memory, data, size, address) != (ssize_t)size)
		die("reading the memory of ./linux");
}

static struct thread *thread_find(pid_t tid)
{
	struct thread *thread = threads;

	while (thread->tid && thread->tid != tid)
		if (++thread == threads + THREADS_MAX)
			die("too many threads");
	thread->tid = tid;
	return thread;
}

static void contents_print(const struct iovec *parts, size_t count)
{
	unsigned char data[4096];

	for (size_t i = 0; i < count; i++)
		for (size_t at = 0, n; at < parts[i].iov_len; at += n) {
			n = parts[i].iov_len - at;
			if (n > sizeof(data))
				n = sizeof(data);
			memory_get((uintptr_t)parts[i].iov_base + at, data, n);
			for (size_t j = 0; j < n; j++)
				fprintf(out, "%02x", data[j]);
		}
}

static void work_print(const struct work *work)
{
	char link[64], path[PATH_SIZE];
	size_t size = 0;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/fd/%d", leader, work->fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = 0;
	if (!work->parts) {
		fprintf(out, "+ %llx s 0 0 - - %s\n", (long long)work->id, path);
		return;
	}
	for (size_t i = 0; i < work->count; i++)
		size += work->parts[i].iov_len;
	fprintf(out, "+ %llx w %llu %zu %c ", (long long)work->id,
		(long long)work->offset, size, work->flags & RWF_DSYNC ? 'd' : '-');
	if (work->offset < limit)
		contents_print(work->parts, work->count);
	else
		fputc('-', out);
	fprintf(out, " %s\n", path);
}

/* A list of `count` parts in the memory of ./linux. */
static void parts_get(struct work *work, uint64_t address, size_t count)
{
	static struct iovec parts[PARTS_MAX];

	if (count > PARTS_MAX)
		die("too many parts");
	memory_get(address, parts, count * sizeof(parts[0]));
	work->parts = parts;
	work->count = count;
}

static void iocb_print(uint64_t address)
{
	struct work work = { .id = address };
	struct iovec one;
	struct iocb iocb;

	memory_get(address, &iocb, sizeof(iocb));
	work.fd = iocb.aio_fildes;
	work.offset = iocb.aio_offset;
	work.flags = iocb.aio_rw_flags;
	if (iocb.aio_lio_opcode == IOCB_CMD_PWRITEV) {
		parts_get(&work, iocb.aio_buf, iocb.aio_nbytes);
	} else if (iocb.aio_lio_opcode == IOCB_CMD_PWRITE) {
		one.iov_base = (void *)(uintptr_t)iocb.aio_buf;
		one.iov_len = iocb.aio_nbytes;
		work.parts = &one;
		work.count = 1;
	} else if (iocb.aio_lio_opcode != IOCB_CMD_FSYNC &&
		   iocb.aio_lio_opcode != IOCB_CMD_FDSYNC) {
		return;
	}
	work_print(&work);
}

/* io_submit: those that it did not take never began. */
static void submit_print(const struct thread *thread, long taken, int end)
{
	uint64_t address;

	for (long i = end ? taken : 0; i < (long)thread->args[1]; i++) {
		memory_get(thread->args[2] + 8 * i, &address, sizeof(address));
		if (!end)
			iocb_print(address);
		else
			fprintf(out, "- %llx -11\n", (long long)address);
	}
}

static void events_print(const struct thread *thread, long count)
{
	struct io_event event;

	for (long i = 0; i < count; i++) {
		memory_get(thread->args[3] + i * sizeof(event), &event, sizeof(event));
		fprintf(out, "- %llx %lld\n", (long long)event.obj, (long long)event.res);
	}
}

static void line_print(const struct thread *thread)
{
	char line[LINE_SIZE + 1];
	size_t size = thread->args[2];

	if (size < 2 || size > LINE_SIZE)
		return;
	memory_get(thread->args[1], line, size);
	line[size] = 0;
	if (!strncmp(line, "A ", 2))
		fprintf(out, "= %s%s", line, line[size - 1] == '\n' ? "" : "\n");
}

static int call_is_work(uint64_t nr)
{
	return nr == SYS_pwrite64 || nr == SYS_pwritev || nr == SYS_pwritev2 ||
		nr == SYS_fsync || nr == SYS_fdatasync;
}

static void call_begin(const struct thread *thread)
{
	const uint64_t *args = thread->args;
	struct work work = { .id = thread->tid, .fd = args[0], .offset = args[3] };
	struct iovec one = { (void *)(uintptr_t)args[1], args[2] };

	if (thread->nr == SYS_io_submit)
		submit_print(thread, 0, 0);
	else if (thread->nr == SYS_write)
		line_print(thread);
	if (!call_is_work(thread->nr))
		return;
	if (thread->nr == SYS_pwritev || thread->nr == SYS_pwritev2) {
		parts_get(&work, args[1], args[2]);
		work.flags = thread->nr == SYS_pwritev2 ? args[5] : 0;
	} else if (thread->nr == SYS_pwrite64) {
		work.parts = &one;
		work.count = 1;
	}
	work_print(&work);
}

static void call_end(const struct thread *thread, long result)
{
	if (thread->nr == SYS_io_submit)
		submit_print(thread, result > 0 ? result : 0, 1);
	else if (thread->nr == SYS_io_getevents || thread->nr == SYS_io_pgetevents)
		events_print(thread, result);
	else if (call_is_work(thread->nr))
		fprintf(out, "- %x %ld\n", thread->tid, result);
}

static void memory_open(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", leader);
	if (memory >= 0 && close(memory))
		die(path);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	if (memory < 0)
		die(path);
}

static void call_stop(pid_t tid)
{
	struct __ptrace_syscall_info info;
	struct thread *thread = thread_find(tid);

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof(info), &info) < 0)
		return;		/* killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		thread->nr = info.entry.nr;
		memcpy(thread->args, info.entry.args, sizeof(thread->args));
		call_begin(thread);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT) {
		call_end(thread, info.exit.rval);
	}
}

/* One stop of a thread. Returns the signal that it goes on with. */
static int stop_handle(pid_t tid, int status)
{
	int signal = WSTOPSIG(status);

	if (status >> 16) {
		if (status >> 16 == PTRACE_EVENT_EXEC)
			memory_open();
		return 0;
	}
	if (signal == (SIGTRAP | 0x80)) {
		call_stop(tid);
		return 0;
	}
	if (signal == SIGSTOP && !thread_find(tid)->started) {
		thread_find(tid)->started = 1;	/* a new one begins so */
		return 0;
	}
	return signal;
}

static int trace(void)
{
	int status, signal;
	pid_t tid;

	for (;;) {
		tid = waitpid(-1, &status, __WALL);
		if (tid < 0)
			die("waitpid");
		if (WIFSTOPPED(status)) {
			signal = stop_handle(tid, status);
			if (ptrace(PTRACE_SYSCALL, tid, 0, signal) && errno != ESRCH)
				die("PTRACE_SYSCALL");
		} else if (tid == leader) {
			return WIFEXITED(status) ? WEXITSTATUS(status) : 124;
		}
	}
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 4)
		return 125;
	out = fopen(argv[1], "we");
	if (!out)
		die(argv[1]);
	limit = strtoull(argv[2], NULL, 10);
	leader = fork();
	if (leader < 0)
		die("fork");
	if (!leader) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
			_exit(125);
		execv(argv[3], argv + 3);
		_exit(125);
	}
	if (waitpid(leader, &status, __WALL) != leader ||
	    ptrace(PTRACE_SETOPTIONS, leader, 0, PTRACE_O_TRACESYSGOOD |
		   PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL) ||
	    ptrace(PTRACE_SYSCALL, leader, 0, 0))
		die("ptrace");
	thread_find(leader)->started = 1;
	memory_open();
	status = trace();
	if (fclose(out))
		die(argv[1]);
	return status;
}
