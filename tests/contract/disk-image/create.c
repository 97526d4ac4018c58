// SPDX-License-Identifier: GPL-2.0
/* create.c - new COW files: what is in them, and that there is a whole one or none. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uml/cow_format.h>
#include "image_test.h"

/* Whenever a new file is synced: has its name a COW file, if it is there? */
static const char *new_name;
static int new_syncs;

static void new_check(void)
{
	char start[8];

	if (!new_name)
		return;
	new_syncs++;
	if (access(new_name, F_OK) == 0) {
		file_read(new_name, 0, (uint8_t *)start, sizeof(start));
		CHECK(cow_header_is(start, sizeof(start)), "half made under its name");
	}
}

/* If this is set, somebody else's COW file gets the name just before ours does. */
static const char *other_name;

static void other_make(void)
{
	struct cow_bytes header;

	if (!other_name)
		return;
	header = cow_of("base");
	cow_make(other_name, &header, NONE);
}

/* These are in place of libc's. With no_proc new files can't be made without a name. */
static int no_proc;

int access(const char *path, int mode)
{
	if (no_proc && !strcmp(path, "/proc/self/fd")) {
		other_make();
		errno = ENOENT;
		return -1;
	}
	return faccessat(AT_FDCWD, path, mode, 0);
}

int linkat(int from, const char *old, int to, const char *new, int flags)
{
	other_make();
	return syscall(SYS_linkat, from, old, to, new, flags);
}

int fsync(int fd)
{
	new_check();
	return syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	new_check();
	return syscall(SYS_fdatasync, fd);
}

/* What the host's tools (lsof, fuser) say that the disk is */
static void fd_name_check(const char *name)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", image.data.fd);
	n = readlink(link, path, sizeof(path) - 1);
	CHECK(n > 0, "%s: %s", link, strerror(errno));
	path[n > 0 ? n : 0] = 0;
	CHECK(!strcmp(path, here(name)), "the open file is called %s", path);
}

void case_create(void)
{
	uint8_t bytes[BYTES_MAX], wanted[BYTES_MAX];
	struct cow_bytes header;
	struct stat st;
	size_t len;

	for (int extra = 0; extra < 8 * 512; extra += 511) {
		file_make("base", 30000 + extra, 1);
		file_age("base", 1234567890);
		header = cow_of("base");
		no_proc = extra & 1;
		OPENS(.file = "cow", .backing = "base", .sync = extra == 511);
		no_proc = 0;
		CHECK(image.created && !image.read_only, "not made");
		fd_name_check("cow");
		CHECK(image.backing_size == header.size && !strcmp(image.backing_path, "base"), "backing file");
		places_check(&header);
		image_close(&image);
		header.path = here("base");
		len = cow_bytes_make(&header, wanted);
		file_read("cow", 0, bytes, len);
		CHECK(!memcmp(bytes, wanted, len), "another header");
		CHECK(file_size("cow") == cow_bytes_places(&header).data + header.size, "%llu bytes",
		      (unsigned long long)file_size("cow"));
		CHECK_SYS(stat("cow", &st));
		CHECK(st.st_blocks * 512 <= 16384, "not sparse");
		OPENS(.file = "cow");
		CHECK(!image.created, "made again");
		places_check(&header);
		image_close(&image);
		OPENS(.file = "cow", .backing = "base");
		CHECK(!image.created, "made again");
		image_close(&image);
		CHECK_SYS(unlink("cow"));
	}
	/* with the flag d it is just an image */
	OPENS(.file = "cow", .backing = "base");
	image_close(&image);
	OPENS(.file = "cow", .raw = 1);
	CHECK(!image.cow_sector && image.size > 30000, "not raw");
	image_close(&image);
	REFUSED(EINVAL, "cow: is a COW file itself", .file = "new", .backing = "cow");
	REFUSED(EINVAL, "base: is no COW file|base", .file = "base", .backing = "base");
	REFUSED(EINVAL, "cow: is a COW file itself", .file = "cow", .backing = "cow", .force_backing = 1, .shared = 1);
}

/* Killed at any moment, it leaves a COW file or none. */
void case_create_killed(void)
{
	int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0) {
		printf("create-killed: this file system has no O_TMPFILE\n");
		return;
	}
	CHECK_SYS(close(fd));
	file_make("base", 1 << 20, 0);
	new_name = "cow";
	OPENS(.file = "cow", .backing = "base");
	new_name = NULL;
	CHECK(image.created && new_syncs >= 3, "%d syncs", new_syncs);
	image_close(&image);
}

/* Two make the same file at once: the second opens that of the first. */
void case_create_race(void)
{
	file_make("base", 1 << 20, 0);
	for (no_proc = 0; no_proc < 2; no_proc++) {
		other_name = "cow";
		OPENS(.file = "cow", .backing = "base");
		other_name = NULL;
		CHECK(!image.created, "made over another one");
		fd_name_check("cow");
		image_close(&image);
		CHECK_SYS(unlink("cow"));
	}
	no_proc = 0;
}

/* Whatever fails, there is no half-made file. */
void case_create_fails(void)
{
	struct rlimit limit, small;

	file_make("base", 1 << 20, 0);
	CHECK_SYS(symlink("nowhere", "link"));
	REFUSED(ENOENT, "none/cow: can't be made", .file = "none/cow", .backing = "base");
	REFUSED(EEXIST, "link: can't be made", .file = "link", .backing = "base");
	/* the host lets no file become that long */
	CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR, "signal");
	CHECK_SYS(getrlimit(RLIMIT_FSIZE, &limit));
	small = limit;
	small.rlim_cur = 100000;
	for (no_proc = 0; no_proc < 2; no_proc++) {
		CHECK_SYS(setrlimit(RLIMIT_FSIZE, &small));
		REFUSED(EFBIG, "cow: can't be made: File too large", .file = "cow", .backing = "base");
		CHECK_SYS(setrlimit(RLIMIT_FSIZE, &limit));
		CHECK(access("cow", F_OK) < 0, "it was left behind");
	}
	no_proc = 0;
	OPENS(.file = "cow", .backing = "base");
	image_close(&image);
}
