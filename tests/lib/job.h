/* SPDX-License-Identifier: GPL-2.0 */
/*
 * job.h - run one program with a time limit and leave nothing of it behind.
 *
 * Used by supervise (on a host) and by the init of the test machine (in
 * ./linux), so that a test is treated alike wherever it runs.
 */
#ifndef TESTS_JOB_H
#define TESTS_JOB_H

#include <stddef.h>

enum job_end {
	JOB_EXIT,	/* ended by itself, code is its exit status */
	JOB_SIGNAL,	/* was killed, code is the signal */
	JOB_TIMEOUT,	/* ran longer than job->timeout */
	JOB_IDLE,	/* printed nothing for longer than job->idle */
	JOB_FLOOD,	/* printed more than job->output_max bytes */
	JOB_STOPPED,	/* we were told to stop (SIGTERM, SIGINT, SIGHUP) */
};

struct job {
	char *const *argv;
	char *const *envp;
	double timeout;		/* seconds */
	double idle;		/* seconds, 0: no limit */
	double grace;		/* seconds its last processes have to go */
	size_t output_max;	/* bytes */
	void (*output)(void *arg, const char *data, size_t size);
	void *output_arg;
};

struct outcome {
	enum job_end end;
	int code;
	double seconds;
	int left;		/* processes that outlived the program */
	char left_names[512];	/* "name(pid) name(pid)" */
};

/*
 * Run the program in its own session, standard input from /dev/null, pass
 * what it prints to job->output(), and kill every process it left. The caller
 * must be where orphans end up: process 1 or a subreaper. Returns 0, or
 * -errno when the program was not started or its processes can't be killed.
 */
int job_run(const struct job *job, struct outcome *out);

/* "exit 0", "signal 11", "timeout", ...: how a report names the end. */
const char *job_end_text(const struct outcome *out);

#endif
