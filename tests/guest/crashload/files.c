// SPDX-License-Identifier: GPL-2.0
/*
 * files.c - make files, overwrite, rename and remove them; say what is there.
 * A round has a directory ROOT/rROUND, a task in it tTASK.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "crashload.h"
#include "files_plan.h"
#include "rng.h"

#define NAME_SIZE 64
#define NOISE_SIZE (128 << 10)

struct files_task {
	int dir;
	uint64_t seed;
	unsigned int task;
	char *buffer;
};

static char *buffer_alloc(size_t size)
{
	char *buffer = aligned_alloc(4096, size);

	CHECK(buffer, "no memory");
	return buffer;
}

/* The size has to be that of whole sectors. */
static void file_read(const char *path, uint64_t seed, unsigned int task,
		      unsigned int slot, struct file_state *file)
{
	static const char zero[SECTOR];
	char data[SECTOR], text[200];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	memset(file, 0, sizeof(*file));
	if (fd < 0) {
		CHECK(errno == ENOENT, "%s: %s", path, strerror(errno));
		return;
	}
	file->exists = 1;
	while ((n = CHECK_SYS(read(fd, data, SECTOR))) > 0) {
		uint32_t at = file->sectors++;

		CHECK(at < FILE_SECTORS_MAX, "%s is too large", path);
		file->keys[at] = n < SECTOR ? KEY_BAD :
			sector_key(data, seed, PLACE_FILE(task, slot), at);
		if (file->keys[at] != KEY_BAD)
			continue;
		if (n == SECTOR && !memcmp(data, zero, SECTOR))
			file->keys[at] = KEY_ZERO;
		sector_describe(data, seed, text, sizeof(text));
		printf("BAD %s sector %u: %zd bytes, %s\n", path, at, n, text);
	}
	CHECK_SYS(close(fd));
}

static void round_scan(const char *root, FILE *out, uint64_t seed,
		       unsigned int round)
{
	static struct files_record record;
	char path[NAME_SIZE];

	record.round = round;
	for (unsigned int task = 0; task < FILES_JUDGED; task++)
		for (unsigned int slot = 0; slot < FILE_SLOTS; slot++) {
			snprintf(path, sizeof(path), "%s/r%u/t%u/f%u", root, round,
				 task, slot);
			file_read(path, seed, task, slot,
				  &record.task[task].file[slot]);
		}
	CHECK(fwrite(&record, sizeof(record), 1, out) == 1, "%s", strerror(errno));
}

/* The round of a directory's name, 0 if it is none. */
static unsigned int round_of(const char *name)
{
	return name[0] == 'r' ? strtoul(name + 1, NULL, 10) : 0;
}

/* Write what each round's files hold to the file `map`: struct files_record. */
void files_scan(const char *root, const char *map, uint64_t seed)
{
	FILE *out = fopen(map, "we");
	DIR *dir = opendir(root);
	struct dirent *entry;

	CHECK(dir && out, "%s, %s: %s", root, map, strerror(errno));
	while ((entry = readdir(dir)))
		if (round_of(entry->d_name))
			round_scan(root, out, seed, round_of(entry->d_name));
	CHECK(!closedir(dir) && !fclose(out), "%s: %s", map, strerror(errno));
}

static int entry_remove(const char *path, const struct stat *stat, int type,
			struct FTW *walk)
{
	(void)stat, (void)walk;
	return type == FTW_DP ? rmdir(path) : unlink(path);
}

static void path_sync(const char *path)
{
	int fd = CHECK_SYS(open(path, O_RDONLY | O_CLOEXEC));

	CHECK_SYS(fsync(fd));
	CHECK_SYS(close(fd));
}

/* Remove the directories of all rounds but one; the newest round. */
static unsigned int rounds_remove(const char *root, unsigned int but)
{
	DIR *dir = opendir(root);
	unsigned int newest = 0, round;
	struct dirent *entry;
	char path[NAME_SIZE];

	CHECK(dir, "%s: %s", root, strerror(errno));
	while ((entry = readdir(dir))) {
		round = round_of(entry->d_name);
		if (round > newest)
			newest = round;
		if (!but || !round || round == but)
			continue;
		snprintf(path, sizeof(path), "%s/r%u", root, round);
		CHECK(!nftw(path, entry_remove, 8, FTW_DEPTH | FTW_PHYS), "%s: %s",
		      path, strerror(errno));
	}
	CHECK_SYS(closedir(dir));
	return newest;
}

