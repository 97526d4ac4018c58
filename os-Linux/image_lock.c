// SPDX-License-Identifier: GPL-2.0
/*
 * image_lock.c - one writer of an image, and who it is.
 *
 * The lock belongs to the open file (OFD): it stays when another descriptor of
 * the same file is closed, it is seen by a second disk of this machine, and it
 * conflicts with the POSIX locks of older UMLs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "image_parts.h"

/* opendir() would allocate, and nothing here may */
static int folder_next(int fd, char *buf, size_t size, long *at, long *end, const char **name)
{
	struct dirent64 *entry;

	if (*at >= *end) {
		*end = getdents64(fd, buf, size);
		*at = 0;
		if (*end <= 0)
			return 0;
	}
	entry = (struct dirent64 *)(buf + *at);
	*at += entry->d_reclen;
	*name = entry->d_name;
	return 1;
}

/* Reads a small file. How many characters, or -1. */
static long text_read(int folder, const char *name, char *buf, size_t size)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	buf[n < 0 ? 0 : n] = 0;
	return n;
}

/* Has this descriptor such a lock? type: "READ" or "WRITE". */
static int descriptor_locks(int fdinfo, const char *name, const char *type)
{
	static char text[1024];
	char *line;

	if (text_read(fdinfo, name, text, sizeof(text)) <= 0)
		return 0;
	line = strstr(text, "OFDLCK");
	return line && strstr(line, type);
}

/* Has a process a descriptor of the same file with such a lock? */
static int process_locks(int proc, const char *pid, const struct stat *file, const char *type)
{
	static char buf[2048] __attribute__((aligned(8)));
	char path[32];
	const char *name;
	long at = 0, end = 0;
	struct stat st;
	int fds, infos = -1, n, found = 0;

	n = snprintf(path, sizeof(path), "%.20s/fd", pid);
	if (n < 0)
		return 0;
	fds = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	n = snprintf(path, sizeof(path), "%.20s/fdinfo", pid);
	if (n > 0 && fds >= 0)
		infos = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (infos >= 0 && !found && folder_next(fds, buf, sizeof(buf), &at, &end, &name)) {
		if (fstatat(fds, name, &st, 0) == 0 && st.st_dev == file->st_dev &&
		    st.st_ino == file->st_ino)
			found = descriptor_locks(infos, name, type);
	}
	if (fds >= 0)
		close(fds);
	if (infos >= 0)
		close(infos);
	return found;
}

/* Who has the OFD lock that is in the way? 0: nobody that we may look at. */
static pid_t holder_find(int fd, const char *type)
{
	static char buf[2048] __attribute__((aligned(8)));
	const char *name;
	long at = 0, end = 0;
	struct stat st;
	pid_t holder = 0;
	int proc;

	if (fstat(fd, &st) < 0)
		return 0;
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (proc >= 0 && !holder && folder_next(proc, buf, sizeof(buf), &at, &end, &name)) {
		if (*name >= '1' && *name <= '9' && process_locks(proc, name, &st, type))
			holder = strtol(name, NULL, 10);
	}
	if (proc >= 0)
		close(proc);
	return holder;
}

/* The program's name as its user typed it, printable */
static void program_name(pid_t pid, char *name, size_t size)
{
	char path[32];
	long len;
	int i, n;

	n = snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	len = n < 0 ? -1 : text_read(AT_FDCWD, path, name, size);
	if (len <= 0)
		memcpy(name, "?", 2);
	for (i = 0; name[i] > ' ' && name[i] <= '~'; i++)
		;
	name[i] = 0;
}

static int busy_fail(struct opening *o, const char *path, const char *how, pid_t pid)
{
	char program[64];

	if (pid <= 0)
		return image_fail(o, -EBUSY, "%s: already in use %s by a process that can't be seen from here",
				  path, how);
	if (pid == getpid())
		return image_fail(o, -EBUSY, "%s: already in use %s by another disk of this machine (process %d)",
				  path, how, (int)pid);
	program_name(pid, program, sizeof(program));
	return image_fail(o, -EBUSY, "%s: already in use %s by process %d (%s)", path, how,
			  (int)pid, program);
}

int image_lock(struct opening *o, int fd, const char *path, int write)
{
	struct flock lock = {
		.l_type = write ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET,
	};
	const char *type = "";
	pid_t pid = 0;

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return image_fail(o, -errno, "%s: can't be locked: %s; the flag c (shared) takes no lock",
				  path, strerror(errno));
	/* all processes of the host are looked at, which is not for each try */
	if (!o->want->impatient && fcntl(fd, F_OFD_GETLK, &lock) == 0 &&
	    lock.l_type != F_UNLCK) {
		type = lock.l_type == F_WRLCK ? "WRITE" : "READ";
		pid = lock.l_pid > 0 ? lock.l_pid : holder_find(fd, type);
	}
	return busy_fail(o, path, *type == 'W' ? "read-write" : "for reading", pid);
}
