// SPDX-License-Identifier: GPL-2.0
/*
 * image_backing.c - the backing file of a COW disk: found by the path in the
 * header or on the command line, opened for reading, and locked for it. Paths.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uml/cow_format.h>
#include "image_parts.h"

/* How long the folder in a path is, with its slash. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 - path : 0;
}

int image_folder_open(const char *path, int flags)
{
	static char folder[COW_PATH_MAX];
	size_t len = folder_length(path);
	int fd;

	if (len >= sizeof(folder))
		return -ENAMETOOLONG;
	memcpy(folder, len ? path : ".", len ? len : 1);
	folder[len ? len : 1] = 0;
	fd = open(folder, flags | O_CLOEXEC, 0644);
	return fd < 0 ? -errno : fd;
}

void image_fd_link(int fd, char *out)
{
	(void)snprintf(out, FD_LINK_SIZE, "/proc/self/fd/%d", fd);
}

/* The absolute path of an open file; out: COW_PATH_MAX bytes. 0 or -ENOENT. */
static int path_of_fd(int fd, char *out)
{
	char link[FD_LINK_SIZE];
	ssize_t len;

	image_fd_link(fd, link);
	len = readlink(link, out, COW_PATH_MAX);
	if (len <= 0 || len >= COW_PATH_MAX || *out != '/')
		return -ENOENT;
	out[len] = 0;
	return 0;
}

static int path_join(char *out, size_t folder, const char *name)
{
	size_t len = strlen(name);

	if (folder && out[folder - 1] != '/')
		out[folder++] = '/';
	if (folder + len >= COW_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(out + folder, name, len + 1);
	return 0;
}

/*
 * Where the COW file is, with a slash; out: COW_PATH_MAX bytes. A link to it
 * does not count: the header was written for the place where the file is.
 */
static size_t cow_folder(struct opening *o, char *out)
{
	size_t len;

	if (path_of_fd(o->image->data.fd, out) == 0)
		return folder_length(out);
	/* no /proc here */
	len = folder_length(o->want->file);
	if (len >= COW_PATH_MAX)
		len = 0;
	memcpy(out, o->want->file, len);
	return len;
}

int image_path_from_header(struct opening *o, const char *path, char *out)
{
	return path_join(out, *path == '/' ? 0 : cow_folder(o, out), path);
}

int image_path_for_header(const char *path, char *out)
{
	size_t len = folder_length(path);
	int fd, err;

	fd = image_folder_open(path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	err = path_of_fd(fd, out);
	close(fd);
	if (!err)
		return path_join(out, strlen(out), path + len);
	/* no /proc here */
	if (*path == '/')
		return path_join(out, 0, path);
	if (!getcwd(out, COW_PATH_MAX))
		return -errno;
	return path_join(out, strlen(out), path);
}

/* Is there a file of that name beside the COW file? */
static int is_beside(struct opening *o, const char *name)
{
	static char path[COW_PATH_MAX];

	return path_join(path, cow_folder(o, path), name) == 0 && access(path, R_OK) == 0;
}

/* The file that the header names can't be opened: why says so already. */
static int missing_explain(struct opening *o, const char *path, int err)
{
	const char *base = path + folder_length(path), *file = o->want->file;
	int folder = folder_length(file);

	if (err != -ENOENT && err != -ENOTDIR)
		return err;
	if (is_beside(o, base))
		return image_fail(o, err, "%s: its backing file %s does not exist, but %.*s%s does; if it is that one: %s=%s,%.*s%s",
				  file, path, folder, file, base, image_name(o), file,
				  folder, file, base);
	return image_fail(o, err, "%s: its backing file %s does not exist; name it where it is now: %s=%s,BACKING",
			  file, path, image_name(o), file);
}

/* Backing files are read like raw images. */
static int kind_check(struct opening *o, const char *path, int fd)
{
	char start[8];
	long n = image_read(fd, start, sizeof(start), 0);

	if (n < 0)
		return image_fail(o, n, "%s: %s", path, strerror(-n));
	if (cow_header_is(start, n))
		return image_fail(o, -EINVAL, "%s: is a COW file itself and can't be a backing file; uml_moo makes a plain image of it",
				  path);
	return 0;
}

int image_backing_open(struct opening *o, const char *path, struct stat *st)
{
	struct disk_image *image = o->image;
	size_t len = strlen(path);
	int err;

	if (len >= sizeof(image->backing_path))
		return image_fail(o, -ENAMETOOLONG, "%s: its backing file has a path of %zu characters",
				  o->want->file, len);
	memcpy(image->backing_path, path, len + 1);
	err = image_file_open(o, path, O_RDONLY, &image->backing, st, &image->backing_size);
	if (err && !o->want->backing)
		return missing_explain(o, path, err);
	if (!err && !o->want->shared)
		err = image_lock(o, image->backing.fd, path, 0);
	if (!err)
		err = kind_check(o, path, image->backing.fd);
	return err;
}