/*
 * Directories for a round. The newest that is there stays, to see that what
 * nobody touches stays as it is; those before it go.
 */
void files_prepare(const char *root, unsigned int round)
{
	char path[NAME_SIZE];

	rounds_remove(root, rounds_remove(root, 0));
	snprintf(path, sizeof(path), "%s/r%u", root, round);
	CHECK_SYS(mkdir(path, 0755));
	for (unsigned int task = 0; task < FILES_TASKS; task++) {
		snprintf(path, sizeof(path), "%s/r%u/t%u", root, round, task);
		CHECK_SYS(mkdir(path, 0755));
		path_sync(path);
	}
	snprintf(path, sizeof(path), "%s/r%u", root, round);
	path_sync(path);
	path_sync(root);
}

static void file_sync(int fd, const struct file_op *op)
{
	if (op->fdatasync)
		CHECK_SYS(fdatasync(fd));
	else
		CHECK_SYS(fsync(fd));
}

/* Write what the operation says to the file and sync it. */
static void file_write(const struct files_task *task, const char *name,
		       const struct file_op *op, int flags)
{
	int fd = CHECK_SYS(openat(task->dir, name, O_WRONLY | O_CLOEXEC | flags |
				  (op->direct ? O_DIRECT : 0), 0644));
	struct sector_name sector = {
		op->key, PLACE_FILE(task->task, op->slot), op->start
	};
	ssize_t size = op->sectors * SECTOR, n;

	for (uint32_t i = 0; i < op->sectors; i++, sector.number++)
		sector_fill(task->buffer + i * SECTOR, task->seed, &sector);
	n = pwrite(fd, task->buffer, size, (off_t)op->start * SECTOR);
	CHECK(n == size, "%s: %zd of %zd: %s", name, n, size, strerror(errno));
	file_sync(fd, op);
	CHECK_SYS(close(fd));
}

static void op_run(const struct files_task *task, const struct file_op *op)
{
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "f%u", op->slot);
	switch (op->kind) {
	case FILE_NEW:
		file_write(task, name, op, O_CREAT | O_EXCL);
		CHECK_SYS(fsync(task->dir));
		break;
	case FILE_REPLACE:
		file_write(task, "new", op, O_CREAT | O_EXCL);
		CHECK_SYS(renameat(task->dir, "new", task->dir, name));
		CHECK_SYS(fsync(task->dir));
		break;
	case FILE_UNLINK:
		CHECK_SYS(unlinkat(task->dir, name, 0));
		CHECK_SYS(fsync(task->dir));
		break;
	default:
		file_write(task, name, op, 0);
	}
}

/* Work for the journal that nobody waits for. */
static void noise_run(const struct files_task *task, unsigned int txns)
{
	struct rng rng = { task->seed };
	char name[NAME_SIZE];

	memset(task->buffer, 0x55, NOISE_SIZE);
	for (unsigned int i = 0; !txns || i < txns; i++) {
		size_t size = 1 + rng_below(&rng, NOISE_SIZE);
		int fd;

		snprintf(name, sizeof(name), "n%u", rng_below(&rng, 24));
		if (!unlinkat(task->dir, name, 0))
			continue;
		fd = CHECK_SYS(openat(task->dir, name, O_WRONLY | O_CREAT | O_CLOEXEC,
				      0644));
		CHECK(write(fd, task->buffer, size) == (ssize_t)size, "%s: %s",
		      name, strerror(errno));
		CHECK_SYS(close(fd));
		CHECK_SYS(usleep(5000));
	}
}

/*
 * What one task does in a round: `txns` operations, without end if that is 0.
 */
void files_task(const char *root, uint64_t seed, unsigned int round,
		unsigned int number, unsigned int txns)
{
	static struct files_model model;
	struct files_task task = { .seed = seed, .task = number };
	char path[NAME_SIZE];
	struct file_op op;

	snprintf(path, sizeof(path), "%s/r%u/t%u", root, round, number);
	task.dir = CHECK_SYS(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	task.buffer = buffer_alloc(NOISE_SIZE);
	if (number >= FILES_JUDGED) {
		noise_run(&task, txns);
		return;
	}
	for (unsigned int i = 1; !txns || i <= txns; i++) {
		file_op_make(&model, seed, round, number, i, &op);
		op_run(&task, &op);
		file_op_apply(&model, &op);
		ack_txn(number, i);
	}
}
