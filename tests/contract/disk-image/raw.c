// SPDX-License-Identifier: GPL-2.0
/* raw.c - images without COW, and what is no image. */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "image_test.h"

static void descriptor_check(int fd, int flags)
{
	int have = CHECK_SYS(fcntl(fd, F_GETFL));

	CHECK(CHECK_SYS(fcntl(fd, F_GETFD)) & FD_CLOEXEC, "not O_CLOEXEC");
	CHECK((have & (O_ACCMODE | O_SYNC)) == flags, "flags %#x instead of %#x", have, flags);
}

void case_raw(void)
{
	static const uint32_t sectors[] = { 512, 1024, 2048, 4096 };

	file_make("raw", 10001, 1);
	for (int i = 0; i < 4; i++) {
		OPENS(.file = "raw", .sector = sectors[i]);
		CHECK(image.size == (10001 + sectors[i] - 1) / sectors[i] * sectors[i],
		      "%llu bytes", (unsigned long long)image.size);
		CHECK(image.sector == sectors[i], "sector %u", image.sector);
		CHECK(!image.cow_sector && !image.read_only && !image.created &&
		      image.backing.fd == -1, "not a plain disk");
		descriptor_check(image.data.fd, O_RDWR);
		image_close(&image);
		CHECK(image.data.fd == -1, "open after close");
	}
	OPENS(.file = "raw", .sync = 1);
	descriptor_check(image.data.fd, O_RDWR | O_SYNC);
	image_close(&image);
	REFUSED(EINVAL, "raw|sector size|513", .file = "raw", .sector = 513);
	REFUSED(EINVAL, "raw|8192", .file = "raw", .sector = 8192);
	REFUSED(EINVAL, "ubd7=FILE", .file = "");
	REFUSED(EINVAL, "ubd7=FILE", .file = NULL);
	REFUSED(EINVAL, "raw|flag d|base", .file = "raw", .backing = "base", .raw = 1);
	/* not one byte of it was changed */
	file_make("same", 10001, 1);
	CHECK(run((const char *[]){ "cmp", "raw", "same", NULL }) == 0, "it was written to");
}

void case_kinds(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd = CHECK_SYS(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));

	CHECK_SYS(bind(fd, (struct sockaddr *)&name, sizeof(name)));
	CHECK_SYS(close(fd));
	CHECK_SYS(mkdir("folder", 0755));
	CHECK_SYS(mkfifo("fifo", 0644));
	CHECK_SYS(symlink("nowhere", "link"));
	CHECK_SYS(symlink("raw", "good-link"));
	file_make("empty", 0, 0);
	file_make("raw", 512, 1);
	REFUSED(EISDIR, "folder: is a folder", .file = "folder");
	REFUSED(EINVAL, "fifo: is a fifo", .file = "fifo");
	REFUSED(EINVAL, "fifo: is a fifo", .file = "fifo", .read_only = 1);
	REFUSED(EINVAL, "socket: is a socket", .file = "socket");
	REFUSED(EINVAL, "/dev/null: is a character device", .file = "/dev/null");
	REFUSED(EINVAL, "empty: is empty|truncate", .file = "empty");
	REFUSED(ENOENT, "missing: No such file", .file = "missing");
	REFUSED(ENOENT, "missing: No such file", .file = "missing", .read_only = 1);
	REFUSED(ENOENT, "link: No such file", .file = "link");
	REFUSED(ENOTDIR, "raw/x: Not a directory", .file = "raw/x");
	OPENS(.file = "good-link");
	image_close(&image);
	/* the same of backing files, and no COW file is left behind */
	REFUSED(EISDIR, "folder: is a folder", .file = "new", .backing = "folder");
	REFUSED(EINVAL, "fifo: is a fifo", .file = "new", .backing = "fifo");
	REFUSED(EINVAL, "empty: is empty", .file = "new", .backing = "empty");
	REFUSED(ENOENT, "missing: No such file", .file = "new", .backing = "missing");
	CHECK(access("new", F_OK) < 0, "a COW file was made");
}

/* Root may write to everything, so be somebody else for this. */
static void read_only_check(void)
{
	if (geteuid() == 0)
		CHECK_SYS(seteuid(65534));
	NOTICED("raw: Permission denied for writing, so the disk is read-only", .file = "raw");
	CHECK(image.read_only, "not read-only");
	descriptor_check(image.data.fd, O_RDONLY);
	image_close(&image);
	OPENS(.file = "raw", .read_only = 1);
	image_close(&image);
	/* its backing file is opened by its whole path, which may be closed to others */
	if (euidaccess(here("raw"), R_OK) == 0) {
		NOTICED("cow: Permission denied for writing", .file = "cow");
		CHECK(image.read_only && image.cow_sector == 512, "not a read-only COW disk");
		descriptor_check(image.backing.fd, O_RDONLY);
		image_close(&image);
	} else {
		NOTE("a COW file that may not be written to: this folder is closed to others");
	}
	REFUSED(EACCES, "secret: Permission denied", .file = "secret");
	REFUSED(EACCES, "new: can't be made: Permission denied", .file = "new", .backing = "raw");
	if (getuid() == 0)
		CHECK_SYS(seteuid(0));
}

void case_read_only(void)
{
	struct cow_bytes header;

	file_make("raw", 8192, 1);
	OPENS(.file = "raw", .read_only = 1);
	CHECK(image.read_only, "not read-only");
	descriptor_check(image.data.fd, O_RDONLY);
	image_close(&image);
	header = cow_of("raw");
	cow_make("cow", &header, NONE);
	OPENS(.file = "cow", .read_only = 1);
	CHECK(image.read_only, "not read-only");
	descriptor_check(image.data.fd, O_RDONLY);
	descriptor_check(image.backing.fd, O_RDONLY);
	image_close(&image);
	REFUSED(ENOENT, "new: does not exist|read-only", .file = "new", .backing = "raw", .read_only = 1);
	file_make("secret", 512, 1);
	CHECK_SYS(chmod("raw", 0444));
	CHECK_SYS(chmod("cow", 0444));
	CHECK_SYS(chmod("secret", 0));
	CHECK_SYS(chmod(".", 0555));
	read_only_check();
	CHECK_SYS(chmod(".", 0755));
}

void case_resize(void)
{
	uint64_t size;

	file_make("raw", 8192, 1);
	OPENS(.file = "raw", .sector = 4096);
	CHECK(image_size_now(&image, &size) == 0 && size == 8192, "%llu", (unsigned long long)size);
	CHECK_SYS(truncate("raw", 100000));
	CHECK(image_size_now(&image, &size) == 0 && size == 102400, "%llu", (unsigned long long)size);
	CHECK_SYS(truncate("raw", 4096));
	CHECK(image_size_now(&image, &size) == 0 && size == 4096, "%llu", (unsigned long long)size);
	image_close(&image);
	file_make("base", 20480, 1);
	OPENS(.file = "cow", .backing = "base");
	CHECK_SYS(truncate("cow", 1000000));
	CHECK(image_size_now(&image, &size) == 0 && size == 20480, "COW: %llu", (unsigned long long)size);
	image_close(&image);
}
