// SPDX-License-Identifier: GPL-2.0
/*
 * image_cow.c - COW files: opened with their backing file, made, and brought up
 * to date; and their bitmap, read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uml/cow_format.h>
#include "image_parts.h"

#define BLOCK 4096U		/* of bitmap reads: fits all that O_DIRECT can want */

/* one caller at a time, see uml/disk_image.h */
static struct cow_header header;
static char header_bytes[COW_HEADER_MAX];
static char path_buffer[COW_PATH_MAX];

/* Write the header to the COW file, for good. 0, or -errno and why. */
static int header_write(struct opening *o)
{
	int fd = o->image->data.fd, len = cow_header_build(&header, header_bytes);
	long n;

	if (len < 0)
		return image_fail(o, len, "%s: the path of its backing file does not fit a V%d header: %s",
				  o->want->file, header.version, header.path);
	n = image_write(fd, header_bytes, len, 0);
	if (n >= 0 && fdatasync(fd) < 0)
		n = -errno;
	if (n < 0)
		return image_fail(o, n, "%s: header can't be written: %s", o->want->file,
				  strerror(-n));
	return 0;
}

/* What the header says about places, into the image */
static void places_set(struct disk_image *image)
{
	if (image->sector < header.sector)
		image->sector = header.sector;
	image->cow_sector = header.sector;
	/* up to 8 COW sectors: there is a bit for each in the bitmap's last byte */
	image->size = image_round_up(header.size, image->sector);
	image->bitmap_offset = header.bitmap_offset;
	image->bitmap_size = header.bitmap_size;
	image->bitmap_stored = header.bitmap_stored;
	image->data_offset = header.data_offset;
}

/* Is the file as long as its header says? 0, or -EINVAL and why. */
static int length_check(struct opening *o, uint64_t file_size)
{
	struct disk_image *image = o->image;
	uint64_t need = image->bitmap_offset + image->bitmap_stored;

	/* data that was never written need not be there, but on a device it must fit */
	if (image->data.block_device)
		need = image->data_offset + image->size;
	if (file_size >= need)
		return 0;
	return image_fail(o, -EINVAL, "%s: cut off: the COW file has %llu bytes and needs %llu",
			  o->want->file, (unsigned long long)file_size,
			  (unsigned long long)need);
}

/* V1 and V2 files whose bitmap is a byte too short */
static void short_bitmap_check(struct opening *o)
{
	struct disk_image *image = o->image;
	unsigned int sectors = (header.size + header.sector - 1) / header.sector % 8;

	if (header.version > 2 || !sectors)
		return;
	if (image->bitmap_stored == image->bitmap_size) {
		image_notice(o, "%s: a V%d COW file has no bits of its own for the last %u sectors; they are kept behind the bitmap, and uml_moo would merge those sectors wrongly",
			     o->want->file, header.version, sectors);
		return;
	}
	image->read_only = 1;
	image_notice(o, "%s: this V%d COW file has no room to mark the last %u sectors as changed, so the disk is read-only; copy it to another one",
		     o->want->file, header.version, sectors);
}

/* Is the open backing file the one that the COW file was made for? */
static int backing_matches(const struct disk_image *image, const struct stat *st)
{
	if (image->backing_size != header.size)
		return 0;
	/* the node of a block device has a time that means nothing */
	return image->backing.block_device || (uint32_t)st->st_mtime == header.mtime;
}

/* -ESTALE and why: both numbers, and how to go on. */
static int mismatch_fail(struct opening *o, const struct stat *st)
{
	struct disk_image *image = o->image;
	const char *file = o->want->file, *path = image->backing_path;

	if (image->backing_size != header.size)
		return image_fail(o, -ESTALE, "%s: its backing file %s has %llu bytes, it had %llu when the COW file was made; %s.backing=force takes it all the same",
				  file, path, (unsigned long long)image->backing_size,
				  (unsigned long long)header.size, image_name(o));
	return image_fail(o, -ESTALE, "%s: its backing file %s was modified at %lld, it had %u when the COW file was made; if its contents are the same: %s.backing=force, or touch -d @%u %s",
			  file, path, (long long)st->st_mtime, header.mtime, image_name(o),
			  header.mtime, path);
}

