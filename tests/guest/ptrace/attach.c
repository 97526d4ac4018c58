/* SPDX-License-Identifier: GPL-2.0 */
/* attach.c - tracing begins and ends at any moment. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <time.h>

#include "ptrace.h"
#include "raw.h"
#include "tracee.h"

#ifndef PTRACE_EVENT_STOP
#define PTRACE_EVENT_STOP 128
#endif

asm(".pushsection .text\n"
    "spin_code:\n"			/* until *rdi != 0, two instructions */
    "	cmpl	$0, (%rdi)\n"
    "	je	spin_code\n"
    "spin_end:\n"
    "	ret\n"
    ".popsection\n");
void spin_code(volatile int *until);
extern const char spin_end[];

struct shared {
	volatile int ready, stop;
	volatile pid_t pid;
	int fds[2];
};

static struct shared *shared_create(void)
{
	struct shared *shared = shared_alloc(sizeof(*shared));

	CHECK_SYS(pipe2(shared->fds, O_CLOEXEC));
	return shared;
}

static void spinning_child(void *arg)
{
	struct shared *shared = arg;

	shared->ready = 1;
	spin_code(&shared->stop);
}

static void reading_child(void *arg)
{
	struct shared *shared = arg;
	char byte;
	long ret;

	shared->ready = 1;
	ret = RAW3(SYS_read, shared->fds[0], &byte, 1);
	CHECK(ret == 1 && byte == 'x', "read: %ld", ret);
}

static void pause_shortly(void)
{
	struct timespec pause = { 0, 2000000 };

	CHECK_SYS(nanosleep(&pause, NULL));
}

static void wait_ready(struct shared *shared)
{
	while (!shared->ready)
		pause_shortly();
	shared->ready = 0;
}

/* A stopped child is where it is to be: in the loop, or in the system call. */
static int is_spinning(pid_t pid, struct shared *shared)
{
	struct user_regs_struct regs = regs_get(pid);

	return regs.rip >= (uint64_t)spin_code && regs.rip < (uint64_t)spin_end &&
	       regs.rdi == (uint64_t)&shared->stop;
}

static int is_reading(pid_t pid, struct shared *shared)
{
	struct user_regs_struct regs = regs_get(pid);

	return regs.orig_rax == SYS_read &&
	       regs.rdi == (uint64_t)shared->fds[0] && regs.rdx == 1;
}

/* It says that it is ready a little before it is there: try again then. */
static void attach_when(pid_t pid, struct shared *shared,
			int (*is_there)(pid_t, struct shared *))
{
	int i;

	for (i = 0; i < 200; i++) {
		TRACE(PTRACE_ATTACH, pid, 0, 0);
		tracee_expect(pid, "attach", SIGSTOP);
		if (is_there(pid, shared))
			return;
		TRACE(PTRACE_DETACH, pid, 0, 0);
		pause_shortly();
	}
	FAIL("attached %d times, never where it should be", i);
}

static void interrupt_when(pid_t pid, struct shared *shared,
			   int (*is_there)(pid_t, struct shared *))
{
	int i;

	for (i = 0; i < 200; i++) {
		TRACE(PTRACE_INTERRUPT, pid, 0, 0);
		tracee_expect(pid, "interrupt", SIGTRAP | PTRACE_EVENT_STOP << 8);
		if (is_there(pid, shared))
			return;
		TRACE(PTRACE_CONT, pid, 0, 0);
		pause_shortly();
	}
	FAIL("interrupted %d times, never where it should be", i);
}

void test_attach(void)
{
	struct shared *shared = shared_create();
	pid_t pid = child_start(spinning_child, shared);
	int i, status;

	wait_ready(shared);
	for (i = 0; i < 3; i++) {
		attach_when(pid, shared, is_spinning);
		TRACE(PTRACE_DETACH, pid, 0, 0);
	}
	shared->stop = 1;
	child_check(pid, "spinning child");

	/* A system call that waits goes on after that. */
	pid = child_start(reading_child, shared);
	wait_ready(shared);
	attach_when(pid, shared, is_reading);
	TRACE(PTRACE_DETACH, pid, 0, 0);
	CHECK_SYS(write(shared->fds[1], "x", 1));
	child_check(pid, "reading child");

	shared->stop = 0;
	pid = child_start(spinning_child, shared);
	TRACE(PTRACE_ATTACH, pid, 0, 0);
	tracee_expect(pid, "attach", SIGSTOP);
	TRACE(PTRACE_DETACH, pid, 0, SIGTERM);
	status = child_wait(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM,
	      "detached with SIGTERM: wait status 0x%x", status);
}

static void check_killed(pid_t pid, const char *what)
{
	int status = child_wait(pid);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
	      "%s: wait status 0x%x", what, status);
}

void test_kill(void)
{
	struct shared *shared = shared_create();
	pid_t pid = tracee_start(spinning_child, shared);

	TRACE(PTRACE_KILL, pid, 0, 0);
	check_killed(pid, "PTRACE_KILL");

	pid = tracee_start(spinning_child, shared);
	CHECK_SYS(kill(pid, SIGKILL));
	check_killed(pid, "SIGKILL while stopped");

	pid = tracee_start(spinning_child, shared);
	TRACE(PTRACE_CONT, pid, 0, 0);
	wait_ready(shared);
	CHECK_SYS(kill(pid, SIGKILL));
	check_killed(pid, "SIGKILL while running");
}

/* A tracer that ends without detaching; its tracee lives on or not. */
static void leaving_tracer(struct shared *shared, long options)
{
	pid_t pid = CHECK_SYS(fork());

	if (!pid) {
		alarm(20);	/* nobody else ends it if the test fails */
		spinning_child(shared);
		_exit(0);
	}
	shared->pid = pid;
	wait_ready(shared);
	TRACE(PTRACE_SEIZE, pid, 0, options);
}

static void killing_tracer(void *arg)
{
	leaving_tracer(arg, PTRACE_O_EXITKILL);
}

static void sparing_tracer(void *arg)
{
	leaving_tracer(arg, 0);
}

void test_exitkill(void)
{
	struct shared *shared = shared_create();

	CHECK_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1));
	child_run("tracer with EXITKILL", killing_tracer, shared);
	check_killed(shared->pid, "tracee of a tracer with EXITKILL");
	child_run("tracer without EXITKILL", sparing_tracer, shared);
	shared->stop = 1;
	child_check(shared->pid, "tracee of a tracer without EXITKILL");
}

void test_interrupt(void)
{
	struct shared *shared = shared_create();
	pid_t pid = child_start(spinning_child, shared);

	wait_ready(shared);
	TRACE(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL);
	interrupt_when(pid, shared, is_spinning);
	shared->stop = 1;
	tracee_end(pid, "interrupted spinner");

	pid = child_start(reading_child, shared);
	wait_ready(shared);
	TRACE(PTRACE_SEIZE, pid, 0, PTRACE_O_EXITKILL);
	interrupt_when(pid, shared, is_reading);
	CHECK_SYS(write(shared->fds[1], "x", 1));
	tracee_end(pid, "interrupted reader");
}
