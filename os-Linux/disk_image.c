// SPDX-License-Identifier: GPL-2.0
/*
 * disk_image.c - the host files behind a disk, see uml/disk_image.h. COW files
 * are in image_cow.c, locks in image_lock.c, direct I/O in image_direct.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <linux/fs.h>
#include <uml/disk_image.h>
#include "image_parts.h"

int image_say(int err, char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buf, size, format, args);
	va_end(args);
	if (n < 0 && size)
		buf[0] = 0;
	return err;
}

void image_notice(struct opening *o, const char *format, ...)
{
	size_t used = strlen(o->why);
	va_list args;
	int n = 0;

	if (used && used + 2 < o->why_size) {
		memcpy(o->why + used, "; ", 3);
		used += 2;
	}
	va_start(args, format);
	n = vsnprintf(o->why + used, o->why_size - used, format, args);
	va_end(args);
	if (n < 0)
		o->why[used] = 0;
}

const char *image_name(const struct opening *o)
{
	return o->want->name ? o->want->name : "ubdN";
}

long image_read(int fd, void *buf, size_t len, uint64_t offset)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pread(fd, (char *)buf + done, len - done, offset + done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += n;
	}
	return done;
}

long image_write(int fd, const void *buf, size_t len, uint64_t offset)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = pwrite(fd, (const char *)buf + done, len - done, offset + done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += n;
	}
	return done;
}

/* Bytes in an open file or block device. 0 or -errno. */
static int size_read(int fd, int block_device, uint64_t *size)
{
	unsigned long long bytes;
	struct stat st;

	if (block_device) {
		if (ioctl(fd, BLKGETSIZE64, &bytes) < 0)
			return -errno;
		*size = bytes;
		return 0;
	}
	if (fstat(fd, &st) < 0)
		return -errno;
	*size = st.st_size;
	return 0;
}

/*
 * The host lets a read-only block device be opened for writing, and fails the
 * writes. 0, -EROFS, or -errno.
 */
static int device_check(int fd, int flags)
{
	int read_only = 0;

	if ((flags & O_ACCMODE) == O_RDONLY)
		return 0;
	if (ioctl(fd, BLKROGET, &read_only) < 0)
		return -errno;
	return read_only ? -EROFS : 0;
}

/* 0 if it is what a disk can be in; else -errno and what it is. */
static int kind_check(mode_t mode, const char **what)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFBLK:
		return 0;
	case S_IFDIR:
		*what = "a folder";
		return -EISDIR;
	case S_IFCHR:
		*what = "a character device";
		break;
	case S_IFIFO:
		*what = "a fifo";
		break;
	case S_IFSOCK:
		*what = "a socket";
		break;
	default:
		*what = "something unknown";
	}
	return -EINVAL;
}

/* 0 or -errno and why: looked at by name first, to open no fifo or tape drive. */
static int kind_check_name(struct opening *o, const char *path)
{
	const char *what = NULL;
	struct stat st;
	int err;

	if (stat(path, &st) < 0)
		return image_fail(o, -errno, "%s: %s", path, strerror(errno));
	err = kind_check(st.st_mode, &what);
	if (err)
		return image_fail(o, err, "%s: is %s, an image file or a block device is wanted",
				  path, what);
	return 0;
}

int image_file_open(struct opening *o, const char *path, int flags,
		    struct image_file *file, struct stat *st, uint64_t *size)
{
	const char *what = NULL;
	int err = kind_check_name(o, path);

	if (err)
		return err;
	file->fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
	if (file->fd < 0)
		return image_fail(o, -errno, "%s: %s", path, strerror(errno));
	if (fstat(file->fd, st) < 0)
		err = -errno;
	else
		err = kind_check(st->st_mode, &what);
	file->block_device = S_ISBLK(st->st_mode);
	file->direct = 0;
	file->mem_align = 1;
	if (!err && file->block_device)
		err = device_check(file->fd, flags);
	if (!err)
		err = size_read(file->fd, file->block_device, size);
	if (err)
		err = image_fail(o, err, "%s: %s", path, strerror(-err));
	else if (!*size)
		err = image_fail(o, -EINVAL, "%s: is empty; give it the size of the disk, such as truncate -s 1G",
				 path);
	if (err)
		image_file_close(file);
	return err;
}

void image_file_close(struct image_file *file)
{
	int fd = file->fd;

	file->fd = -1;
	/* what counts was synced before: an error here is no news to anybody */
	if (fd >= 0)
		close(fd);
}

/* Open what the disk is written to; if it can't be written to, read-only. */
static int data_open(struct opening *o, uint64_t *size)
{
	const char *path = o->want->file;
	int sync = o->want->sync ? O_SYNC : 0;
	struct disk_image *image = o->image;
	struct stat st;
	int refused = 0, err;

	if (!o->want->read_only) {
		err = image_file_open(o, path, O_RDWR | sync, &image->data, &st, size);
		if (err != -EACCES && err != -EROFS && err != -EPERM)
			return err;
		refused = -err;
	}
	image->read_only = 1;
	err = image_file_open(o, path, O_RDONLY, &image->data, &st, size);
	if (err || !refused)
		return err;
	o->why[0] = 0;
	image_notice(o, "%s: %s for writing, so the disk is read-only", path,
		     strerror(refused));
	return 0;
}

