// SPDX-License-Identifier: GPL-2.0
/* job.c - run one program with a time limit, see job.h */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "job.h"
#include "proctree.h"

#define KILL_SECONDS 20.0

struct run {
	const struct job *job;
	struct outcome *out;
	sigset_t oldmask;
	pid_t pid;
	int pipe;		/* what the program prints, -1 after its end */
	int sigfd;
	int ended;		/* the program itself is gone */
	size_t output_size;
	double start, last_output;
};

static double time_now(void)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_MONOTONIC, &ts))
		abort();
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

const char *job_end_text(const struct outcome *out)
{
	static char text[32];

	switch (out->end) {
	case JOB_TIMEOUT:
		return "timeout";
	case JOB_IDLE:
		return "idle";
	case JOB_FLOOD:
		return "flood";
	case JOB_STOPPED:
		return "stopped";
	default:
		snprintf(text, sizeof(text), "%s %d",
			 out->end == JOB_EXIT ? "exit" : "signal", out->code);
		return text;
	}
}

/* In the child: no way back, what goes wrong is said on the test's output. */
static void child_exec(const struct run *run, int output)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (setsid() < 0 || null < 0 || dup2(null, 0) < 0 ||
	    dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
	    sigprocmask(SIG_SETMASK, &run->oldmask, NULL)) {
		dprintf(output, "cannot set up the program: %s\n", strerror(errno));
		_exit(127);
	}
	execvpe(run->job->argv[0], run->job->argv, run->job->envp);
	dprintf(2, "cannot run %s: %s\n", run->job->argv[0], strerror(errno));
	_exit(127);
}

static int run_start(struct run *run)
{
	sigset_t mask;
	int fds[2], err;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &mask, &run->oldmask))
		return -errno;
	run->sigfd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->sigfd < 0)
		return -errno;
	if (pipe2(fds, O_CLOEXEC)) {
		err = -errno;
		goto close_sigfd;
	}
	run->pid = fork();
	if (run->pid < 0) {
		err = -errno;
		close(fds[0]);
		close(fds[1]);
		goto close_sigfd;
	}
	if (run->pid == 0)
		child_exec(run, fds[1]);
	close(fds[1]);
	run->pipe = fds[0];
	if (fcntl(run->pipe, F_SETFL, O_NONBLOCK))
		abort();
	return 0;

close_sigfd:
	close(run->sigfd);
	return err;
}

/* Pass on what there is to read now, but come back: the limits apply. */
static void run_read(struct run *run)
{
	char buf[16384];
	ssize_t n;
	int i;

	for (i = 0; i < 8 && run->pipe >= 0; i++) {
		n = read(run->pipe, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			close(run->pipe);
			run->pipe = -1;
			return;
		}
		run->last_output = time_now();
		run->output_size += n;
		if (run->output_size > run->job->output_max)
			return;
		run->job->output(run->job->output_arg, buf, n);
	}
}

/* Reap what is dead. Returns whether any child is left. */
static int run_reap(struct run *run)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, WNOHANG | __WALL);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid <= 0)
			return pid == 0;
		if (pid != run->pid)
			continue;
		run->ended = 1;
		run->out->end = WIFSIGNALED(status) ? JOB_SIGNAL : JOB_EXIT;
		run->out->code = WIFSIGNALED(status) ? WTERMSIG(status) :
						       WEXITSTATUS(status);
	}
}

/* Is it time to end the program? Says so in *end. */
static int run_limit(const struct run *run, int stop, enum job_end *end)
{
	double now = time_now();

	if (stop)
		*end = JOB_STOPPED;
	else if (run->output_size > run->job->output_max)
		*end = JOB_FLOOD;
	else if (now - run->start > run->job->timeout)
		*end = JOB_TIMEOUT;
	else if (run->job->idle > 0 && now - run->last_output > run->job->idle)
		*end = JOB_IDLE;
	else
		return 0;
	return 1;
}

/* Sleep until something happens, 100 ms at most. Returns 1 if told to stop. */
static int run_wait(struct run *run, int timeout_ms)
{
	struct pollfd fds[2] = {
		{ .fd = run->sigfd, .events = POLLIN },
		{ .fd = run->pipe, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	int stop = 0;

	if (poll(fds, 2, timeout_ms) < 0 && errno != EINTR)
		abort();
	while (read(run->sigfd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo != SIGCHLD)
			stop = 1;
	run_read(run);
	return stop;
}

/* Kill everything below us. Returns 0 or -ETIMEDOUT. */
static int run_kill(struct run *run)
{
	double start = time_now();

	do {
		proctree_kill(getpid());
		(void)run_wait(run, 10);
		if (!run_reap(run))
			return 0;
	} while (time_now() - start < KILL_SECONDS);
	return -ETIMEDOUT;
}

int job_run(const struct job *job, struct outcome *out)
{
	struct run run = { .job = job, .out = out, .pipe = -1 };
	enum job_end cut = JOB_EXIT;
	int err, stop = 0, limit = 0;
	double end;

	memset(out, 0, sizeof(*out));
	run.start = run.last_output = time_now();
	err = run_start(&run);
	if (err)
		return err;
	while (!run.ended && !limit) {
		stop = run_wait(&run, 100);
		(void)run_reap(&run);
		if (!run.ended)
			limit = run_limit(&run, stop, &cut);
	}
	out->seconds = time_now() - run.start;
	/* Who is killed in the middle can't have tidied up: not reported. */
	end = time_now() + (limit ? 0 : job->grace);
	while (run_reap(&run) && time_now() < end && !stop)
		stop = run_wait(&run, 10);
	if (!limit && !stop)
		out->left = proctree_names(getpid(), out->left_names,
					   sizeof(out->left_names));
	err = run_kill(&run);
	run_read(&run);
	if (limit || stop)
		out->end = limit ? cut : JOB_STOPPED;
	if (run.pipe >= 0)
		close(run.pipe);
	close(run.sigfd);
	if (sigprocmask(SIG_SETMASK, &run.oldmask, NULL))
		abort();
	return err;
}
