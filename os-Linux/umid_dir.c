// SPDX-License-Identifier: GPL-2.0
/*
 * umid_dir.c - the machine's name and its folder, which holds the pid file and
 * the mconsole socket. It takes the place of the kernel's own umid.c.
 *
 * The pid file is locked while the machine lives, so a folder whose pid file
 * can be locked is a dead machine's, whoever has that pid now.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <init.h>
#include <os.h>
#include <uml/cleaner.h>
#include <uml/start.h>

#define UMID_LEN 64		/* with the final zero byte */
/* the longest folder whose "/mconsole" is still a socket's name */
#define DIR_LEN (sizeof(((struct sockaddr_un *)0)->sun_path) - sizeof("/mconsole") + 1)

static char umid[UMID_LEN];
static bool umid_given;
static const char *uml_dir;	/* uml_dir= */
static char dir[DIR_LEN];	/* the machine's folder; "": none */

static int __init uml_dir_setup(char *name, int *add)
{
	*add = 0;
	if (!*name)
		start_fail("uml_dir= wants a folder");
	uml_dir = name;
	return 0;
}

__uml_setup("uml_dir=", uml_dir_setup,
"uml_dir=<directory>\n"
"    The folder below which each machine has one of its own, named by its umid,\n"
"    with its pid file and mconsole socket. The default is ~/.uml, or else\n"
"    $XDG_RUNTIME_DIR/uml or /tmp/uml-<user id>.\n\n"
);

int __init set_umid(char *name)
{
	if (!*name || !strcmp(name, ".") || !strcmp(name, "..") ||
	    strchr(name, '/'))
		start_fail("umid=%s: a name is wanted that a folder can have",
			   name);
	if (strlen(name) >= UMID_LEN)
		start_fail("umid=%s: longer than %d characters", name,
			   UMID_LEN - 1);
	strcpy(umid, name);
	umid_given = true;
	return 0;
}

char *get_umid(void)
{
	return umid;
}

int umid_file_name(char *name, char *buf, int len)
{
	if (!dir[0])
		return -ENOENT;
	if (strlen(dir) + 1 + strlen(name) >= (size_t)len)
		return -E2BIG;
	sprintf(buf, "%s/%s", dir, name);
	return 0;
}

/* Its own folder, empty; a dead machine's is taken over. */
static int folder_make(const char *path)
{
	char file[DIR_LEN + sizeof("/pid")];
	int fd, err;

	if (mkdir(path, 0777) == 0)
		return 0;
	if (errno != EEXIST)
		return -errno;
	snprintf(file, sizeof(file), "%s/pid", path);
	fd = open(file, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno != ENOENT)
		return -errno;
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
		close(fd);
		return err;
	}
	err = folder_remove(path);
	if (fd >= 0)
		close(fd);
	if (err)
		return err;
	return mkdir(path, 0777) < 0 ? -errno : 0;
}

/* The descriptor stays open: the lock is the sign of life. */
static int pid_file_make(const char *path)
{
	char file[DIR_LEN + sizeof("/pid")], text[16];
	int fd, n;

	snprintf(file, sizeof(file), "%s/pid", path);
	fd = open(file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		perror("linux: lock of the pid file");
	n = snprintf(text, sizeof(text), "%d\n", os_getpid());
	if (write(fd, text, n) != n) {
		n = -errno;
		close(fd);
		return n;
	}
	return 0;
}

/* "dir" below base, which others leave alone meanwhile. Returns 0 or -errno. */
static int machine_folder_make(const char *base)
{
	char path[DIR_LEN];
	size_t len = strlen(base);
	int n, err = 0;

	while (len > 1 && base[len - 1] == '/')
		len--;
	n = snprintf(path, sizeof(path), "%.*s/%s", (int)len, base,
		     umid_given ? umid : "XXXXXX");
	if (n >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (umid_given)
		err = folder_make(path);
	else if (!mkdtemp(path))
		err = -errno;
	if (err)
		return err;
	cleaner_watch(path);
	err = pid_file_make(path);
	if (err) {
		cleaner_watch(NULL);
		folder_remove(path);
		return err;
	}
	strcpy(dir, path);
	strcpy(umid, path + len + 1);
	return 0;
}

/*
 * A folder with a name that others can guess must be ours. Returns 0 or -errno.
 */
static int base_make(const char *base, bool check)
{
	struct stat st;

	if (mkdir(base, check ? 0700 : 0777) < 0 && errno != EEXIST)
		return -errno;
	if (!check)
		return 0;
	if (lstat(base, &st) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)))
		return -EPERM;
	return 0;
}

static int base_try(bool check, const char *format, ...)
{
	char base[DIR_LEN];
	va_list list;
	int n, err, lock;

	va_start(list, format);
	n = vsnprintf(base, sizeof(base), format, list);
	va_end(list);
	if (n >= (int)sizeof(base))
		return -ENAMETOOLONG;
	err = base_make(base, check);
	if (err)
		return err;
	lock = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0)
		return -errno;
	if (flock(lock, LOCK_EX) < 0)
		perror(base);
	err = machine_folder_make(base);
	close(lock);
	return err;
}

static int default_try(void)
{
	const char *home = getenv("HOME"), *run = getenv("XDG_RUNTIME_DIR");
	int err = -ENOENT;

	if (home && *home)
		err = base_try(false, "%s/.uml", home);
	if (err && err != -EBUSY && run && *run)
		err = base_try(false, "%s/uml", run);
	if (err && err != -EBUSY)
		err = base_try(true, "/tmp/uml-%u", geteuid());
	return err;
}

void umid_start(void)
{
	int err = uml_dir ? base_try(false, "%s", uml_dir) : default_try();

	if (!err)
		return;
	if (err == -EBUSY)
		start_fail("umid=%s: a machine of that name is running", umid);
	if (uml_dir)
		start_fail("uml_dir=%s: %s", uml_dir, strerror(-err));
	if (umid_given)
		start_fail("umid=%s: no folder for the machine: %s", umid,
			   strerror(-err));
	os_warn("no folder for the machine, so no mconsole: %s\n",
		strerror(-err));
}

static void folder_forget(void)
{
	int err;

	if (!dir[0])
		return;
	cleaner_watch(NULL);
	err = folder_remove(dir);
	if (err)
		os_warn("removing %s: %s\n", dir, strerror(-err));
	dir[0] = '\0';
	cleaner_finish();
}

__uml_exitcall(folder_forget);
