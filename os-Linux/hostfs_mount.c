// SPDX-License-Identifier: GPL-2.0
/*
 * hostfs_mount.c - the folder that a mount of hostfs names: the only path of it
 * that can have links and "..". What is made of it has none, so what happens to the
 * links later is no matter.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uml/hostfs_root.h>

#define LINKS_MAX 40	/* as for the host */

struct walk {
	char *done;		/* "" or "/a/b", without links */
	size_t size;
	unsigned int links;
	char rest[PATH_MAX];	/* still to do */
	char link[PATH_MAX];
};

static void last_drop(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/');

	if (slash)
		*slash = '\0';
}

/* If done is a link now: the rest is what it says and then what it has been. */
static int link_follow(struct walk *walk, char *after, char **rest)
{
	struct hostfs_object object;
	size_t more = strlen(after) + 1;
	ssize_t length = 0;
	struct stat st;
	int err;

	err = hostfs_object_find(walk->done, &object);
	if (err)
		return err;
	if (fstat(object.fd, &st) < 0)
		err = -errno;
	else if (S_ISLNK(st.st_mode)) {
		length = readlinkat(object.fd, "", walk->link, sizeof(walk->link));
		if (length < 0)
			err = -errno;
	}
	hostfs_object_leave(&object);
	*rest = after;
	if (err || !S_ISLNK(st.st_mode))
		return err;
	if (++walk->links > LINKS_MAX)
		return -ELOOP;
	if (length + 1 + more > sizeof(walk->rest))
		return -ENAMETOOLONG;
	if (walk->link[0] == '/')
		walk->done[0] = '\0';
	else
		last_drop(walk);
	memmove(walk->rest + length + 1, after, more);
	memcpy(walk->rest, walk->link, length);
	walk->rest[length] = '/';
	*rest = walk->rest;
	return 0;
}

static int component_do(struct walk *walk, char *name, char **rest)
{
	size_t length = strcspn(name, "/"), done = strlen(walk->done);

	*rest = name + length;
	if (length == 1 && name[0] == '.')
		return 0;
	if (length == 2 && name[0] == '.' && name[1] == '.') {
		last_drop(walk);
		return 0;
	}
	if (done + 1 + length + 1 > walk->size)
		return -ENAMETOOLONG;
	walk->done[done] = '/';
	memcpy(walk->done + done + 1, name, length);
	walk->done[done + 1 + length] = '\0';
	return link_follow(walk, name + length, rest);
}

int hostfs_mount_root(const char *path, char *buf, unsigned long size)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	char *rest;
	int err = 0;

	if (!walk)
		return -ENOMEM;
	walk->done = buf;
	walk->size = size;
	buf[0] = '\0';
	rest = walk->rest;
	if (strlen(path) >= sizeof(walk->rest))
		err = -ENAMETOOLONG;
	else
		strcpy(rest, path);
	while (!err) {
		rest += strspn(rest, "/");
		if (!*rest)
			break;
		err = component_do(walk, rest, &rest);
	}
	free(walk);
	return err;
}
