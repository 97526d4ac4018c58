/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hostfs_root.h - what hostfs may reach on the host: all of it, or the folder of
 * hostfs=DIR and what is in it.
 *
 * DIR is opened when the machine starts and is then the root of all paths here, as
 * after a chroot. Below it no link is followed, also no last one: what is a link
 * for the machine is resolved in the machine, and a folder that becomes a link
 * in the middle of a call is an error. What the host has mounted below DIR is part of
 * it. Against a kernel inside that does as it likes this is no protection.
 *
 * Host and kernel objects share this header. Process context, errors are -errno.
 */
#ifndef UML_HOSTFS_ROOT_H
#define UML_HOSTFS_ROOT_H

/* hostfs=,append: files grow, and none is removed or cut */
extern int hostfs_append;

/* Returns 1 if there is a DIR. */
extern int hostfs_confined(void);

/**
 * hostfs_confine() - DIR is the root from here on
 * @dir:	a folder; links in its own path are followed
 *
 * Returns 0 or -errno; -ENOSYS: there is no /proc, by which files are reached that
 * a call only knows by name. open(2), proc(5).
 */
extern int hostfs_confine(const char *dir);

/**
 * hostfs_mount_root() - the folder that a mount names, without links
 * @path:	what it names, from DIR on; ".." stops at DIR, links are resolved as
 *		if DIR were the root
 * @buf, @size:	the path to use instead, which begins with "/"
 *
 * Returns 0 or -errno.
 */
extern int hostfs_mount_root(const char *path, char *buf, unsigned long size);

/*
 * Host objects only from here on.
 *
 * A file that exists. @path names it for calls that follow links. Without a DIR
 * that is its name, and nothing was looked up.
 */
struct hostfs_object {
	int fd;			/* O_PATH; -1 without a DIR */
	const char *path;
	char self[32];
};

extern int hostfs_object_find(const char *path, struct hostfs_object *object);
extern void hostfs_object_leave(struct hostfs_object *object);

/* A name in a folder, for calls that make, move or remove it: openat(2) and so on. */
struct hostfs_place {
	int dir;
	const char *name;
	char *copy;
};

extern int hostfs_place_find(const char *path, struct hostfs_place *place);
extern void hostfs_place_leave(struct hostfs_place *place);

/* Open a file, new with O_CREAT; of DIR only plain files and folders. */
extern int hostfs_file_open(const char *path, int flags, unsigned int mode);

#endif
