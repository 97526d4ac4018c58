/* SPDX-License-Identifier: GPL-2.0 */
/*
 * values.c - what PTRACE_POKEUSER takes and refuses for the debug registers, in which
 * order, and what PTRACE_PEEKUSER gives then. Each row was seen on native x86-64.
 */
#define _GNU_SOURCE
#include "debugreg.h"

#define WRITES		6
#define USER_END	0x7ffffffff000ul	/* the first address that is not the user's */
#define USER_END_5	0xfffffffffff000ul	/* the same with five levels of page tables */
#define DR6_NOTHING	0xffff0ff0ul

static char bytes[64] __attribute__((aligned(64)));

struct write {
	int n;
	uint64_t value;
	int error;
	enum { VALUE, IN_BYTES, FROM_END } kind;	/* value, or an offset */
};

#define AT(n, offset, error)	{ n, offset, error, IN_BYTES }
#define IS(n, value, error)	{ n, value, error, VALUE }
#define END(n, offset, error)	{ n, offset, error, FROM_END }

/* DR7: 0xd0001 is four bytes, written, in DR0; the next digit is DR1's */
static const struct row {
	const char *name;
	struct write writes[WRITES];
	unsigned int count;
	uint64_t dr7;		/* in the end */
} rows[] = {
	{ "not aligned while enabled",
	  { AT(0, 0, 0), IS(7, 0xd0001, 0), AT(0, 1, EINVAL) }, 3, 0xd0001 },
	{ "the kind outlasts being disabled",
	  { AT(0, 0, 0), IS(7, 0xd0001, 0), IS(7, 0xd0000, 0), AT(0, 1, EINVAL),
	    IS(7, 0, 0), AT(0, 1, 0) }, 6, 0 },
	{ "not aligned when it is enabled",
	  { AT(0, 1, 0), IS(7, 0xd0001, EINVAL), IS(7, 0x10001, 0) }, 3, 0x10001 },
	{ "alignment by length",
	  { AT(0, 4, 0), IS(7, 0x90001, EINVAL), IS(7, 0xd0001, 0), AT(0, 2, EINVAL),
	    IS(7, 0x50001, 0), AT(0, 2, 0) }, 6, 0x50001 },
	{ "eight bytes",
	  { AT(0, 8, 0), IS(7, 0x90001, 0), AT(0, 12, EINVAL), AT(0, 16, 0) }, 4, 0x90001 },
	{ "kernel addresses",
	  { IS(0, 0xffff888000000000, EINVAL), IS(1, 0xfffffe0000000000, EINVAL),
	    END(2, 0, EINVAL), END(3, 0x1000, EINVAL),
	    IS(0, ~0ul, EINVAL), IS(0, 0xffffffffff600000, EINVAL) }, 6, 0 },
	{ "the last user addresses",
	  { END(0, -8, 0), IS(7, 0x90001, 0), END(0, 0, EINVAL),
	    IS(7, 0x10001, 0), END(0, -1, 0) }, 5, 0x10001 },
	{ "enabled without an address", { IS(7, 0xd0001, 0) }, 1, 0xd0001 },
	{ "execution has one length",
	  { AT(0, 0, 0), IS(7, 0x40001, EINVAL), IS(7, 0x80001, EINVAL),
	    IS(7, 0xc0001, EINVAL), IS(7, 1, 0), AT(0, 3, 0) }, 6, 1 },
	{ "ports, and of what is disabled",
	  { IS(7, 0x20000, 0), IS(7, 0x20001, EINVAL), AT(0, 0, 0), IS(7, 0x20000, EINVAL),
	    IS(7, 0x200000, 0) }, 5, 0x200000 },
	{ "the second is refused: the first stays as it was",
	  { AT(0, 0, 0), AT(1, 1, 0), IS(7, 0xd0001, 0), IS(7, 0xd10005, EINVAL),
	    AT(0, 2, EINVAL), AT(1, 2, 0) }, 6, 0xd0001 },
	{ "the second is refused: the first is not made",
	  { AT(1, 1, 0), IS(7, 0xdd0005, EINVAL), AT(0, 1, 0) }, 3, 0 },
	{ "bits without a meaning are kept",
	  { IS(7, 0xffffffff0000fc00, 0), IS(7, 0x2300, 0) }, 2, 0x2300 },
	{ "the global bit enables as well",
	  { AT(0, 0, 0), IS(7, 0xd0002, 0), AT(0, 1, EINVAL), IS(7, 0xd0003, 0) }, 4, 0xd0003 },
	{ "there is no DR4, no DR5",
	  { IS(4, 0, EIO), IS(5, 0, EIO), IS(4, 1, EIO), IS(5, ~0ul, EIO) }, 4, 0 },
	{ "DR6 is the tracer's",
	  { IS(6, 0, 0), IS(6, ~0ul, 0), IS(6, DR6_NOTHING, 0) }, 3, 0 },
};

static uint64_t debugreg(pid_t pid, int n)
{
	return peek(pid, PTRACE_PEEKUSER, (void *)DEBUGREG(n));
}

static void plain_tracee(void *arg)
{
	(void)arg;
	STOP_HERE();
}

