// SPDX-License-Identifier: GPL-2.0
/* strings.c - strings and arrays of strings that end just at a bad page. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>

#include "child.h"
#include "uaccess.h"

/* A path whose last byte is the last of the page; then one byte too far */
static void path_check(char *edge)
{
	static const char path[] = "/proc/self/../self/exe";

	for (unsigned int skip = 0; skip < 8; skip++) {
		/* more slashes at the front: every alignment */
		int length = sizeof(path) + skip;
		char *at = edge - length;

		memset(at, '/', skip);
		memcpy(at + skip, path, sizeof(path));
		CHECK(RAW2(SYS_access, at, R_OK) == 0, "a path of %d at the edge",
		      length);
		memcpy(at + skip + 1, path, sizeof(path) - 1);
		at[skip] = '/';
		CHECK(RAW2(SYS_access, at, R_OK) == -EFAULT,
		      "a path without an end: %ld", RAW2(SYS_access, at, R_OK));
	}
}

static void length_check(void)
{
	char *p = pages_map(2);
	long result;

	memset(p, '/', 2 * PAGE);
	for (int end = PATH_MAX - 2; end <= PATH_MAX + 1; end++) {
		p[end] = 0;
		result = RAW2(SYS_access, p, R_OK);
		CHECK(result == (end < PATH_MAX ? 0 : -ENAMETOOLONG),
		      "a path of %d letters: %ld", end, result);
		p[end] = '/';
	}
	/* Too long is found out before the missing page is touched. */
	result = RAW2(SYS_access, p + PAGE, R_OK);
	CHECK(result == -ENAMETOOLONG || result == -EFAULT,
	      "a path of just one page: %ld", result);
	CHECK_SYS(munmap(p, 2 * PAGE));
}

/* At most 16 bytes are read, so that the missing 17th is no error. */
static void name_check(char *edge)
{
	char name[17] = "";

	memcpy(edge - 15, "abcdefghijklmno", 15);
	CHECK(RAW2(SYS_prctl, PR_SET_NAME, edge - 15) == 0, "15 letters");
	CHECK_SYS(prctl(PR_GET_NAME, name));
	CHECK(!strcmp(name, "abcdefghijklmno"), "the name is %s", name);
	CHECK(RAW2(SYS_prctl, PR_SET_NAME, edge - 5) == -EFAULT, "5 letters, no end");
	CHECK_SYS(prctl(PR_SET_NAME, "uaccess"));
}

/* exec with its strings and its array at the edge (arg: what is wrong, or 0) */
static void exec_body(void *arg)
{
	char *p = pages_map(1), *q = pages_map(1), *text = p + PAGE - 4, **argv;
	long wrong = (long)arg, result;

	/* So that the program knows that it was executed, whatever argv says */
	CHECK_SYS(dup2(STDOUT_FILENO, EXEC_FD));
	memcpy(text, "tru", 4);
	argv = (char **)(q + PAGE) - 2;
	argv[0] = text;
	argv[1] = NULL;
	if (wrong == 1)
		text[3] = 'e';		/* a string without an end */
	if (wrong == 2)
		argv[1] = text;		/* an array without an end */
	if (wrong == 3)
		argv[0] = p + PAGE;	/* a string that isn't there */
	result = RAW3(SYS_execve, "/proc/self/exe", argv, argv);
	CHECK(wrong, "exec = %ld", result);
	CHECK(result == -EFAULT, "exec with wrong arguments (%ld) = %ld", wrong,
	      result);
}

/* exec with a string at each bad address (arg), as argument and as environment */
static void exec_bad_body(void *arg)
{
	const struct bads *bads = arg;

	for (int i = 0; i < bads->count; i++) {
		char *name = (char *)"x", *bad[] = { name, bads->bad[i].addr, NULL };
		char *good[] = { name, NULL };
		long result;

		if (!bads->bad[i].addr)
			continue;	/* the end of the array */
		result = RAW3(SYS_execve, "/proc/self/exe", bad, good);
		CHECK(result == -EFAULT, "exec with an argument at %s: %ld",
		      bads->bad[i].what, result);
		result = RAW3(SYS_execve, "/proc/self/exe", good, bad);
		CHECK(result == -EFAULT, "exec with an environment at %s: %ld",
		      bads->bad[i].what, result);
	}
}

void strings_check(struct bads *bads)
{
	char *p = pages_map(1);
	int status;

	path_check(p + PAGE);
	length_check();
	name_check(p + PAGE);
	child_run("exec, a string without an end", exec_body, (void *)1);
	child_run("exec, an array without an end", exec_body, (void *)2);
	child_run("exec, a string that isn't there", exec_body, (void *)3);
	child_run("exec, strings at bad addresses", exec_bad_body, bads);
	status = child_wait(child_start(exec_body, NULL));
	CHECK(status == 42 << 8, "exec at the edge: wait status 0x%x", status);
	CHECK_SYS(munmap(p, PAGE));
}
