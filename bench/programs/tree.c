// SPDX-License-Identifier: GPL-2.0
/*
 * tree.c - a tree of small files: made, looked at, and removed. An operation is
 * one file.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

#define DIRS 10
#define FILES 50		/* in each of them */
#define TEXT "some text in a small file\n"

static void name_make(char *name, size_t size, unsigned long tree, int dir, int file)
{
	int n;

	if (file < 0)
		n = snprintf(name, size, "tree%lu/%d", tree, dir);
	else
		n = snprintf(name, size, "tree%lu/%d/file-%d", tree, dir, file);
	CHECK(n > 0 && (size_t)n < size);
}

static void each_file(unsigned long tree, void (*fn)(const char *))
{
	char name[100];
	int dir, file;

	for (dir = 0; dir < DIRS; dir++) {
		for (file = 0; file < FILES; file++) {
			name_make(name, sizeof(name), tree, dir, file);
			fn(name);
		}
	}
}

static void file_make(const char *name)
{
	int fd = CHECK_SYS(open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));

	bench_write(fd, TEXT, sizeof(TEXT) - 1);
	CHECK_SYS(close(fd));
}

static void file_look(const char *name)
{
	struct stat st;

	CHECK_SYS(lstat(name, &st));
	CHECK(S_ISREG(st.st_mode) && st.st_size == sizeof(TEXT) - 1, "%s", name);
}

static void file_read(const char *name)
{
	char text[sizeof(TEXT)];
	int fd = CHECK_SYS(open(name, O_RDONLY | O_CLOEXEC));

	CHECK(read(fd, text, sizeof(text)) == sizeof(TEXT) - 1 &&
	      !memcmp(text, TEXT, sizeof(TEXT) - 1), "%s", name);
	CHECK_SYS(close(fd));
}

static void file_remove(const char *name)
{
	CHECK_SYS(unlink(name));
}

static void tree_make(unsigned long tree)
{
	char name[100];
	int dir;

	snprintf(name, sizeof(name), "tree%lu", tree);
	CHECK_SYS(mkdir(name, 0755));
	for (dir = 0; dir < DIRS; dir++) {
		name_make(name, sizeof(name), tree, dir, -1);
		CHECK_SYS(mkdir(name, 0755));
	}
	each_file(tree, file_make);
}

static void tree_remove(unsigned long tree)
{
	char name[100];
	int dir;

	each_file(tree, file_remove);
	for (dir = 0; dir < DIRS; dir++) {
		name_make(name, sizeof(name), tree, dir, -1);
		CHECK_SYS(rmdir(name));
	}
	snprintf(name, sizeof(name), "tree%lu", tree);
	CHECK_SYS(rmdir(name));
}

static unsigned long make_run(unsigned long ops)
{
	unsigned long tree, trees = (ops + DIRS * FILES - 1) / (DIRS * FILES);

	for (tree = 0; tree < trees; tree++)
		tree_make(tree);
	bench_pause();
	for (tree = 0; tree < trees; tree++) {
		each_file(tree, file_read);
		tree_remove(tree);
	}
	bench_resume();
	return trees * DIRS * FILES;
}

static void look_begin(void)
{
	tree_make(0);
}

static void look_end(void)
{
	tree_remove(0);
}

static unsigned long look_run(unsigned long ops)
{
	unsigned long done;

	for (done = 0; done < ops; done += DIRS * FILES)
		each_file(0, file_look);
	return done;
}

static unsigned long read_run(unsigned long ops)
{
	unsigned long done;

	for (done = 0; done < ops; done += DIRS * FILES)
		each_file(0, file_read);
	return done;
}

static unsigned long remove_run(unsigned long ops)
{
	unsigned long tree, trees = (ops + DIRS * FILES - 1) / (DIRS * FILES);

	bench_pause();
	for (tree = 0; tree < trees; tree++)
		tree_make(tree);
	bench_resume();
	for (tree = 0; tree < trees; tree++)
		tree_remove(tree);
	return trees * DIRS * FILES;
}

static const struct figure figures[] = {
	{ "tree/create", "ns", NULL, make_run, NULL, 20000 },
	{ "tree/stat", "ns", look_begin, look_run, look_end, 0 },
	{ "tree/read", "ns", look_begin, read_run, look_end, 0 },
	{ "tree/remove", "ns", NULL, remove_run, NULL, 20000 },
};

BENCH_MAIN(figures)
