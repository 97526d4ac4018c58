/* SPDX-License-Identifier: GPL-2.0 */
/* queue.c - pending signals: how many, in which order, with which siginfo. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <time.h>

#include "raw.h"
#include "sigstack.h"

#define QUEUED 12

static volatile struct {
	int signo, code, value;
	pid_t pid;
	uid_t uid;
} got[QUEUED + 1];
static volatile int count;

static void queue_handler(int signo, siginfo_t *info, void *context)
{
	(void)context;
	if (count <= QUEUED) {
		got[count].signo = signo;
		got[count].code = info->si_code;
		got[count].value = info->si_value.sival_int;
		got[count].pid = info->si_pid;
		got[count].uid = info->si_uid;
	}
	count++;
}

/* Lower numbers first; equal numbers in the order in which they were sent. */
void test_order(void)
{
	union sigval value;
	sigset_t all, old, pending;
	int i;

	for (i = 0; i < 3; i++)
		handler_set_alone(SIGRTMIN + i, queue_handler, 0);
	handler_set_alone(SIGUSR1, queue_handler, 0);
	CHECK_SYS(sigfillset(&all));
	CHECK_SYS(sigprocmask(SIG_SETMASK, &all, &old));
	count = 0;
	for (i = 0; i < 9; i++) {
		value.sival_int = 1000 + i;
		CHECK_SYS(sigqueue(getpid(), SIGRTMIN + 2 - i % 3, value));
	}
	/* Only one of a standard signal can be pending. */
	for (i = 0; i < 3; i++)
		CHECK_SYS(kill(getpid(), SIGUSR1));
	CHECK_SYS(sigpending(&pending));
	CHECK(sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGRTMIN) &&
	      sigismember(&pending, SIGRTMIN + 2) &&
	      !sigismember(&pending, SIGRTMIN + 3), "wrong set pending");
	CHECK(count == 0, "%d handlers ran though blocked", count);
	CHECK_SYS(sigprocmask(SIG_SETMASK, &old, NULL));

	CHECK(count == 10, "%d signals, expected 10", count);
	CHECK(got[0].signo == SIGUSR1 && got[0].code == SI_USER,
	      "first signal %d, si_code %d", got[0].signo, got[0].code);
	for (i = 1; i < 10; i++) {
		int nr = (i - 1) / 3, turn = (i - 1) % 3;

		CHECK(got[i].signo == SIGRTMIN + nr, "signal %d is number %d", i,
		      got[i].signo);
		CHECK(got[i].value == 1000 + 3 * turn + 2 - nr,
		      "signal %d has value %d", i, got[i].value);
		CHECK(got[i].code == SI_QUEUE && got[i].pid == getpid() &&
		      got[i].uid == getuid(), "si_code %d, pid %d, uid %d",
		      got[i].code, got[i].pid, got[i].uid);
	}
}

/* rt_sigqueueinfo hands on the siginfo that it is given. */
void test_own_siginfo(void)
{
	siginfo_t info;
	int i;

	handler_set_alone(SIGRTMIN, queue_handler, 0);
	count = 0;
	for (i = 0; i < 3; i++) {
		memset(&info, 0, sizeof(info));
		info.si_signo = SIGRTMIN;
		info.si_code = -60 - i;
		info.si_pid = 111 + i;
		info.si_uid = 222 + i;
		info.si_value.sival_int = -5 - i;
		CHECK(!RAW3(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN, &info),
		      "rt_sigqueueinfo");
	}
	CHECK(count == 3, "%d signals", count);
	for (i = 0; i < 3; i++)
		CHECK(got[i].code == -60 - i && got[i].pid == 111 + i &&
		      (int)got[i].uid == 222 + i && got[i].value == -5 - i,
		      "si_code %d, pid %d, uid %d, value %d", got[i].code,
		      got[i].pid, got[i].uid, got[i].value);
}

static void send_to_parent(void *arg)
{
	union sigval value = { .sival_int = *(int *)arg };

	CHECK_SYS(sigqueue(getppid(), SIGRTMIN, value));
	CHECK_SYS(kill(getppid(), SIGRTMIN + 1));
}

