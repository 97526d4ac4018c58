// SPDX-License-Identifier: GPL-2.0
/*
 * init - process 1 of the test machine.
 *
 * Runs the programs that /tests/list names, one after the other, and says on
 * the console what becomes of them. The lines go through /dev/kmsg: the kernel
 * then keeps each line in one piece among its own messages, whatever state the
 * tty layer is in. tests/lib/guest.py reads them:
 *
 *   #uml-test: boot RELEASE BACKEND	BACKEND from /proc/um/backend, or "?"
 *   #uml-test: begin NAME
 *   #uml-test: | a line that the program printed
 *   #uml-test: left name(pid) ...	processes that outlived it
 *   #uml-test: end NAME SECONDS exit 0 | signal 11 | timeout | flood
 *   #uml-test: done
 *
 * /tests/list has a line per program, fields separated by tabs:
 * NAME TIMEOUT [VARIABLE=VALUE...] PROGRAM [ARGUMENT...]
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "job.h"

#define LINE_MAX_TEXT 800	/* a kmsg record holds about 1000 bytes */
#define WORDS_MAX 64
#define LINES_MAX 1000		/* of one program; the console is slow */
#define OUTPUT_MAX (256 << 10)

/* The machine's exit status when init came to its end: see /proc/exitcode. */
#define EXITCODE_DONE "42"

static int kmsg_fd = -1;

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
	char text[LINE_MAX_TEXT + 100];
	va_list args;
	int n, max = sizeof(text) - 2;

	/* Priority 3 of facility 1: printed at any sensible loglevel. */
	n = snprintf(text, sizeof(text), "<11>#uml-test: ");
	va_start(args, format);
	n += vsnprintf(text + n, max - n, format, args);
	va_end(args);
	if (n >= max)
		n = max - 1;
	text[n++] = '\n';
	if (write(kmsg_fd, text, n) != n)
		(void)!write(1, text, n);
}

static void mount_try(const char *what, const char *where, const char *type,
		      const char *options)
{
	if (mkdir(where, 0755) && errno != EEXIST)
		say("note cannot make %s: %s", where, strerror(errno));
	if (mount(what, where, type, 0, options) && errno != EBUSY)
		say("note cannot mount %s: %s", where, strerror(errno));
}

/* Descriptors 0 to 2 are open whatever the console is; kmsg comes first. */
static void setup_files(void)
{
	int fd;

	if (mount("dev", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY)
		(void)mknod("/dev/kmsg", S_IFCHR | 0600, makedev(1, 11));
	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd < 2);
	if (fd > 2)
		close(fd);
	kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
}

static void setup_mounts(void)
{
	mount_try("proc", "/proc", "proc", NULL);
	mount_try("sys", "/sys", "sysfs", NULL);
	mount_try("pts", "/dev/pts", "devpts", "ptmxmode=666");
	mount_try("shm", "/dev/shm", "tmpfs", "mode=1777");
	if (mkdir("/tmp", 0755) && errno != EEXIST)
		say("note cannot make /tmp: %s", strerror(errno));
}

static void say_boot(void)
{
	char backend[32] = "?";
	struct utsname uts;
	FILE *file = fopen("/proc/um/backend", "re");

	if (file) {
		if (fscanf(file, "%31s", backend) != 1)
			strcpy(backend, "?");
		fclose(file);
	}
	say("boot %s %s", uname(&uts) ? "?" : uts.release, backend);
}

/* What a program prints is passed on line by line. */
struct lines {
	char text[LINE_MAX_TEXT];
	size_t used;
	int count;
};

static void lines_flush(struct lines *lines)
{
	if (!lines->used)
		return;
	if (++lines->count <= LINES_MAX)
		say("| %.*s", (int)lines->used, lines->text);
	else if (lines->count == LINES_MAX + 1)
		say("| (the rest of what it prints is not shown)");
	lines->used = 0;
}

static void lines_add(void *arg, const char *data, size_t size)
{
	struct lines *lines = arg;
	size_t i;

	for (i = 0; i < size; i++) {
		if (data[i] == '\n') {
			lines_flush(lines);
			continue;
		}
		if (lines->used == sizeof(lines->text))
			lines_flush(lines);
		lines->text[lines->used++] =
			data[i] >= ' ' && data[i] != 0x7f ? data[i] : '?';
	}
}

static void test_run(const char *name, double timeout, char **envp, char **argv)
{
	struct lines lines = { .used = 0 };
	struct job job = {
		.argv = argv,
		.envp = envp,
		.timeout = timeout,
		.grace = 2,
		.output_max = OUTPUT_MAX,
		.output = lines_add,
		.output_arg = &lines,
	};
	struct outcome out;
	int err;

	say("begin %s", name);
	mount_try("tmp", "/tmp", "tmpfs", "mode=1777");
	if (chdir("/tmp"))
		say("note cannot enter /tmp: %s", strerror(errno));
	err = job_run(&job, &out);
	lines_flush(&lines);
	if (chdir("/") || umount2("/tmp", MNT_DETACH))
		say("note cannot leave /tmp: %s", strerror(errno));
	if (err)
		say("note %s: %s", name, strerror(-err));
	if (out.left)
		say("left %s", out.left_names);
	say("end %s %.3f %s", name, out.seconds,
	    err ? "error" : job_end_text(&out));
}

/* One line of the list. */
static void list_line(char *line)
{
	char *env[WORDS_MAX + 8] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin",
				     "HOME=/tmp", "TMPDIR=/tmp", "TERM=dumb" };
	char *words[WORDS_MAX + 1], *save, *word;
	int count = 0, first = 2, envs = 4;

	for (word = strtok_r(line, "\t\n", &save); word && count < WORDS_MAX;
	     word = strtok_r(NULL, "\t\n", &save))
		words[count++] = word;
	words[count] = NULL;
	while (first < count && words[first][0] != '/')
		env[envs++] = words[first++];
	env[envs] = NULL;
	if (first >= count) {
		say("note a line of /tests/list names no program");
		return;
	}
	test_run(words[0], atof(words[1]), env, words + first);
}

static void list_run(void)
{
	char *line = NULL;
	size_t room = 0;
	FILE *file = fopen("/tests/list", "re");

	if (!file) {
		say("note no /tests/list: %s", strerror(errno));
		return;
	}
	while (getline(&line, &room, file) > 0)
		list_line(line);
	free(line);
	fclose(file);
	say("done");
}

static void exitcode_set(void)
{
	int fd = open("/proc/exitcode", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, EXITCODE_DONE, strlen(EXITCODE_DONE)) < 0)
		say("note /proc/exitcode: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
}

int main(void)
{
	setup_files();
	setup_mounts();
	say_boot();
	list_run();
	exitcode_set();
	sync();
	if (reboot(RB_POWER_OFF))
		say("note cannot power off: %s", strerror(errno));
	return 1;
}
