// SPDX-License-Identifier: GPL-2.0
/*
 * hostfs_calls.c - what hostfs asks of the host, instead of the kernel's
 * hostfs_user.c: the interface is its hostfs.h. Errors are -errno.
 *
 * Paths are as uml/hostfs_root.h has them. The machine has resolved links before
 * it comes here, so a last component that is a link is meant itself: where a call
 * can be told not to follow it, it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <unistd.h>
#include <hostfs.h>
#include <uml/hostfs_root.h>

#define result(call) ((call) < 0 ? -errno : 0)

/* ---- files that exist */

static struct hostfs_timespec time_of(const struct statx_timestamp *t)
{
	return (struct hostfs_timespec){ t->tv_sec, t->tv_nsec };
}

int stat_file(const char *path, struct hostfs_stat *p, int fd)
{
	struct hostfs_object object = { .fd = -1 };
	struct statx stat;
	int err = 0;

	if (fd < 0) {
		err = hostfs_object_find(path, &object);
		if (err)
			return err;
		fd = object.fd;
	}
	if (fd < 0)
		err = result(statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW,
				   STATX_BASIC_STATS | STATX_BTIME, &stat));
	else
		err = result(statx(fd, "", AT_EMPTY_PATH,
				   STATX_BASIC_STATS | STATX_BTIME, &stat));
	hostfs_object_leave(&object);
	if (err)
		return err;
	*p = (struct hostfs_stat){
		.ino = stat.stx_ino,
		.mode = stat.stx_mode,
		.nlink = stat.stx_nlink,
		.uid = stat.stx_uid,
		.gid = stat.stx_gid,
		.size = stat.stx_size,
		.atime = time_of(&stat.stx_atime),
		.mtime = time_of(&stat.stx_mtime),
		.ctime = time_of(&stat.stx_ctime),
		.blksize = stat.stx_blksize,
		.blocks = stat.stx_blocks,
		.rdev = { stat.stx_rdev_major, stat.stx_rdev_minor },
		.dev = { stat.stx_dev_major, stat.stx_dev_minor },
	};
	if (stat.stx_mask & STATX_BTIME)
		p->btime = time_of(&stat.stx_btime);
	return 0;
}

int access_file(char *path, int r, int w, int x)
{
	struct hostfs_object object;
	int err = hostfs_object_find(path, &object);

	if (err)
		return err;
	err = result(access(object.path, (r ? R_OK : 0) | (w ? W_OK : 0) |
			    (x ? X_OK : 0)));
	hostfs_object_leave(&object);
	return err;
}

int hostfs_do_readlink(char *path, char *buf, int size)
{
	struct hostfs_object object;
	int err = hostfs_object_find(path, &object);
	ssize_t n;

	if (err)
		return err;
	n = object.fd < 0 ? readlink(path, buf, size) :
			    readlinkat(object.fd, "", buf, size);
	if (n < 0)
		n = -errno;
	else if (n < size)
		buf[n] = '\0';
	hostfs_object_leave(&object);
	return n;
}

int do_statfs(char *path, long *bsize_out, long long *blocks_out,
	      long long *bfree_out, long long *bavail_out, long long *files_out,
	      long long *ffree_out, void *fsid_out, int fsid_size,
	      long *namelen_out)
{
	struct hostfs_object object;
	struct statfs buf;
	int err = hostfs_object_find(path, &object);

	if (err)
		return err;
	err = result(statfs(object.path, &buf));
	hostfs_object_leave(&object);
	if (err)
		return err;
	*bsize_out = buf.f_bsize;
	*blocks_out = buf.f_blocks;
	*bfree_out = buf.f_bfree;
	*bavail_out = buf.f_bavail;
	*files_out = buf.f_files;
	*ffree_out = buf.f_ffree;
	memcpy(fsid_out, &buf.f_fsid,
	       sizeof(buf.f_fsid) < (size_t)fsid_size ? sizeof(buf.f_fsid) :
							(size_t)fsid_size);
	*namelen_out = buf.f_namelen;
	return 0;
}

