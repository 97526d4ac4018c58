// SPDX-License-Identifier: GPL-2.0
/* locks.c - who may open what at the same time, and who is said to have it. */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "image_test.h"

static void cow_open_check(void *name)
{
	OPENS(.file = name);
	image_close(&image);
}

/* In another process */
static void elsewhere(void (*body)(void *), void *data)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = CHECK_SYS(fork());
	if (!pid) {
		image.data.fd = image.backing.fd = -1;
		body(data);
		fflush(stdout);
		_exit(0);
	}
	CHECK_SYS(waitpid(pid, &status, 0));
	CHECK(status == 0, "status %#x", status);
}

static void refused_elsewhere(void *name)
{
	REFUSED(EBUSY, "already in use read-write by process|disk-image)", .file = name);
}

static void readable_elsewhere(void *name)
{
	OPENS(.file = name, .read_only = 1);
	image_close(&image);
	REFUSED(EBUSY, "already in use for reading by process", .file = name);
}

static void close_another(const char *name)
{
	CHECK_SYS(close(CHECK_SYS(open(name, O_RDWR | O_CLOEXEC))));
}

void case_locks(void)
{
	struct disk_image first, second;

	file_make("raw", 4096, 1);
	file_make("base", 4096, 1);
	OPENS(.file = "raw");
	first = image;
	REFUSED(EBUSY, "raw: already in use read-write by another disk of this machine", .file = "raw");
	REFUSED(EBUSY, "raw: already in use read-write", .file = "raw", .read_only = 1);
	REFUSED(EBUSY, "raw: already in use read-write", .file = "new", .backing = "raw");
	CHECK(access("new", F_OK) < 0, "a COW file was made");
	elsewhere(refused_elsewhere, "raw");
	/* a POSIX lock would be gone now */
	close_another("raw");
	elsewhere(refused_elsewhere, "raw");
	OPENS(.file = "raw", .shared = 1);
	image_close(&image);
	elsewhere(refused_elsewhere, "raw");
	image_close(&first);
	elsewhere(cow_open_check, "raw");

	OPENS(.file = "raw", .read_only = 1);
	first = image;
	elsewhere(readable_elsewhere, "raw");
	image_close(&first);

	/* a shared disk locks nothing */
	OPENS(.file = "raw", .shared = 1);
	first = image;
	elsewhere(cow_open_check, "raw");
	image_close(&first);

	/* many have one backing file, nobody writes to it */
	OPENS(.file = "cow1", .backing = "base");
	first = image;
	OPENS(.file = "cow2", .backing = "base");
	second = image;
	elsewhere(readable_elsewhere, "base");
	elsewhere(refused_elsewhere, "cow1");
	elsewhere(refused_elsewhere, "cow2");
	image_close(&first);
	elsewhere(cow_open_check, "cow1");
	elsewhere(readable_elsewhere, "base");
	image_close(&second);
	elsewhere(cow_open_check, "base");
}

/* A process that has the image open */
static void hold_image(void *name)
{
	OPENS(.file = name);
	child_ready();
	image_close(&image);
}

static void hold_shared_backing(void *name)
{
	OPENS(.file = "cow", .backing = name);
	child_ready();
	image_close(&image);
}

/* As stock UML locks what it writes to, and its backing files */
static void hold_posix(void *name, int type)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	int fd = CHECK_SYS(open(name, O_RDWR | O_CLOEXEC));

	CHECK_SYS(fcntl(fd, F_SETLK, &lock));
	child_ready();
	CHECK_SYS(close(fd));
}

static void hold_posix_write(void *name)
{
	hold_posix(name, F_WRLCK);
}

static void hold_posix_read(void *name)
{
	hold_posix(name, F_RDLCK);
}

/* Has the file open too, without a lock, and a lock of that kind on another one */
static void hold_nothing(void *name)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = CHECK_SYS(open("other", O_RDWR | O_CREAT | O_CLOEXEC, 0644)), fd2;

	CHECK_SYS(fcntl(fd, F_OFD_SETLK, &lock));
	fd2 = CHECK_SYS(open(name, O_RDWR | O_CLOEXEC));
	child_ready();
	CHECK_SYS(close(fd));
	CHECK_SYS(close(fd2));
}

static void holder_check(void (*body)(void *), int read_only, const char *how)
{
	char words[128];
	pid_t pid = child_start(body, "raw");

	snprintf(words, sizeof(words), "raw: already in use %s by process %d (|disk-image)", how, pid);
	REFUSED(EBUSY, words, .file = "raw", .read_only = read_only);
	child_end(pid);
	OPENS(.file = "raw");
	image_close(&image);
}

/* Whoever is killed has no lock any more. */
static void killed_check(void)
{
	pid_t pid = child_start(hold_image, "raw");

	REFUSED(EBUSY, "read-write", .file = "raw");
	child_kill(pid);
	OPENS(.file = "raw");
	image_close(&image);
}

void case_lock_holders(void)
{
	pid_t pid;

	file_make("raw", 4096, 1);
	holder_check(hold_image, 0, "read-write");
	holder_check(hold_image, 1, "read-write");
	holder_check(hold_posix_write, 0, "read-write");
	holder_check(hold_posix_write, 1, "read-write");
	holder_check(hold_posix_read, 0, "for reading");
	holder_check(hold_shared_backing, 0, "for reading");
	pid = child_start(hold_posix_read, "raw");
	OPENS(.file = "raw", .read_only = 1);
	image_close(&image);
	child_end(pid);
	killed_check();
	/* another one that merely has it open, with a smaller pid, is not meant */
	pid = child_start(hold_nothing, "raw");
	holder_check(hold_image, 0, "read-write");
	child_end(pid);
}