/* Is the open backing file also the one that the header names? */
static int path_is_same(struct opening *o, const struct stat *st)
{
	struct stat named;

	if (image_path_from_header(o, header.path, path_buffer))
		return 0;
	return stat(path_buffer, &named) == 0 && named.st_dev == st->st_dev &&
	       named.st_ino == st->st_ino;
}

/* The header is to name the open backing file, and its time. 0, or -errno and why. */
static int header_update(struct opening *o, const struct stat *st, int other_path)
{
	struct disk_image *image = o->image;
	int err;

	if (other_path) {
		err = image_path_for_header(image->backing_path, path_buffer);
		if (err)
			return image_fail(o, err, "%s: the path of %s can't be made absolute: %s",
					  o->want->file, image->backing_path,
					  strerror(-err));
		memcpy(header.path, path_buffer, strlen(path_buffer) + 1);
	}
	header.mtime = st->st_mtime;
	if (image->read_only)
		return 0;
	return header_write(o);
}

/* Open the backing file of the COW file whose header was read. */
static int backing_find(struct opening *o)
{
	const struct image_request *want = o->want;
	int other_path, err = 0, matches;
	const char *path = want->backing;
	struct stat st;

	if (!path) {
		err = image_path_from_header(o, header.path, path_buffer);
		path = path_buffer;
	}
	if (err)
		return image_fail(o, err, "%s: the path of its backing file is too long: %s",
				  want->file, header.path);
	err = image_backing_open(o, path, &st);
	if (err)
		return err;
	matches = backing_matches(o->image, &st);
	if (!matches && !want->force_backing)
		return mismatch_fail(o, &st);
	other_path = want->backing && !path_is_same(o, &st);
	if (matches && !other_path)
		return 0;
	err = header_update(o, &st, other_path);
	if (!err && other_path)
		image_notice(o, "%s: its backing file is %s from now on", want->file,
			     o->image->backing_path);
	if (!err && !matches)
		image_notice(o, "%s: backing file %s is not what the COW file was made for, taken all the same (backing=force)",
			     want->file, o->image->backing_path);
	return err;
}

int image_cow_open(struct opening *o, uint64_t file_size)
{
	struct disk_image *image = o->image;
	const char *file = o->want->file;
	char reason[80];
	long n;
	int err;

	n = image_read(image->data.fd, header_bytes, sizeof(header_bytes), 0);
	if (n < 0)
		return image_fail(o, n, "%s: %s", file, strerror(-n));
	err = cow_header_parse(header_bytes, n, &header, reason, sizeof(reason));
	if (err == -ENOENT && o->want->backing)
		return image_fail(o, -EINVAL, "%s: is no COW file, so it can't have the backing file %s; a COW file is made if there is no file of that name",
				  file, o->want->backing);
	if (err == -ENOENT)
		return 1;
	if (err)
		return image_fail(o, err, "%s: bad header of a COW file: %s; if it is a raw image, add the flag d",
				  file, reason);
	places_set(image);
	err = length_check(o, file_size);
	if (!err)
		err = backing_find(o);
	if (!err)
		short_bitmap_check(o);
	return err;
}