/* A COW disk that can be direct has all that it reads and writes aligned. */
static int cow_is_aligned(const struct disk_image *image, uint32_t unit)
{
	return !((image->bitmap_offset | image->data_offset | image->cow_sector) & (unit - 1));
}

/* Try O_DIRECT on one of the files. 0, or -errno with the reason. */
static int direct_try(struct opening *o, struct image_file *file, char *reason, size_t size)
{
	struct disk_image *image = o->image;
	int insist = o->want->cache == IMAGE_CACHE_DIRECT;
	uint32_t unit = image->sector;

	if (image->cow_sector && image->cow_sector < unit)
		unit = image->cow_sector;
	if (image->cow_sector && file == &image->data && !cow_is_aligned(image, unit))
		return image_say(-EINVAL, reason, size,
				 "bitmap and data are not aligned in this COW file");
	return image_direct_set(file, unit, insist, reason, size);
}

static int direct_decide(struct opening *o)
{
	struct disk_image *image = o->image;
	char *reason = image->cache_reason;
	const char *path = o->want->file;
	int err;

	if (o->want->cache == IMAGE_CACHE_HOST)
		return image_say(0, reason, sizeof(image->cache_reason), "cache=host");
	err = direct_try(o, &image->data, reason, sizeof(image->cache_reason));
	if (o->want->cache != IMAGE_CACHE_DIRECT)
		return 0;
	if (!err && image->backing.fd >= 0) {
		path = image->backing_path;
		err = direct_try(o, &image->backing, reason, sizeof(image->cache_reason));
	}
	if (err)
		return image_fail(o, err, "%s: no direct I/O: %s; %s.cache=auto goes through the host's page cache",
				  path, reason, image_name(o));
	return 0;
}

/*
 * What a raw disk is. The end of a block device can't be moved, that of a file can, but
 * not where offsets end.
 */
static uint64_t raw_size(const struct disk_image *image, uint64_t size)
{
	if (image->data.block_device || size > (uint64_t)INT64_MAX - image->sector)
		return size & ~((uint64_t)image->sector - 1);
	return image_round_up(size, image->sector);
}

static int request_check(struct opening *o)
{
	const struct image_request *want = o->want;

	if (!want->file || !*want->file)
		return image_fail(o, -EINVAL, "no file is named; %s=FILE is wanted",
				  image_name(o));
	if (want->sector != 512 && want->sector != 1024 && want->sector != 2048 &&
	    want->sector != 4096)
		return image_fail(o, -EINVAL, "%s: sector size of %u bytes; 512, 1024, 2048 or 4096 is wanted",
				  want->file, want->sector);
	if (want->raw && want->backing)
		return image_fail(o, -EINVAL, "%s: a raw image has no backing file; leave out either the flag d or %s",
				  want->file, want->backing);
	return 0;
}

/* The steps between the checks of the request and the decision about caching. */
static int files_open(struct opening *o)
{
	const struct image_request *want = o->want;
	struct disk_image *image = o->image;
	uint64_t file_size;
	int err;

	err = data_open(o, &file_size);
	if (err == -ENOENT && want->backing) {
		err = image_cow_create(o);
		/* another machine was faster: see its lock */
		if (err == -EEXIST && access(want->file, F_OK) == 0)
			err = 0;
		if (!err) {
			o->why[0] = 0;
			err = data_open(o, &file_size);
		}
	}
	if (!err && !want->shared)
		err = image_lock(o, image->data.fd, want->file, !image->read_only);
	if (err)
		return err;
	if (!want->raw) {
		err = image_cow_open(o, file_size);
		if (err <= 0)
			return err;
	}
	image->size = raw_size(image, file_size);
	if (!image->size)
		return image_fail(o, -EINVAL, "%s: smaller than a sector of %u bytes",
				  want->file, image->sector);
	return 0;
}

/* One line, whatever bytes there are in the path that a header has. */
static void line_clean(char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < ' ' || *line == 0x7f)
			*line = '?';
}

int image_open(const struct image_request *want, struct disk_image *image,
	       char *why, size_t why_size)
{
	struct opening o = { want, image, why, why_size };
	int err;

	memset(image, 0, sizeof(*image));
	image->data.fd = image->backing.fd = -1;
	image->data.mem_align = image->backing.mem_align = 1;
	if (why_size)
		why[0] = 0;
	image->sector = want->sector;
	err = request_check(&o);
	if (!err)
		err = files_open(&o);
	if (!err)
		err = direct_decide(&o);
	if (why_size)
		line_clean(why);
	if (err)
		image_close(image);
	return err;
}

void image_close(struct disk_image *image)
{
	image_file_close(&image->data);
	image_file_close(&image->backing);
}

int image_size_now(const struct disk_image *image, uint64_t *size)
{
	int err;

	*size = image->size;
	if (image->cow_sector)
		return 0;
	err = size_read(image->data.fd, image->data.block_device, size);
	if (!err)
		*size = raw_size(image, *size);
	return err;
}
