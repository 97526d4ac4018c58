// SPDX-License-Identifier: GPL-2.0
/*
 * program.c - look for a program of the host, see uml/program.h.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <um_malloc.h>
#include <uml/program.h>

static int program_check(const char *path)
{
	struct stat st;

	if (stat(path, &st) || !S_ISREG(st.st_mode))
		return -ENOENT;
	return access(path, X_OK) ? -EACCES : 0;
}

/* PATH_MAX bytes are too much for a kernel stack. */
static int path_search(const char *dirs, const char *name, char *path)
{
	int n, err, found = -ENOENT;
	size_t length;

	for (; *dirs; dirs += length + (dirs[length] == ':')) {
		length = strcspn(dirs, ":");
		n = snprintf(path, PATH_MAX, "%.*s/%s", (int)length, dirs, name);
		err = n < PATH_MAX ? program_check(path) : -ENOENT;
		if (!err)
			return 0;
		if (err == -EACCES)
			found = err;
	}
	return found;
}

int program_find(const char *name)
{
	const char *dirs = getenv("PATH");
	char *path;
	int err;

	if (strchr(name, '/'))
		return program_check(name);
	path = uml_kmalloc(PATH_MAX, UM_GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	err = path_search(dirs ?: "", name, path);
	kfree(path);
	return err;
}

int program_path_ends(const char *path, const char *end)
{
	size_t n = strlen(path), m = strlen(end);

	return n >= m && !strcmp(path + n - m, end);
}