static uint64_t value_of(const struct write *w)
{
	static uint64_t end;

	if (w->kind == IN_BYTES)
		return (uint64_t)bytes + w->value;
	if (w->kind == VALUE)
		return w->value;
	if (!end) {
		pid_t pid = tracee_start(plain_tracee, NULL);

		end = ptrace(PTRACE_POKEUSER, pid, DEBUGREG(0), USER_END) ? USER_END : USER_END_5;
		TRACE(PTRACE_KILL, pid, 0, 0);
		child_wait(pid);
	}
	return end + w->value;
}

/* Nothing is changed by what is refused, and the tracee is none the worse. */
static void row_check(const struct row *row)
{
	pid_t pid = tracee_start(plain_tracee, NULL);
	uint64_t now[8] = { [6] = DR6_NOTHING };
	unsigned int i;
	int n, err;

	for (n = 0; n < 8; n++)
		CHECK(debugreg(pid, n) == now[n], "DR%d is 0x%lx at first", n, debugreg(pid, n));
	for (i = 0; i < row->count; i++) {
		const struct write *w = &row->writes[i];
		uint64_t value = value_of(w);

		err = ptrace(PTRACE_POKEUSER, pid, DEBUGREG(w->n), value) ? errno : 0;
		CHECK(err == w->error, "%s: write %u, DR%d = 0x%lx: %s, not %s", row->name, i,
		      w->n, value, strerror(err), strerror(w->error));
		if (!err)
			now[w->n] = value;
		for (n = 0; n < 8; n++)
			CHECK(debugreg(pid, n) == now[n], "%s: after write %u DR%d is 0x%lx, not 0x%lx",
			      row->name, i, n, debugreg(pid, n), now[n]);
	}
	CHECK(debugreg(pid, 7) == row->dr7, "%s: DR7 is 0x%lx", row->name, debugreg(pid, 7));
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, row->name, SIGTRAP);
	tracee_end(pid, row->name);
}

void test_values(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row_check(&rows[i]);
}

/*
 * Where no breakpoint is ever hit none can be made: as natively while others have all
 * of them. What makes none works, so that a debugger without them does.
 */
void test_none(void)
{
	pid_t pid = tracee_start(plain_tracee, NULL);
	static const struct write writes[] = {
		AT(0, 0, ENOSPC), AT(3, 0, ENOSPC), IS(7, 0xd0001, ENOSPC), IS(7, 4, ENOSPC),
		IS(7, 0, 0), IS(6, 0, 0), IS(4, 0, EIO),
	};
	unsigned int i;
	int n, err;

	for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		const struct write *w = &writes[i];
		uint64_t value = value_of(w);

		err = ptrace(PTRACE_POKEUSER, pid, DEBUGREG(w->n), value) ? errno : 0;
		CHECK(err == w->error, "DR%d = 0x%lx: %s, not %s", w->n, value, strerror(err),
		      strerror(w->error));
	}
	for (n = 0; n < 8; n++)
		CHECK(debugreg(pid, n) == 0, "DR%d is 0x%lx", n, debugreg(pid, n));
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "without breakpoints", SIGTRAP);
	tracee_end(pid, "without breakpoints");
}

/* The next stop, which must not be its end */
static void stop_expect(pid_t pid, const char *what, int stop)
{
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, what, stop);
}

static void handed_on_tracee(void *arg)
{
	(void)arg;
	if (!fork())
		_exit(0);
	CHECK_SYS(raise(SIGSTOP));
	bytes[0] = 1;
	CHECK_SYS(raise(SIGUSR1));
}

/* A fork has no breakpoints, though it shows DR6 and DR7; a detached tracee keeps its own. */
void test_handed_on(void)
{
	pid_t pid = tracee_start(handed_on_tracee, NULL);
	unsigned long child;
	int status;

	TRACE(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK);
	TRACE(PTRACE_POKEUSER, pid, DEBUGREG(0), bytes);
	TRACE(PTRACE_POKEUSER, pid, DEBUGREG(7), 0x10001);
	TRACE(PTRACE_POKEUSER, pid, DEBUGREG(6), 0x123);
	stop_expect(pid, "fork", SIGTRAP | PTRACE_EVENT_FORK << 8);
	TRACE(PTRACE_GETEVENTMSG, pid, 0, &child);
	tracee_expect(child, "the new child", SIGSTOP);
	CHECK(debugreg(child, 0) == 0 && debugreg(child, 7) == 0x10001 &&
	      debugreg(child, 6) == 0x123, "child: DR0 0x%lx DR6 0x%lx DR7 0x%lx",
	      debugreg(child, 0), debugreg(child, 6), debugreg(child, 7));
	TRACE(PTRACE_CONT, child, 0, 0);
	child_check(child, "the child");

	do {	/* SIGCHLD may come first */
		TRACE(PTRACE_CONT, pid, 0, 0);
		status = tracee_stop(pid);
	} while (status == SIGCHLD);
	CHECK(status == SIGSTOP, "stop 0x%x", status);
	TRACE(PTRACE_DETACH, pid, 0, 0);
	status = child_wait(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTRAP,
	      "after the detach: wait status 0x%x", status);
}
