// SPDX-License-Identifier: GPL-2.0
/*
 * hostfs_root.c - paths of hostfs to files of the host, see uml/hostfs_root.h.
 *
 * The host resolves them beneath DIR and without links, in one call: openat2(2).
 * Kernels before 5.6 don't have it and some containers deny it: then component by
 * component. Nobody in the machine can move a folder out of DIR, so the folder that
 * was reached is one in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uml/hostfs_root.h>

#define FOLDER	(O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int hostfs_append;

static int root = -1;		/* DIR; -1: none */
static bool walks;		/* there is no openat2() */

int hostfs_confined(void)
{
	return root >= 0;
}

static int open_at_once(const char *path, int flags, unsigned int mode)
{
	struct open_how how = {
		.flags = flags,
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	int fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? -errno : fd;
}

static int open_by_steps(const char *path, int flags, unsigned int mode)
{
	char name[NAME_MAX + 1];
	int dir = root, next;
	size_t length;

	for (;;) {
		length = strcspn(path, "/");
		if (length > NAME_MAX) {
			next = -ENAMETOOLONG;
			break;
		}
		memcpy(name, path, length);
		name[length] = '\0';
		path += length;
		path += strspn(path, "/");
		if (!strcmp(name, "..")) {
			next = -EXDEV;
			break;
		}
		next = openat(dir, name, *path ? FOLDER : flags, mode);
		if (next < 0)
			next = -errno;
		if (next < 0 || !*path)
			break;
		if (dir != root)
			close(dir);
		dir = next;
	}
	if (dir != root)
		close(dir);
	return next;
}

/* path may begin with "/", and be empty: DIR */
static int open_beneath(const char *path, int flags, unsigned int mode)
{
	path += strspn(path, "/");
	if (!*path)
		path = ".";
	flags |= O_NOFOLLOW | O_CLOEXEC;
	return walks ? open_by_steps(path, flags, mode) :
		       open_at_once(path, flags, mode);
}

int hostfs_confine(const char *dir)
{
	int fd;

	if (access("/proc/self/fd", X_OK) < 0)
		return -ENOSYS;
	root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -errno;
	fd = open_at_once(".", FOLDER, 0);
	walks = fd < 0;
	if (fd >= 0)
		close(fd);
	return 0;
}

int hostfs_object_find(const char *path, struct hostfs_object *object)
{
	object->fd = -1;
	object->path = path;
	if (root < 0)
		return 0;
	object->fd = open_beneath(path, O_PATH, 0);
	if (object->fd < 0)
		return object->fd;
	snprintf(object->self, sizeof(object->self), "/proc/self/fd/%d", object->fd);
	object->path = object->self;
	return 0;
}

void hostfs_object_leave(struct hostfs_object *object)
{
	if (object->fd >= 0)
		close(object->fd);
}

int hostfs_place_find(const char *path, struct hostfs_place *place)
{
	size_t length = strlen(path);
	char *slash;

	place->dir = AT_FDCWD;
	place->name = path;
	place->copy = NULL;
	if (root < 0)
		return 0;
	while (length && path[length - 1] == '/')
		length--;
	place->copy = strndup(path, length);
	if (!place->copy)
		return -ENOMEM;
	slash = strrchr(place->copy, '/');
	if (slash)
		*slash = '\0';
	place->name = slash ? slash + 1 : place->copy;
	if (!*place->name)
		place->name = ".";
	place->dir = open_beneath(slash ? place->copy : "", FOLDER, 0);
	if (place->dir < 0) {
		free(place->copy);
		return place->dir;
	}
	return 0;
}

void hostfs_place_leave(struct hostfs_place *place)
{
	if (!place->copy)
		return;
	close(place->dir);
	free(place->copy);
}

/*
 * For the machine it was a plain file or a folder. What has taken its place since
 * may be a device of the host, or a FIFO that nobody writes to.
 */
static int object_open(const struct hostfs_object *object, int flags)
{
	struct stat st;
	int fd;

	if (fstat(object->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -ENXIO;
	fd = open(object->path, flags);
	return fd < 0 ? -errno : fd;
}

int hostfs_file_open(const char *path, int flags, unsigned int mode)
{
	struct hostfs_object object;
	int fd;

	flags |= O_CLOEXEC;
	if (root < 0) {
		fd = open(path, flags, mode);
		return fd < 0 ? -errno : fd;
	}
	if (flags & O_CREAT) {
		fd = open_beneath(path, flags | O_EXCL, mode);
		if (fd != -EEXIST)
			return fd;
		flags &= ~O_CREAT;
	}
	fd = hostfs_object_find(path, &object);
	if (fd < 0)
		return fd;
	fd = object_open(&object, flags);
	hostfs_object_leave(&object);
	return fd;
}
