/* SPDX-License-Identifier: GPL-2.0 */
/*
 * image_parts.h - what the files behind uml/disk_image.h share.
 */
#ifndef UML_IMAGE_PARTS_H
#define UML_IMAGE_PARTS_H

#include <sys/stat.h>
#include <uml/disk_image.h>

/* One call of image_open() */
struct opening {
	const struct image_request *want;
	struct disk_image *image;
	char *why;
	size_t why_size;
};

/* Put words into buf, and return err. */
extern int image_say(int err, char *buf, size_t size, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same for the one line of an error */
#define image_fail(o, err, ...) image_say(err, (o)->why, (o)->why_size, __VA_ARGS__)
/* Add a notice to why, for the case that nothing fails any more. */
extern void image_notice(struct opening *o, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The disk's name in messages */
extern const char *image_name(const struct opening *o);

/*
 * Open an image: a regular file or a block device, with something in it. flags
 * are added to O_RDONLY or O_RDWR. st is filled in, size in bytes. Sets
 * file->fd and ->block_device. 0, or -errno and why.
 */
extern int image_file_open(struct opening *o, const char *path, int flags,
			   struct image_file *file, struct stat *st, uint64_t *size);
extern void image_file_close(struct image_file *file);

/* pread() and pwrite() of all len bytes; fewer are only read at the end of the
 * file. How many, or -errno. */
extern long image_read(int fd, void *buf, size_t len, uint64_t offset);
extern long image_write(int fd, const void *buf, size_t len, uint64_t offset);

/* align: a power of two */
static inline uint64_t image_round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

/* Lock the whole file for writing, or else for reading. 0, or -errno and why. */
extern int image_lock(struct opening *o, int fd, const char *path, int write);

/*
 * Make the file O_DIRECT if requests of unit bytes at multiples of unit can be
 * direct and asynchronous. 0, or -errno and the reason; then it is as it was.
 */
extern int image_direct_set(struct image_file *file, uint32_t unit, int insist,
			    char *reason, size_t reason_size);

/*
 * The COW file is open and locked: read its header, open its backing file, fill
 * in the image. 1 if it is no COW file; 0; -errno and why.
 */
extern int image_cow_open(struct opening *o, uint64_t file_size);
/* Make a new COW file; nothing of it is open afterwards. 0, or -errno and why:
 * -EEXIST if somebody else made one meanwhile. */
extern int image_cow_create(struct opening *o);
/*
 * image_backing.c: open the folder that the file of this path is in, or with O_TMPFILE
 * a new file there. A descriptor or -errno.
 */
extern int image_folder_open(const char *path, int flags);
/* Where /proc has an open file of this process; out: FD_LINK_SIZE bytes. */
#define FD_LINK_SIZE 32
extern void image_fd_link(int fd, char *out);
/* Open the backing file; st and size are its. */
extern int image_backing_open(struct opening *o, const char *path, struct stat *st);
/* The path that a header's path stands for; out: COW_PATH_MAX bytes. */
extern int image_path_from_header(struct opening *o, const char *path, char *out);
/* The path to put into a header; out: COW_PATH_MAX bytes. */
extern int image_path_for_header(const char *path, char *out);

#endif
