// SPDX-License-Identifier: GPL-2.0
/* victim - what strace and gdb look at: with an argument it crashes. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int total;

__attribute__((noinline)) static void leaf(int number, int *where)
{
	total += number;
	*where = number;
}

__attribute__((noinline)) static void middle(int number, int *where)
{
	leaf(number * 2, where);
	total++;
}

int main(int argc, char **argv)
{
	int result = 0, status = 1;
	pid_t pid;

	(void)argv;
	if (argc > 1)
		middle(21, NULL);
	pid = fork();
	if (pid < 0)
		return 1;
	if (!pid) {
		rmdir("/of the child");
		_exit(3);
	}
	if (waitpid(pid, &status, 0) != pid || WEXITSTATUS(status) != 3)
		return 1;
	middle(4, &result);
	middle(5, &result);
	printf("result %d total %d\n", result, total);
	return 0;
}
