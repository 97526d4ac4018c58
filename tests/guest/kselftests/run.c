// SPDX-License-Identifier: GPL-2.0
/* run.c - one program, with all it starts, up to its time limit. */
#define _GNU_SOURCE
#include "job.h"
#include "kselftests.h"

#define STATUS_SKIPPED 4	/* of a kernel selftest */
#define FLOOD (256 << 10)	/* one that goes round in circles */

/* Keep the last line that says what it does now: "[RUN] MOV SS; INT3" */
static void step_add(struct result *result, const char *data, size_t size)
{
	size_t used = strlen(result->line), i;

	for (i = 0; i < size; i++) {
		if (data[i] == '\n') {
			if (result->line[0] == '[')
				strcpy(result->step, result->line);
			used = 0;
		} else if (used < sizeof(result->line) - 1) {
			result->line[used++] = data[i] == '\t' ? ' ' : data[i];
		}
		result->line[used] = '\0';
	}
}

/* Keep the end of the output. */
static void output_add(void *arg, const char *data, size_t size)
{
	struct result *result = arg;
	size_t used = strlen(result->output), drop;

	step_add(result, data, size);

	if (used + size > OUTPUT_MAX) {	/* job_run comes with 16 KB at most */
		drop = used + size - OUTPUT_MAX;
		memmove(result->output, result->output + drop, used - drop);
		used -= drop;
	}
	memcpy(result->output + used, data, size);
	result->output[used + size] = '\0';
}

static const char *verdict_of(const struct outcome *out)
{
	if (out->end != JOB_EXIT || out->left)
		return "fail";
	if (!out->code)
		return "ok";
	return out->code == STATUS_SKIPPED ? "skip" : "fail";
}

void program_run(const struct embedded *program, int seconds,
		 struct result *result)
{
	int fd = embedded_program(program);
	char path[64], *argv[] = { path, NULL };
	char *none[] = { NULL };
	struct job job = {
		.argv = argv,
		.envp = none,
		.timeout = seconds,
		.grace = 1,
		.output_max = FLOOD,
		.output = output_add,
		.output_arg = result,
	};
	struct outcome out;
	int err;

	/* The kernel opens it by this name, before it closes it at exec. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	result->output[0] = result->step[0] = result->line[0] = '\0';
	err = job_run(&job, &out);
	CHECK(!err, "%s: %s", program->name, strerror(-err));
	CHECK_SYS(close(fd));
	strcpy(result->verdict, verdict_of(&out));
	snprintf(result->how, sizeof(result->how), "%s in %.1f s%s",
		 job_end_text(&out), out.seconds,
		 out.left ? ", and it left processes" : "");
}