/* Signals can be taken without a handler, and say who sent them. */
void test_wait(void)
{
	struct timespec none = { 0, 0 }, patience = { 10, 0 };
	int number = 4711;
	sigset_t set = set_of(SIGRTMIN), old;
	siginfo_t info;
	pid_t pid;

	CHECK_SYS(sigaddset(&set, SIGRTMIN + 1));
	CHECK_SYS(sigprocmask(SIG_BLOCK, &set, &old));
	CHECK(sigtimedwait(&set, &info, &none) == -1 && errno == EAGAIN,
	      "something was pending");
	pid = child_start(send_to_parent, &number);
	CHECK(sigtimedwait(&set, &info, &patience) == SIGRTMIN, "sigtimedwait: %s",
	      strerror(errno));
	CHECK(info.si_code == SI_QUEUE && info.si_pid == pid &&
	      info.si_value.sival_int == number, "si_code %d, pid %d, value %d",
	      info.si_code, info.si_pid, info.si_value.sival_int);
	CHECK(sigwaitinfo(&set, &info) == SIGRTMIN + 1, "sigwaitinfo: %s",
	      strerror(errno));
	CHECK(info.si_code == SI_USER && info.si_pid == pid, "si_code %d, pid %d",
	      info.si_code, info.si_pid);
	child_check(pid, "sender");
	CHECK_SYS(sigprocmask(SIG_SETMASK, &old, NULL));
}

struct life {
	int death;		/* raise this, if not 0 */
	int go_on;		/* then wait for a byte from here, if not 0 */
};

static void run_life(void *arg)
{
	const struct life *life = arg;
	char byte;

	if (life->death)
		CHECK_SYS(raise(life->death));
	if (life->go_on)
		CHECK_SYS(read(life->go_on, &byte, 1));
	_exit(42);
}

/* The next SIGCHLD must be about `pid` and say this. */
static void check_sigchld(const char *what, pid_t pid, int code, int status)
{
	sigset_t set = set_of(SIGCHLD);
	siginfo_t info;

	CHECK(sigwaitinfo(&set, &info) == SIGCHLD, "sigwaitinfo: %s",
	      strerror(errno));
	CHECK(info.si_pid == pid && info.si_code == code &&
	      info.si_status == status, "%s: pid %d (not %d), si_code %d, status %d",
	      what, info.si_pid, pid, info.si_code, info.si_status);
}

void test_sigchld(void)
{
	struct life life = { 0, 0 };
	int fds[2], status;
	pid_t pid;

	mask_set(SIG_BLOCK, SIGCHLD);
	pid = child_start(run_life, &life);
	check_sigchld("exit", pid, CLD_EXITED, 42);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 42,
	      "status 0x%x", status);
	life.death = SIGTERM;
	pid = child_start(run_life, &life);
	check_sigchld("death", pid, CLD_KILLED, SIGTERM);
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGTERM,
	      "status 0x%x", status);
	/* Only one SIGCHLD can be pending: the child waits until it is taken. */
	CHECK_SYS(pipe2(fds, O_CLOEXEC));
	life.death = SIGSTOP;
	life.go_on = fds[0];
	pid = child_start(run_life, &life);
	check_sigchld("stop", pid, CLD_STOPPED, SIGSTOP);
	CHECK_SYS(kill(pid, SIGCONT));
	check_sigchld("continue", pid, CLD_CONTINUED, SIGCONT);
	CHECK(write(fds[1], "x", 1) == 1, "write: %s", strerror(errno));
	check_sigchld("exit", pid, CLD_EXITED, 42);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 42,
	      "status 0x%x", status);
	CHECK_SYS(close(fds[0]));
	CHECK_SYS(close(fds[1]));
	mask_set(SIG_UNBLOCK, SIGCHLD);
}

static void spin(void *arg)
{
	sigset_t all;

	(void)arg;
	CHECK_SYS(sigfillset(&all));
	CHECK_SYS(sigprocmask(SIG_SETMASK, &all, NULL));
	for (;;)
		;
}

/* SIGKILL ends a process that never enters the kernel by itself. */
void test_kill(void)
{
	struct timespec pause = { 0, 5000000 };
	pid_t pid = child_start(spin, NULL);
	int status;

	CHECK_SYS(nanosleep(&pause, NULL));
	CHECK_SYS(kill(pid, SIGKILL));
	status = child_wait(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "status 0x%x",
	      status);
}
