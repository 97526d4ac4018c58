// SPDX-License-Identifier: GPL-2.0
/*
 * work.c - whole workloads, with the host's own programs: work DIRECTORY
 * NAME... In a machine the host's files are mounted on WORK_ROOT by hostfs, and
 * memory on WORK_MEMORY, an empty directory in there; everything runs inside of
 * that root. Natively it runs as it is, in the current directory.
 *
 * A workload is a shell script DIRECTORY/NAME, called as NAME prepare, NAME run,
 * which is what is measured, and NAME check. What the check prints is printed as
 * "result NAME ...": it has to be the same wherever it ran.
 */
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static const char *directory;
static struct figure figure;
static char figure_name[100];
static const char *script;

static void script_start(const char *phase)
{
	char path[4096];

	CHECK((size_t)snprintf(path, sizeof(path), "%s/%s", directory, script) <
	      sizeof(path));
	execl("/bin/sh", "sh", "-eu", path, phase, NULL);
	FAIL("/bin/sh: %s", strerror(errno));
}

static void script_end(pid_t pid, const char *phase)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	CHECK(status == 0, "%s %s: wait status 0x%x", script, phase, status);
}

static void script_run(const char *phase)
{
	pid_t pid = CHECK_SYS(fork());

	if (!pid)
		script_start(phase);
	script_end(pid, phase);
}

static void work_begin(void)
{
	script_run("prepare");
}

static unsigned long work_run(unsigned long ops)
{
	CHECK(ops == 1);
	script_run("run");
	return 1;
}

static void work_end(void)
{
	char text[200];
	size_t used = 0;
	ssize_t n;
	int out[2];
	pid_t pid;

	CHECK_SYS(pipe(out));
	pid = CHECK_SYS(fork());
	if (!pid) {
		CHECK(dup2(out[1], 1) == 1);
		CHECK_SYS(close(out[0]));
		CHECK_SYS(close(out[1]));
		script_start("check");
	}
	CHECK_SYS(close(out[1]));
	while ((n = CHECK_SYS(read(out[0], text + used, sizeof(text) - used))) > 0) {
		used += n;
		CHECK(used < sizeof(text), "%s check: it prints too much", script);
	}
	script_end(pid, "check");
	CHECK(used > 1 && text[used - 1] == '\n' &&
	      memchr(text, '\n', used) == text + used - 1,
	      "%s check: not one line", script);
	printf("result %s %.*s", figure_name, (int)used, text);
}

static void mount_there(const char *root, const char *where, const char *type,
			const char *options)
{
	char path[4096];

	CHECK((size_t)snprintf(path, sizeof(path), "%s%s", root, where) <
	      sizeof(path));
	CHECK(!mount("none", path, type, 0, options), "mount %s on %s: %s", type,
	      path, strerror(errno));
}

/* Into the host's tree, with memory where files are written. */
static void root_enter(const char *root)
{
	const char *memory = getenv("WORK_MEMORY");

	mount_there(root, "", "hostfs", "/");
	mount_there(root, "/proc", "proc", NULL);
	mount_there(root, "/dev", "devtmpfs", NULL);
	CHECK(memory, "no WORK_MEMORY");
	mount_there(root, memory, "tmpfs", "mode=1777");
	CHECK_SYS(chroot(root));
	CHECK_SYS(chdir(memory));
}

int main(int argc, char **argv)
{
	const char *root = getenv("WORK_ROOT");
	char *args[] = { argv[0], "--ops=1", NULL };
	const char *backend = getenv("BACKEND");
	int i, inside = backend && strcmp(backend, "native");

	CHECK(argc >= 3, "usage: work DIRECTORY NAME...");
	directory = argv[1];
	if (root && inside)
		root_enter(root);
	CHECK_SYS(setenv("TMPDIR", ".", 1));
	CHECK_SYS(setenv("LC_ALL", "C", 1));
	for (i = 2; i < argc; i++) {
		script = argv[i];
		snprintf(figure_name, sizeof(figure_name), "work/%s", script);
		figure = (struct figure){ figure_name, "ns", work_begin, work_run,
					  work_end, 1 };
		CHECK(bench_main(2, args, &figure, 1) == 0);
	}
	return 0;
}
