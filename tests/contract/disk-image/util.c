// SPDX-License-Identifier: GPL-2.0
/* util.c - files, children and words for the cases of disk-image. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "image_test.h"

struct disk_image image;
char why[IMAGE_WHY_SIZE];

#define CHILDREN 4
static int ready[2], end[2];	/* of the child that is started */
static int to_end[CHILDREN], children;

int open_image(struct image_request want)
{
	if (!want.sector)
		want.sector = 512;
	memset(why, 'x', sizeof(why));
	memset(&image, 0xee, sizeof(image));
	return image_open(&want, &image, why, sizeof(why));
}

void words_check(const char *words, const char *file, int line)
{
	char copy[512], *rest = copy, *word;

	CHECK(strlen(words) < sizeof(copy), "too many words");
	strcpy(copy, words);
	while ((word = strsep(&rest, "|")))
		if (!strstr(why, word) || strchr(why, '\n'))
			check_end(file, line, TEST_FAILED, "no \"%s\" in one line: %s", word, why);
}

void file_write(const char *name, uint64_t offset, const void *buf, size_t len)
{
	int fd = CHECK_SYS(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));

	CHECK(pwrite(fd, buf, len, offset) == (ssize_t)len, "%s", name);
	CHECK_SYS(close(fd));
}

void file_read(const char *name, uint64_t offset, void *buf, size_t len)
{
	int fd = CHECK_SYS(open(name, O_RDONLY | O_CLOEXEC));
	ssize_t n = CHECK_SYS(pread(fd, buf, len, offset));

	CHECK(n == (ssize_t)len, "%s: %zd bytes", name, n);
	CHECK_SYS(close(fd));
}

void file_make(const char *name, uint64_t size, unsigned int seed)
{
	int fd = CHECK_SYS(open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
	unsigned int state = seed;
	uint8_t *bytes;

	CHECK_SYS(ftruncate(fd, size));
	CHECK_SYS(close(fd));
	if (!seed)
		return;
	bytes = malloc(size);
	for (uint64_t i = 0; i < size; i++) {
		state = state * 1103515245 + 12345;
		bytes[i] = state >> 16;
	}
	file_write(name, 0, bytes, size);
	free(bytes);
}

static struct stat status(const char *name)
{
	struct stat st;

	CHECK_SYS(stat(name, &st));
	return st;
}

uint64_t file_size(const char *name)
{
	return status(name).st_size;
}

uint32_t file_mtime(const char *name)
{
	return status(name).st_mtime;
}

void file_age(const char *name, uint32_t mtime)
{
	struct timespec times[2] = { { mtime, 0 }, { mtime, 0 } };

	CHECK_SYS(utimensat(AT_FDCWD, name, times, 0));
}

const char *here(const char *name)
{
	static char path[2 * PATH_MAX];
	char *cwd = getcwd(NULL, 0);

	CHECK(cwd, "getcwd");
	snprintf(path, sizeof(path), "%s/%s", cwd, name);
	free(cwd);
	return path;
}

struct cow_bytes cow_of(const char *backing)
{
	struct cow_bytes c = {
		.version = V3, .big_endian = 1, .path = backing, .mtime = file_mtime(backing),
		.size = file_size(backing), .sector = 512, .align = 4096,
	};

	return c;
}

void cow_make(const char *name, const struct cow_bytes *header, const int *bits)
{
	struct cow_places at = cow_bytes_places(header);
	uint8_t bytes[BYTES_MAX], bit;
	size_t len = cow_bytes_make(header, bytes);

	file_make(name, at.data + header->size, 0);
	file_write(name, 0, bytes, len);
	for (; *bits >= 0; bits++) {
		file_read(name, at.bitmap + *bits / 8, &bit, 1);
		bit |= 1 << (*bits % 8);
		file_write(name, at.bitmap + *bits / 8, &bit, 1);
	}
}

int run(const char *const *argv)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = CHECK_SYS(fork());
	if (!pid) {
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	CHECK_SYS(waitpid(pid, &status, 0));
	CHECK(WIFEXITED(status), "%s: status %#x", argv[0], status);
	return WEXITSTATUS(status);
}

/* In the child: the file is locked now. Returns when the parent has seen it. */
void child_ready(void)
{
	char c = 1;

	CHECK(write(ready[1], &c, 1) == 1, "pipe");
	CHECK(read(end[0], &c, 1) == 0, "pipe");
}

pid_t child_start(void (*body)(void *), void *data)
{
	pid_t pid;
	char c;

	CHECK_SYS(pipe2(ready, O_CLOEXEC));
	CHECK_SYS(pipe2(end, O_CLOEXEC));
	fflush(stdout);
	pid = CHECK_SYS(fork());
	if (!pid) {
		CHECK_SYS(prctl(PR_SET_PDEATHSIG, SIGKILL));
		close(end[1]);
		body(data);
		fflush(stdout);
		_exit(0);
	}
	close(ready[1]);
	close(end[0]);
	CHECK(read(ready[0], &c, 1) == 1, "the child is not ready");
	close(ready[0]);
	CHECK(children < CHILDREN, "too many children");
	to_end[children++] = end[1];
	return pid;
}

static int child_wait(pid_t pid)
{
	int status;

	close(to_end[--children]);
	CHECK_SYS(waitpid(pid, &status, 0));
	return status;
}

void child_end(pid_t pid)
{
	int status = child_wait(pid);

	CHECK(status == 0, "the child: %#x", status);
}

void child_kill(pid_t pid)
{
	int status;

	CHECK_SYS(kill(pid, SIGKILL));
	status = child_wait(pid);
	CHECK(WIFSIGNALED(status), "the child: %#x", status);
}