/* ---- what is changed of a file: by its descriptor if it is open */

static int mode_set(const struct hostfs_object *object, int fd, unsigned int mode)
{
	return result(fd >= 0 ? fchmod(fd, mode) : chmod(object->path, mode));
}

static int owner_set(const struct hostfs_object *object, int fd, uid_t uid, gid_t gid)
{
	if (fd >= 0)
		return result(fchown(fd, uid, gid));
	return result(object->fd >= 0 ? chown(object->path, uid, gid) :
					lchown(object->path, uid, gid));
}

static int size_set(const struct hostfs_object *object, int fd, long long size)
{
	return result(fd >= 0 ? ftruncate(fd, size) : truncate(object->path, size));
}

static struct timespec time_wanted(int wanted, const struct hostfs_timespec *t)
{
	if (!wanted)
		return (struct timespec){ .tv_nsec = UTIME_OMIT };
	return (struct timespec){ t->tv_sec, t->tv_nsec };
}

static int times_set(const struct hostfs_object *object, int fd,
		     const struct hostfs_iattr *attrs)
{
	const struct timespec times[2] = {
		time_wanted(attrs->ia_valid & HOSTFS_ATTR_ATIME_SET, &attrs->ia_atime),
		time_wanted(attrs->ia_valid & HOSTFS_ATTR_MTIME_SET, &attrs->ia_mtime),
	};

	if (fd >= 0)
		return result(futimens(fd, times));
	return result(utimensat(AT_FDCWD, object->path, times,
				object->fd >= 0 ? 0 : AT_SYMLINK_NOFOLLOW));
}

static int attributes_set(const struct hostfs_object *object, int fd,
			  const struct hostfs_iattr *attrs)
{
	unsigned int what = attrs->ia_valid;
	int err = 0;

	if (what & HOSTFS_ATTR_MODE)
		err = mode_set(object, fd, attrs->ia_mode);
	if (!err && (what & HOSTFS_ATTR_UID))
		err = owner_set(object, fd, attrs->ia_uid, -1);
	if (!err && (what & HOSTFS_ATTR_GID))
		err = owner_set(object, fd, -1, attrs->ia_gid);
	if (!err && (what & HOSTFS_ATTR_SIZE))
		err = size_set(object, fd, attrs->ia_size);
	if (!err && (what & (HOSTFS_ATTR_ATIME_SET | HOSTFS_ATTR_MTIME_SET)))
		err = times_set(object, fd, attrs);
	return err;
}

/* The times that the file has afterwards go back to the caller. */
int set_attr(const char *path, struct hostfs_iattr *attrs, int fd)
{
	struct hostfs_object object = { .fd = -1, .path = path };
	struct hostfs_stat stat;
	int err;

	if (fd < 0) {
		err = hostfs_object_find(path, &object);
		if (err)
			return err;
	}
	err = attributes_set(&object, fd, attrs);
	hostfs_object_leave(&object);
	if (err || !(attrs->ia_valid & (HOSTFS_ATTR_ATIME | HOSTFS_ATTR_MTIME)))
		return err;
	err = stat_file(path, &stat, fd);
	if (err)
		return err;
	attrs->ia_atime = stat.atime;
	attrs->ia_mtime = stat.mtime;
	return 0;
}

/* ---- names that come, go and move */

int make_symlink(const char *path, const char *to)
{
	struct hostfs_place place;
	int err = hostfs_place_find(path, &place);

	if (err)
		return err;
	err = result(symlinkat(to, place.dir, place.name));
	hostfs_place_leave(&place);
	return err;
}

static int name_remove(const char *path, int flags)
{
	struct hostfs_place place;
	int err = hostfs_place_find(path, &place);

	if (err)
		return err;
	err = result(unlinkat(place.dir, place.name, flags));
	hostfs_place_leave(&place);
	return err;
}

int unlink_file(const char *path)
{
	return name_remove(path, 0);
}