/* A name in a folder is safe once the folder is written. 0 or -errno. */
static int folder_sync(const char *file, int file_fd)
{
	int fd = image_folder_open(file, O_RDONLY | O_DIRECTORY), err = 0;

	if (fd == -ENAMETOOLONG)
		return fd;
	/* a folder that may not be listed; some file systems can't sync folders */
	if (fd < 0 || fsync(fd) < 0)
		err = syncfs(file_fd) < 0 ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

/*
 * A new file, without a name if the host's file system can: nobody meets it half made,
 * and if this process is killed nothing is left. A descriptor or -errno.
 */
static int new_open(const struct image_request *want, int *unnamed)
{
	int flags = O_RDWR | (want->sync ? O_SYNC : 0), fd = -1;

	if (access("/proc/self/fd", F_OK) == 0)
		fd = image_folder_open(want->file, flags | O_TMPFILE);
	*unnamed = fd >= 0;
	if (fd < 0)
		fd = open(want->file, flags | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

/* 0 or -errno; -EEXIST: somebody else made one */
static int new_name(int fd, const char *file)
{
	char link[FD_LINK_SIZE];

	image_fd_link(fd, link);
	return linkat(AT_FDCWD, link, AT_FDCWD, file, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

/* The new file is open. The header goes in last: until then it is no COW file.
 * 0, or -errno and why. */
static int cow_fill(struct opening *o, const struct stat *backing, int unnamed)
{
	struct disk_image *image = o->image;
	const char *file = o->want->file;
	int err;

	err = image_path_for_header(o->want->backing, path_buffer);
	if (!err)
		err = cow_header_new(&header, path_buffer, image->backing_size,
				     backing->st_mtime);
	if (err)
		return image_fail(o, err, "%s: no COW file of %s can be made: %s", file,
				  o->want->backing, strerror(-err));
	places_set(image);
	if (ftruncate(image->data.fd, image->data_offset + header.size) < 0 ||
	    fsync(image->data.fd) < 0)
		return image_fail(o, -errno, "%s: can't be made: %s", file, strerror(errno));
	err = header_write(o);
	if (err)
		return err;
	err = unnamed ? new_name(image->data.fd, file) : 0;
	if (err)
		return image_fail(o, err, "%s: can't be made: %s", file, strerror(-err));
	err = folder_sync(file, image->data.fd);
	if (err)
		return image_fail(o, err, "%s: its folder can't be written: %s", file,
				  strerror(-err));
	return 0;
}

/* The backing file is open. A whole new COW file, or none. 0, or -errno and why. */
static int cow_make(struct opening *o, const struct stat *backing)
{
	const struct image_request *want = o->want;
	int fd, unnamed, err = 0;

	fd = new_open(want, &unnamed);
	if (fd < 0)
		return image_fail(o, fd, "%s: can't be made: %s", want->file, strerror(-fd));
	o->image->data.fd = fd;
	/* nobody else can have a file without a name */
	if (!unnamed && !want->shared)
		err = image_lock(o, fd, want->file, 1);
	if (!err)
		err = cow_fill(o, backing, unnamed);
	/* half made; without it the next try begins anew */
	if (err && !unnamed && unlink(want->file) < 0)
		image_notice(o, "it can't be removed: %s", strerror(errno));
	return err;
}

/* All is closed again: opened by its name, it shows that name in the host's /proc. */
int image_cow_create(struct opening *o)
{
	struct disk_image *image = o->image;
	struct stat st;
	int err;

	if (o->want->read_only)
		return image_fail(o, -ENOENT, "%s: does not exist, and none is made for a read-only disk",
				  o->want->file);
	err = image_backing_open(o, o->want->backing, &st);
	if (!err)
		err = cow_make(o, &st);
	image_close(image);
	image->created = !err;
	return err;
}

/* From offset to end of the file: where is data? 0: from *offset to *stop; -ENXIO: nowhere. */
static int data_find(int fd, uint64_t *offset, uint64_t *stop)
{
	off_t from, to;

	from = lseek(fd, *offset, SEEK_DATA);
	if (from < 0 && errno == ENXIO)
		return -ENXIO;
	if (from < 0)	/* no file with holes */
		return 0;
	*offset = from;
	to = lseek(fd, from, SEEK_HOLE);
	if (to > 0 && (uint64_t)to < *stop)
		*stop = to;
	return 0;
}

long image_bitmap_next(const struct disk_image *image, uint64_t *offset, void *buf,
		       size_t len)
{
	static char block[16 * BLOCK] __attribute__((aligned(BLOCK)));
	uint64_t at = image->bitmap_offset + *offset, start;
	uint64_t stop = image->bitmap_offset + image->bitmap_stored;
	ssize_t n;

	if (at >= stop || data_find(image->data.fd, &at, &stop) || at >= stop)
		return 0;
	*offset = at - image->bitmap_offset;
	start = at & ~((uint64_t)BLOCK - 1);
	do {
		n = pread(image->data.fd, block, sizeof(block), start);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	n -= at - start;
	if (n <= 0)
		return -EIO;	/* the file is shorter than it was */
	if ((uint64_t)n > stop - at)
		n = stop - at;
	if ((size_t)n > len)
		n = len;
	memcpy(buf, block + (at - start), n);
	return n;
}
