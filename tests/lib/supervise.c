// SPDX-License-Identifier: GPL-2.0
/*
 * supervise - run one test on a host.
 *
 *   supervise -o LOG -r REPORT -t SECONDS [-i IDLE] [-g GRACE] PROGRAM ARGS...
 *
 * What PROGRAM prints goes to LOG, how it ended to REPORT:
 *
 *   end exit 0 | signal N | timeout | idle | flood | stopped
 *   seconds 1.234
 *   left name(pid) name(pid)	only if processes outlived it
 *
 * When the one who started us dies, everything below us dies too. Static, so
 * that the same binary works in an emulated host.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "job.h"

#define LOG_MAX (32u << 20)

static const char *log_path, *report_path;
static struct job job = { .grace = 2, .output_max = LOG_MAX };

static void usage(void)
{
	fprintf(stderr, "usage: supervise -o LOG -r REPORT -t SECONDS "
			"[-i IDLE] [-g GRACE] PROGRAM ARGS...\n");
	exit(2);
}

static void args_read(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "+o:r:t:i:g:")) != -1) {
		switch (opt) {
		case 'o':
			log_path = optarg;
			break;
		case 'r':
			report_path = optarg;
			break;
		case 't':
			job.timeout = atof(optarg);
			break;
		case 'i':
			job.idle = atof(optarg);
			break;
		case 'g':
			job.grace = atof(optarg);
			break;
		default:
			usage();
		}
	}
	if (!log_path || !report_path || job.timeout <= 0 || optind >= argc)
		usage();
	job.argv = argv + optind;
	job.envp = environ;
}

static void log_write(void *arg, const char *data, size_t size)
{
	int fd = *(int *)arg;
	ssize_t n;

	while (size) {
		n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fprintf(stderr, "supervise: %s: %s\n", log_path,
				strerror(errno));
			return;
		}
		data += n;
		size -= n;
	}
}

static int report_write(const struct outcome *out, int err)
{
	FILE *file = fopen(report_path, "we");

	if (!file) {
		fprintf(stderr, "supervise: %s: %s\n", report_path,
			strerror(errno));
		return 1;
	}
	fprintf(file, "end %s\nseconds %.3f\n", job_end_text(out), out->seconds);
	if (out->left)
		fprintf(file, "left %s\n", out->left_names);
	if (err)
		fprintf(file, "error %s\n", strerror(-err));
	if (fclose(file)) {
		fprintf(stderr, "supervise: %s: %s\n", report_path,
			strerror(errno));
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct outcome out;
	int fd, err;

	args_read(argc, argv);
	fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM)) {
		fprintf(stderr, "supervise: %s: %s\n", log_path, strerror(errno));
		return 2;
	}
	job.output = log_write;
	job.output_arg = &fd;
	err = job_run(&job, &out);
	if (report_write(&out, err))
		return 2;
	return err ? 2 : 0;
}