int hostfs_do_rmdir(const char *path)
{
	return name_remove(path, AT_REMOVEDIR);
}

int do_mkdir(const char *path, int mode)
{
	struct hostfs_place place;
	int err = hostfs_place_find(path, &place);

	if (err)
		return err;
	err = result(mkdirat(place.dir, place.name, mode));
	hostfs_place_leave(&place);
	return err;
}

int do_mknod(const char *path, int mode, unsigned int major, unsigned int minor)
{
	struct hostfs_place place;
	int err = hostfs_place_find(path, &place);

	if (err)
		return err;
	err = result(mknodat(place.dir, place.name, mode, os_makedev(major, minor)));
	hostfs_place_leave(&place);
	return err;
}

/* Two names at once: of a link, or of a move with renameat2()'s flags */
static int names_join(const char *from, const char *to, int is_link,
		      unsigned int flags)
{
	struct hostfs_place here, there;
	int err = hostfs_place_find(from, &here);

	if (err)
		return err;
	err = hostfs_place_find(to, &there);
	if (!err) {
		if (is_link)
			err = result(linkat(here.dir, here.name, there.dir,
					    there.name, 0));
		else if (flags)
			err = result(renameat2(here.dir, here.name, there.dir,
					       there.name, flags));
		else
			err = result(renameat(here.dir, here.name, there.dir,
					      there.name));
		hostfs_place_leave(&there);
	}
	hostfs_place_leave(&here);
	return err;
}

int link_file(const char *from, const char *to)
{
	return names_join(from, to, 1, 0);
}

int rename_file(char *from, char *to)
{
	return names_join(from, to, 0, 0);
}

int rename2_file(char *from, char *to, unsigned int flags)
{
	int err = names_join(from, to, 0, flags);

	return err == -ENOSYS ? -EINVAL : err;
}

/* ---- open files */

int open_file(char *path, int r, int w, int append)
{
	int flags = r && w ? O_RDWR : w ? O_WRONLY : O_RDONLY;

	return hostfs_file_open(path, flags | (append ? O_APPEND : 0), 0);
}

int file_create(char *path, int mode)
{
	return hostfs_file_open(path, O_CREAT | O_RDWR, mode);
}

void close_file(void *stream)
{
	close(*(int *)stream);
}

int replace_file(int oldfd, int fd)
{
	int n = dup3(oldfd, fd, O_CLOEXEC);

	return n < 0 ? -errno : n;
}

int read_file(int fd, unsigned long long *offset, char *buf, int len)
{
	int n = pread(fd, buf, len, *offset);

	if (n < 0)
		return -errno;
	*offset += n;
	return n;
}

int write_file(int fd, unsigned long long *offset, const char *buf, int len)
{
	int n = pwrite(fd, buf, len, *offset);

	if (n < 0)
		return -errno;
	*offset += n;
	return n;
}

int lseek_file(int fd, long long offset, int whence)
{
	return result(lseek(fd, offset, whence));
}

int fsync_file(int fd, int datasync)
{
	return result(datasync ? fdatasync(fd) : fsync(fd));
}

/* ---- open folders */

void *open_dir(char *path, int *err_out)
{
	int fd = hostfs_file_open(path, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir;

	*err_out = -fd;
	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	*err_out = dir ? 0 : errno;
	if (!dir)
		close(fd);
	return dir;
}

void seek_dir(void *stream, unsigned long long pos)
{
	seekdir(stream, pos);
}

char *read_dir(void *stream, unsigned long long *pos_out,
	       unsigned long long *ino_out, int *len_out, unsigned int *type_out)
{
	struct dirent *entry = readdir(stream);

	if (!entry)
		return NULL;
	*len_out = strlen(entry->d_name);
	*ino_out = entry->d_ino;
	*type_out = entry->d_type;
	*pos_out = entry->d_off;
	return entry->d_name;
}

void close_dir(void *stream)
{
	closedir(stream);
}
