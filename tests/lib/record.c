// SPDX-License-Identifier: GPL-2.0
/*
 * record - what a guest program sees directly on this host, for its run inside.
 *
 *   record INITRD NAME SECONDS PROGRAM ARGS... -- COMMAND...
 *
 * PROGRAM runs here; what it prints is added to the initramfs archive INITRD as
 * the file tests/native/NAME. Then COMMAND takes our place, maybe the next record,
 * in the end ./linux. Static, so that it works in an emulated host.
 *
 * Format: "newc" of cpio; archives may follow each other, each padded to 512 bytes
 * (see cpio.py).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "job.h"

#define RECORD_MAX	(256 << 10)
#define ARCHIVE_BLOCK	512

struct text {
	char data[RECORD_MAX];
	size_t used;
};

static void text_add(void *arg, const char *data, size_t size)
{
	struct text *text = arg;

	if (size > RECORD_MAX - text->used)
		size = RECORD_MAX - text->used;
	memcpy(text->data + text->used, data, size);
	text->used += size;
}

static void pad(FILE *file, long to)
{
	while (ftell(file) % to)
		fputc(0, file);
}

static void entry_put(FILE *file, const char *name, unsigned int mode,
		      const char *data, size_t size)
{
	fprintf(file, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		1, mode, 0, 0, 1, 0, (unsigned int)size, 0, 0, 0, 0,
		(unsigned int)strlen(name) + 1, 0);
	fwrite(name, strlen(name) + 1, 1, file);
	pad(file, 4);
	fwrite(data, 1, size, file);
	pad(file, 4);
}

static int archive_add(const char *path, const char *name, const struct text *text)
{
	FILE *file = fopen(path, "r+e");
	char inside[256];
	int bad;

	if (!file)
		return -errno;
	snprintf(inside, sizeof(inside), "tests/native/%s", name);
	if (fseek(file, 0, SEEK_END) < 0) {
		fclose(file);
		return -EIO;
	}
	pad(file, ARCHIVE_BLOCK);
	entry_put(file, inside, S_IFREG | 0644, text->data, text->used);
	entry_put(file, "TRAILER!!!", 0, "", 0);
	pad(file, ARCHIVE_BLOCK);
	bad = ferror(file);
	if (fclose(file) || bad)
		return -EIO;
	return 0;
}

/* The "--" before COMMAND, which becomes the end of PROGRAM's arguments */
static int separator_find(int argc, char **argv)
{
	int i;

	for (i = 5; i < argc - 1; i++)
		if (!strcmp(argv[i], "--"))
			return i;
	return 0;
}

int main(int argc, char **argv)
{
	static struct text text;
	struct job job = {
		.envp = environ, .grace = 2, .output_max = RECORD_MAX,
		.output = text_add, .output_arg = &text,
	};
	int separator = separator_find(argc, argv), err;
	struct outcome out;

	if (!separator) {
		fprintf(stderr, "usage: record INITRD NAME SECONDS PROGRAM ARGS... -- COMMAND...\n");
		return 2;
	}
	argv[separator] = NULL;
	job.timeout = atof(argv[3]);
	job.argv = argv + 4;
	/* for what the program leaves; the attribute would survive the exec below */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		return 2;
	err = job_run(&job, &out);
	if (err || prctl(PR_SET_CHILD_SUBREAPER, 0)) {
		fprintf(stderr, "record: %s: %s\n", argv[4], strerror(err ? -err : errno));
		return 2;
	}
	if (out.end != JOB_EXIT || out.code || out.left) {
		printf("record: %s, directly on the host: %s%s\n%.*s\n", argv[2],
		       job_end_text(&out), out.left ? ", and it left processes" : "",
		       (int)text.used, text.data);
		return 1;
	}
	err = archive_add(argv[1], argv[2], &text);
	if (err) {
		fprintf(stderr, "record: %s: %s\n", argv[1], strerror(-err));
		return 2;
	}
	execv(argv[separator + 1], argv + separator + 1);
	fprintf(stderr, "record: %s: %s\n", argv[separator + 1], strerror(errno));
	return 2;
}
