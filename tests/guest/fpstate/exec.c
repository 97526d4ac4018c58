/* SPDX-License-Identifier: GPL-2.0 */
/* exec.c - a new program finds nothing of what its predecessor had in registers. */
#define _GNU_SOURCE
#include <fcntl.h>

#include "child.h"
#include "fpstate.h"
#include "tinyelf.h"
#include "xstate.h"

static void event_exec(void *arg) NO_VECTORS;
static void event_exec(void *arg)
{
	static char *none[] = { NULL };
	int fd = *(int *)arg;

	RAW5(SYS_execveat, fd, "", none, none, AT_EMPTY_PATH);
	RAW1(SYS_exit_group, TEST_FAILED);
}

struct job {
	int program, output;
	unsigned int seed;
};

static void exec_child(void *arg)
{
	struct job *job = arg;

	CHECK_SYS(dup2(job->output, 1));
	xstate_keep("exec", job->seed, event_exec, &job->program);
}

void test_exec(void)
{
	struct xstate got;
	struct job job;
	size_t filled;
	int fds[2];
	pid_t pid;

	job.program = tinyelf_create(exec_blob, exec_blob_end - exec_blob);
	for (job.seed = 30; job.seed < 33; job.seed++) {
		CHECK_SYS(pipe2(fds, O_CLOEXEC));
		job.output = fds[1];
		pid = child_start(exec_child, &job);
		CHECK_SYS(close(fds[1]));
		for (filled = 0; filled < sizeof(got);) {
			ssize_t n = CHECK_SYS(read(fds[0], got.b + filled,
						   sizeof(got) - filled));

			CHECK(n, "the new program wrote %zu bytes", filled);
			filled += n;
		}
		CHECK_SYS(close(fds[0]));
		child_check(pid, "exec");
		check_initial("after exec", &got);
	}
	CHECK_SYS(close(job.program));
}
