// SPDX-License-Identifier: GPL-2.0
/*
 * kselftests - the x86 selftests of the kernel tree: each has to end as the
 * table `expected` says for where it runs. See build.mk for which they are.
 *
 *	kselftests [NAME...]	only these, and show all that they print
 *	kselftests record	how those end here that inside end as natively
 */
#define _GNU_SOURCE
#include "child.h"
#include "kselftests.h"

#define SECONDS		20	/* for each; the longest needs one natively */
#define SECONDS_CALLS	240	/* 70,000 system calls, 60 us and more each, under load */
#define TAIL_LINES	25

static int named(int argc, char **argv, const char *name)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return 1;
	return argc == 1;
}

static int seconds_for(const char *name)
{
	const char *text = getenv("SLOW");
	double factor = text ? atof(text) : 1;
	int seconds = strcmp(name, "syscall_numbering") ? SECONDS : SECONDS_CALLS;

	return factor > 1 ? seconds * factor + 0.5 : seconds;
}

/* Its last lines; what went wrong may be above them. */
static void output_show(const char *output)
{
	const char *p = output + strlen(output);
	int lines = 0;

	while (p > output && (p[-1] != '\n' || lines++ < TAIL_LINES))
		p--;
	printf("%s%s", p, *p && p[strlen(p) - 1] != '\n' ? "\n" : "");
}

/* Has it ended as directly on this host, and if that is a failure, in the same step? */
static int native_check(const char *name, const struct result *result,
			const struct row *row)
{
	char verdict[sizeof(result->verdict)], step[sizeof(result->step)];

	CHECK(native_find(name, verdict, sizeof(verdict), step, sizeof(step)),
	      "%s: nothing recorded", name);
	if (!strcmp(verdict, result->verdict) &&
	    (!strcmp(verdict, "ok") || !strcmp(step, result->step))) {
		printf("%s %s, as natively: %s (%.*s)\n", verdict, name, result->how,
		       row->reason_length, row->reason);
		return 1;
	}
	printf("WRONG %s: %s in '%s', natively %s in '%s'\n", name, result->how,
	       result->step, verdict, step);
	return 0;
}

/* Has it ended as expected? Prints its line. */
static int result_check(const char *name, const struct result *result,
			const struct row *row)
{
	if (!strcmp(row->verdict, "native"))
		return native_check(name, result, row);
	if (!strcmp(result->verdict, "ok") &&
	    (!strcmp(row->verdict, "ok") || !strcmp(row->verdict, "any"))) {
		printf("ok %s: %s\n", name, result->how);
		return 1;
	}
	if (!strcmp(row->verdict, "any") || !strcmp(row->verdict, result->verdict)) {
		printf("%s %s: %s (%.*s)\n", result->verdict, name, result->how,
		       row->reason_length, row->reason);
		return 1;
	}
	printf("WRONG %s: %s, expected: %s\n", name, result->how, row->verdict);
	return 0;
}

/* Run one and compare. */
static int program_check(const struct embedded *program, struct result *result)
{
	struct row row;

	CHECK(row_find(program->name, &row), "`expected` has no row for %s",
	      program->name);
	if (!strcmp(row.verdict, "none")) {
		printf("not run %s (%.*s)\n", program->name, row.reason_length,
		       row.reason);
		result->output[0] = '\0';
		return 1;
	}
	program_run(program, seconds_for(program->name), result);
	return result_check(program->name, result, &row);
}

static void record(struct result *result)
{
	const struct embedded *program;

	for (program = embedded; program->name; program++) {
		if (!row_is_native(program->name))
			continue;
		program_run(program, seconds_for(program->name), result);
		native_print(program->name, result);
	}
}

int main(int argc, char **argv)
{
	static struct result result;
	const struct embedded *program;
	char wrong[512] = "";
	int count = 0, good;

	setvbuf(stdout, NULL, _IOLBF, 0);
	CHECK_SYS(prctl(PR_SET_CHILD_SUBREAPER, 1));
	rows_check();
	if (argc > 1 && !strcmp(argv[1], "record")) {
		record(&result);
		return 0;
	}
	for (program = embedded; program->name; program++) {
		if (!strcmp(program->name, "expected") ||
		    !named(argc, argv, program->name))
			continue;
		count++;
		good = program_check(program, &result);
		if (argc > 1)
			printf("%s", result.output);
		if (good)
			continue;
		if (argc == 1)
			output_show(result.output);
		snprintf(wrong + strlen(wrong), sizeof(wrong) - strlen(wrong),
			 " %s (%s)", program->name, result.how);
	}
	CHECK(count, "none of that name");
	CHECK(!wrong[0], "not as expected:%s", wrong);
	printf("kselftests: %d as expected\n", count);
	return 0;
}
