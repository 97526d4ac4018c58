// SPDX-License-Identifier: GPL-2.0
/* direct.c - direct I/O where it can be, the host's cache where not, and why. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>
#include "image_test.h"

/* What the host really does: a direct read of that size. 0 or errno */
static int direct_read(const char *name, size_t size, uint64_t offset)
{
	int fd = open(name, O_RDONLY | O_DIRECT | O_CLOEXEC), err = 0;
	void *buf;

	if (fd < 0)
		return errno;
	CHECK(posix_memalign(&buf, 4096, 4096) == 0, "memory");
	if (pread(fd, buf, size, offset) < 0)
		err = errno;
	free(buf);
	CHECK_SYS(close(fd));
	return err;
}

int is_direct(const struct image_file *file)
{
	int flags = CHECK_SYS(fcntl(file->fd, F_GETFL));

	CHECK(!!(flags & O_DIRECT) == file->direct, "O_DIRECT is not what is said");
	CHECK(file->mem_align && !(file->mem_align & (file->mem_align - 1)) &&
	      file->mem_align <= 4096 && (file->direct || file->mem_align == 1),
	      "memory aligned to %u", file->mem_align);
	return file->direct;
}

/* It is as was said: the host takes such requests at such addresses. */
void usable_check(const struct image_file *file, uint32_t unit)
{
	static char buf[8192] __attribute__((aligned(4096)));
	char *at = buf + (file->mem_align < 4096 ? file->mem_align : 0);

	CHECK_SYS(pread(file->fd, at, unit, unit));
	CHECK_SYS(pread(file->fd, at, unit, 0));
}

void cached_check(const char *reason)
{
	CHECK(!is_direct(&image.data) && strstr(image.cache_reason, reason) && *image.cache_reason,
	      "direct: %d, reason: %s", image.data.direct, image.cache_reason);
	image_close(&image);
}

/* What tmpfs does, whatever its version, is not asynchronous. */
static void tmpfs_check(void)
{
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct statfs fs;
	char name[32];

	if (fd < 0 || fstatfs(fd, &fs) || fs.f_type != TMPFS_MAGIC) {
		NOTE("no tmpfs at /dev/shm");
	} else {
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		CHECK_SYS(ftruncate(fd, 8192));
		OPENS(.file = name);
		cached_check("tmpfs");
		OPENS(.file = name, .cache = IMAGE_CACHE_HOST);
		cached_check("cache=host");
		REFUSED(EOPNOTSUPP, "no direct I/O: tmpfs|ubd7.cache=auto", .file = name,
			.cache = IMAGE_CACHE_DIRECT);
	}
	if (fd >= 0)
		CHECK_SYS(close(fd));
}

/* COW files that can't be direct although the file system can */
static void cow_check(void)
{
	struct cow_bytes header = cow_of("base");

	OPENS(.file = "new", .backing = "base");
	CHECK(is_direct(&image.data) && !is_direct(&image.backing), "COW file: %s", image.cache_reason);
	usable_check(&image.data, 512);
	image_close(&image);
	OPENS(.file = "new", .cache = IMAGE_CACHE_DIRECT);
	CHECK(is_direct(&image.data) && is_direct(&image.backing), "backing file");
	usable_check(&image.backing, 512);
	image_close(&image);
	OPENS(.file = "new", .cache = IMAGE_CACHE_HOST);
	CHECK(!is_direct(&image.backing), "backing file");
	cached_check("cache=host");
	for (int version = V1; version <= V2; version++) {
		header.version = version;
		cow_make("old", &header, NONE);
		OPENS(.file = "old");
		cached_check("not aligned");
		REFUSED(EINVAL, "old: no direct I/O|not aligned|ubd7.cache=auto", .file = "old",
			.cache = IMAGE_CACHE_DIRECT);
	}
	header.version = V3;
	header.align = 256;
	cow_make("old", &header, NONE);
	OPENS(.file = "old");
	cached_check("not aligned");
	header.align = 512;
	header.sector = 4096;
	cow_make("old", &header, NONE);
	OPENS(.file = "old");
	CHECK(image.sector == 4096, "sector %u", image.sector);
	cached_check("not aligned");
	header.align = 4096;
	cow_make("old", &header, NONE);
	OPENS(.file = "old");
	CHECK(is_direct(&image.data), "sectors of 4096: %s", image.cache_reason);
	usable_check(&image.data, 4096);
	image_close(&image);
}

void case_direct(void)
{
	struct statfs fs;

	tmpfs_check();
	file_make("raw", 8192, 1);
	file_make("base", 8192, 1);
	CHECK_SYS(statfs(".", &fs));
	if (direct_read("raw", 512, 512) || fs.f_type == TMPFS_MAGIC) {
		OPENS(.file = "raw");
		cached_check("");
		NOTE("no direct I/O of 512 bytes in this folder: %s", image.cache_reason);
		return;
	}
	OPENS(.file = "raw");
	CHECK(is_direct(&image.data) && !*image.cache_reason, "raw: %s", image.cache_reason);
	usable_check(&image.data, 512);
	image_close(&image);
	OPENS(.file = "raw", .sector = 4096, .cache = IMAGE_CACHE_DIRECT);
	CHECK(is_direct(&image.data), "raw: %s", image.cache_reason);
	usable_check(&image.data, 4096);
	image_close(&image);
	OPENS(.file = "raw", .cache = IMAGE_CACHE_HOST);
	cached_check("cache=host");
	/* a file that ends in its first sector */
	file_make("short", 100, 1);
	OPENS(.file = "short", .cache = IMAGE_CACHE_DIRECT);
	CHECK(is_direct(&image.data) && image.size == 512, "short");
	image_close(&image);
	cow_check();
}
