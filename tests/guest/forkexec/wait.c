// SPDX-License-Identifier: GPL-2.0
/* wait.c - what a parent learns of its children, and of its grandchildren. */
#define _GNU_SOURCE
#include <sched.h>

#include "child.h"
#include "forkexec.h"

static void exit_body(void *arg)
{
	_exit((int)(long)arg);
}

static void pause_body(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static void codes_check(void)
{
	static const int codes[] = { 0, 1, 127, 128, 255, 256 + 3 };

	for (unsigned int i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		int status = child_wait(child_start(exit_body,
						    (void *)(long)codes[i]));

		CHECK(status == (codes[i] & 0xff) << 8,
		      "exit(%d) gives wait status 0x%x", codes[i], status);
	}
}

static void kill_check(int signo)
{
	pid_t pid = child_start(pause_body, NULL);
	int status;

	CHECK_SYS(kill(pid, signo));
	status = child_wait(pid);
	CHECK(status == signo, "signal %d gives wait status 0x%x", signo, status);
}

/* The next waitid() for this child must tell this. */
static void waitid_check(pid_t pid, int options, int code, int status)
{
	siginfo_t info = { .si_pid = 0 };

	CHECK_SYS(waitid(P_PID, pid, &info, options));
	CHECK(info.si_signo == SIGCHLD && info.si_pid == pid &&
	      info.si_code == code && info.si_status == status &&
	      info.si_uid == getuid(),
	      "waitid: signal %d, pid %d (%d), code %d (%d), status %d (%d)",
	      info.si_signo, info.si_pid, pid, info.si_code, code,
	      info.si_status, status);
}

static void stop_check(void)
{
	pid_t pid = child_start(pause_body, NULL);
	siginfo_t info = { .si_pid = 1 };

	CHECK_SYS(waitid(P_PID, pid, &info, WEXITED | WNOHANG));
	CHECK(info.si_pid == 0, "waitid(WNOHANG) says %d", info.si_pid);
	CHECK_SYS(kill(pid, SIGSTOP));
	waitid_check(pid, WSTOPPED, CLD_STOPPED, SIGSTOP);
	CHECK_SYS(kill(pid, SIGCONT));
	waitid_check(pid, WCONTINUED, CLD_CONTINUED, SIGCONT);
	CHECK_SYS(kill(pid, SIGTERM));
	waitid_check(pid, WEXITED | WNOWAIT, CLD_KILLED, SIGTERM);
	waitid_check(pid, WEXITED, CLD_KILLED, SIGTERM);
	CHECK(waitpid(pid, NULL, 0) == -1 && errno == ECHILD,
	      "the child is still there: %s", strerror(errno));
}

/* Many at the same time, all killed, all waited for */
static void crowd_check(void)
{
	pid_t pid[24];
	int status;

	for (int i = 0; i < 24; i++)
		pid[i] = child_start(pause_body, NULL);
	for (int i = 0; i < 24; i++)
		CHECK_SYS(kill(pid[i], SIGKILL));
	for (int i = 0; i < 24; i++) {
		pid_t ended = CHECK_SYS(waitpid(-1, &status, 0));
		int k = 0;

		while (k < 24 && pid[k] != ended)
			k++;
		CHECK(k < 24, "waitpid says %d, which is none of ours", ended);
		CHECK(status == SIGKILL, "status 0x%x", status);
		pid[k] = 0;
	}
	CHECK(wait(NULL) == -1 && errno == ECHILD, "one more child");
}

/* Nobody waits, and still no zombie stays. */
static void ignore_body(void *arg)
{
	pid_t pid;

	CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR, "%s", strerror(errno));
	pid = child_start(exit_body, arg);
	CHECK(waitpid(pid, NULL, 0) == -1 && errno == ECHILD,
	      "SIGCHLD ignored: %s", strerror(errno));
}

void wait_check(void)
{
	codes_check();
	kill_check(SIGKILL);
	kill_check(SIGTERM);
	stop_check();
	crowd_check();
	child_run("SIGCHLD ignored", ignore_body, NULL);
}

/* The parent of this process ends; who adopts it? */
static void orphan_run(int *pipe_fd, pid_t parent, pid_t adopter)
{
	char byte;

	/* End of file: the parent was the last who could write. */
	CHECK_SYS(close(pipe_fd[1]));
	CHECK(read(pipe_fd[0], &byte, 1) == 0, "the parent wrote something");
	while (getppid() == parent)
		sched_yield();
	CHECK(getppid() == adopter, "adopted by %d, should be %d", getppid(),
	      adopter);
	_exit(42);
}

static void orphan_body(void *arg)
{
	int pipe_fd[2], status;
	pid_t self = getpid(), parent, orphan;

	(void)arg;
	CHECK_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1));
	CHECK_SYS(pipe(pipe_fd));
	parent = CHECK_SYS(fork());
	if (parent == 0) {
		parent = getpid();
		CHECK_SYS(prctl(PR_SET_PDEATHSIG, SIGKILL));
		if (CHECK_SYS(fork()) == 0)
			orphan_run(pipe_fd, parent, self);
		_exit(0);
	}
	CHECK_SYS(close(pipe_fd[0]));
	CHECK_SYS(close(pipe_fd[1]));
	CHECK(child_wait(parent) == 0, "the parent failed");
	orphan = CHECK_SYS(wait(&status));
	CHECK(orphan != parent && status == 42 << 8,
	      "orphan %d, wait status 0x%x", orphan, status);
}

void orphan_check(void)
{
	child_run("orphan", orphan_body, NULL);
}
