// SPDX-License-Identifier: GPL-2.0
/* files.c - see files.h. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "files.h"

#define DIRS 10
#define FILES (FILES_IN_TREE / DIRS)	/* in each of them */
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

void tree_make(unsigned long tree)
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

void tree_remove(unsigned long tree)
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

void tree_look(unsigned long tree)
{
	each_file(tree, file_look);
}

void tree_read(unsigned long tree)
{
	each_file(tree, file_read);
}

unsigned long trees_of(unsigned long files)
{
	return (files + FILES_IN_TREE - 1) / FILES_IN_TREE;
}

unsigned long tree_repeat(unsigned long files, void (*fn)(unsigned long tree))
{
	unsigned long done;

	for (done = 0; done < files; done += FILES_IN_TREE)
		fn(0);
	return done;
}

unsigned long trees_make_measure(unsigned long files, void (*sync)(void))
{
	unsigned long tree, trees = trees_of(files);

	for (tree = 0; tree < trees; tree++)
		tree_make(tree);
	if (sync)
		sync();
	bench_pause();
	for (tree = 0; tree < trees; tree++) {
		tree_read(tree);
		tree_remove(tree);
	}
	if (sync)
		sync();
	bench_resume();
	return trees * FILES_IN_TREE;
}

unsigned long trees_remove_measure(unsigned long files, void (*sync)(void))
{
	unsigned long tree, trees = trees_of(files);

	bench_pause();
	for (tree = 0; tree < trees; tree++)
		tree_make(tree);
	if (sync)
		sync();
	bench_resume();
	for (tree = 0; tree < trees; tree++)
		tree_remove(tree);
	if (sync)
		sync();
	return trees * FILES_IN_TREE;
}
