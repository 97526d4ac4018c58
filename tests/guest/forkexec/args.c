// SPDX-License-Identifier: GPL-2.0
/* args.c - many and long arguments and environment strings. */
#define _GNU_SOURCE
#include <sys/auxv.h>
#include <unistd.h>

#include "child.h"
#include "forkexec.h"

#define ARGS	 700
#define ENVS	 500
#define LONGEST	 (31 * 4096) /* of one string; the kernel's limit is 32 pages */

static char *args[ARGS + 4], *envs[ENVS + 1];

/* The n-th string of a kind: its length and letters come from n. */
static char *string_make(char kind, int n)
{
	int length = n == 5 ? LONGEST : 1 + n * 37 % 200;
	char *text = malloc(length + 32);
	int used;

	CHECK(text, "no memory for a string of %d", length);
	used = sprintf(text, "%c%d=", kind, n);
	memset(text + used, 'a' + n % 26, length);
	text[used + length] = 0;
	return text;
}

static int string_check(const char *text, char kind, int n)
{
	char *want = string_make(kind, n);
	int differs = strcmp(text, want);

	free(want);
	return !differs;
}

int args_role(int argc, char **argv, char **envp)
{
	int n;

	CHECK(argc == ARGS + 3, "argc is %d, should be %d", argc, ARGS + 3);
	CHECK(!argv[argc], "argv does not end with NULL");
	for (n = 0; n < ARGS; n++)
		CHECK(string_check(argv[n + 3], 'A', n), "argument %d is '%.50s'", n,
		      argv[n + 3]);
	for (n = 0; envp[n]; n++)
		CHECK(n < ENVS && string_check(envp[n], 'E', n),
		      "environment string %d is '%.50s'", n, envp[n]);
	CHECK(n == ENVS, "%d environment strings, should be %d", n, ENVS);
	CHECK(!strcmp((char *)getauxval(AT_EXECFN), SELF), "AT_EXECFN is '%s'",
	      (char *)getauxval(AT_EXECFN));
	CHECK(getauxval(AT_PAGESZ) == 4096, "AT_PAGESZ is %lu",
	      getauxval(AT_PAGESZ));
	return 21;
}

static void args_body(void *arg)
{
	execve(SELF, args, envs);
	FAIL("exec with %d arguments: %s", ARGS, strerror(errno));
	(void)arg;
}

/* One string that is too long, and then all is as before. */
static void too_long_body(void *arg)
{
	char *text = malloc(32 * 4096 + 1);
	char *argv[] = { (char *)"role", text, NULL };

	(void)arg;
	CHECK(text, "no memory");
	memset(text, 'x', 32 * 4096);
	text[32 * 4096] = 0;
	CHECK(execv(SELF, argv) == -1 && errno == E2BIG,
	      "exec with a string of 128 KiB: %s", strerror(errno));
	CHECK(text[77] == 'x', "the string is lost");
}

void args_check(void)
{
	int status;

	args[0] = (char *)"role";
	args[1] = (char *)"args";
	args[2] = (char *)"";
	for (int n = 0; n < ARGS; n++)
		args[n + 3] = string_make('A', n);
	for (int n = 0; n < ENVS; n++)
		envs[n] = string_make('E', n);
	status = child_wait(child_start(args_body, NULL));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 21, "status 0x%x", status);
	child_run("too long", too_long_body, NULL);
	for (int n = 0; n < ARGS; n++)
		free(args[n + 3]);
	for (int n = 0; n < ENVS; n++)
		free(envs[n]);
}
