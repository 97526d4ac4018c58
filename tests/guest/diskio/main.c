// SPDX-License-Identifier: GPL-2.0
/*
 * diskio - everything one can do with a disk, compared with a model in memory.
 *
 *   diskio				the disk DISK of the environment, which is
 *					empty; without it, a file (that tests us)
 *   diskio model DISK MODEL SEED COUNT [ZERO [DISCARD [DEPTH]]]
 *	MODEL is a file with what the disk has, and gets what it has afterwards;
 *	ZERO of 256 requests write zeroes, DISCARD of 256 discard;
 *	DEPTH: only that, with so many in flight (1 to 64)
 *   diskio read DISK MODEL		only compare, as it may be written to by none
 *   diskio ops DISK OP...		requests by hand, see ops.c
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "diskio.h"
#include "rng.h"

#define SIZE_OF_FILE (6u << 20)

void *buffer_get(size_t size)
{
	void *buffer = NULL;
	int err = posix_memalign(&buffer, ALIGN, size);

	CHECK(!err, "%zu bytes of memory: %s", size, strerror(err));
	return buffer;
}

void disk_compare(const struct disk *disk, const void *data, uint64_t offset,
		  size_t length, const char *what)
{
	const unsigned char *have = data, *want = disk->model + offset;
	size_t i = 0;

	if (!memcmp(have, want, length))
		return;
	while (have[i] == want[i])
		i++;
	FAIL("%s: %s, %zu bytes at sector %llu + %llu: wrong from byte %zu: %02x %02x %02x %02x, not %02x %02x %02x %02x",
	     disk->path, what, length, (unsigned long long)offset / SECTOR,
	     (unsigned long long)offset % SECTOR, i, have[i], have[i + 1],
	     have[i + 2], have[i + 3], want[i], want[i + 1], want[i + 2],
	     want[i + 3]);
}

static void disk_open(struct disk *disk, const char *path, int mode)
{
	struct stat st;

	disk->path = path;
	disk->direct = open(path, mode | O_DIRECT | O_CLOEXEC);
	disk->buffered = open(path, mode | O_CLOEXEC);
	CHECK(disk->direct >= 0 && disk->buffered >= 0, "open %s: %s", path,
	      strerror(errno));
	CHECK_SYS(fstat(disk->direct, &st));
	disk->is_device = S_ISBLK(st.st_mode);
	disk->size = st.st_size;
	disk->sector = SECTOR;
	if (disk->is_device) {
		int sector;

		CHECK_SYS(ioctl(disk->direct, BLKGETSIZE64, &disk->size));
		CHECK_SYS(ioctl(disk->direct, BLKSSZGET, &sector));
		disk->sector = sector;
	}
	CHECK(disk->size && disk->size % disk->sector == 0, "%s has %llu bytes",
	      path, (unsigned long long)disk->size);
	if (!disk->model) {
		disk->model = calloc(1, disk->size);
		disk->buffer = buffer_get(LENGTH_MAX + ALIGN);
		CHECK(disk->model);
	}
}

static void disk_close(struct disk *disk)
{
	CHECK_SYS(close(disk->direct));
	CHECK_SYS(close(disk->buffered));
}

/* The last sector of a disk may have only a part in the image: zeros then. */
static void model_read(struct disk *disk, const char *path)
{
	int fd = CHECK_SYS(open(path, O_RDONLY | O_CLOEXEC));
	uint64_t size = CHECK_SYS(lseek(fd, 0, SEEK_END));

	CHECK(size <= disk->size && size + disk->sector > disk->size,
	      "%s has %llu bytes, its model %llu", disk->path,
	      (unsigned long long)disk->size, (unsigned long long)size);
	CHECK(pread(fd, disk->model, size, 0) == (long)size, "%s: %s", path,
	      strerror(errno));
	CHECK_SYS(close(fd));
}

static void model_write(const struct disk *disk, const char *path)
{
	int fd = CHECK_SYS(open(path, O_WRONLY | O_CLOEXEC));

	CHECK(pwrite(fd, disk->model, disk->size, 0) == (long)disk->size, "%s: %s",
	      path, strerror(errno));
	CHECK_SYS(close(fd));
}

static void all_compare(const struct disk *disk, const char *what)
{
	uint64_t offset;
	size_t length;

	for (offset = 0; offset < disk->size; offset += length) {
		length = disk->size - offset;
		if (length > LENGTH_MAX)
			length = LENGTH_MAX;
		CHECK(pread(disk->direct, disk->buffer, length, offset) ==
		      (long)length, "%s: %zu bytes at %llu: %s", what, length,
		      (unsigned long long)offset, strerror(errno));
		disk_compare(disk, disk->buffer, offset, length, what);
	}
}

/* At the end and beyond */
static void end_check(struct disk *disk)
{
	unsigned int sector = disk->sector;
	unsigned char *buffer = disk->buffer;
	uint64_t last = disk->size - sector;
	int fd[2] = { disk->direct, disk->buffered }, i;

	for (i = 0; i < 2; i++) {
		CHECK(pread(fd[i], buffer, 4 * sector, last) == (long)sector,
		      "%s: read across the end", disk->path);
		disk_compare(disk, buffer, last, sector, "across the end");
		CHECK(pread(fd[i], buffer, sector, disk->size) == 0);
		CHECK(pread(fd[i], buffer, sector, disk->size + (1 << 30)) == 0);
		if (!disk->is_device)
			continue;
		errno = 0;
		CHECK(pwrite(fd[i], buffer, sector, disk->size) < 0 &&
		      errno == ENOSPC, "%s: write beyond the end: %s",
		      disk->path, strerror(errno));
	}
}

/* By way of the page cache: any byte, any length; then what arrived below it */
static void buffered_run(struct disk *disk, struct rng *rng, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		size_t length = 1 + rng_below(rng, rng_below(rng, 8) ? 9000 : 70000);
		uint64_t offset;
		size_t k;

		if (length > disk->size)
			length = disk->size;
		offset = rng_next(rng) % (disk->size - length + 1);
		if (rng_below(rng, 2)) {
			CHECK(pread(disk->buffered, disk->buffer, length, offset) ==
			      (long)length);
			disk_compare(disk, disk->buffer, offset, length,
				     "buffered read");
			continue;
		}
		for (k = 0; k < length; k++)
			disk->model[offset + k] = k + i;
		CHECK(pwrite(disk->buffered, disk->model + offset, length, offset) ==
		      (long)length);
	}
	CHECK_SYS(fsync(disk->buffered));
	if (disk->is_device)
		CHECK_SYS(ioctl(disk->buffered, BLKFLSBUF, 0));
	all_compare(disk, "after buffered writes");
}

static void last_sector_write(struct disk *disk)
{
	uint64_t last = disk->size - disk->sector;

	memset(disk->buffer, 0x5a, disk->sector);
	memcpy(disk->model + last, disk->buffer, disk->sector);
	CHECK(pwrite(disk->direct, disk->buffer, disk->sector, last) ==
	      disk->sector);
	CHECK_SYS(fsync(disk->direct));
	disk_close(disk);
	disk_open(disk, disk->path, O_RDWR);
	CHECK(pread(disk->direct, disk->buffer, disk->sector, last) ==
	      disk->sector);
	disk_compare(disk, disk->buffer, last, disk->sector, "last sector");
}

/* All of it: random requests at several depths, by page cache, at the end */
static void disk_exercise(struct disk *disk, struct rng *rng, struct mix mix)
{
	static const unsigned int depth[] = { 1, 3, 16, 64 };
	unsigned int count = mix.count, i;

	all_compare(disk, "at the start");
	end_check(disk);
	for (i = 0; i < sizeof(depth) / sizeof(*depth); i++) {
		mix.depth = depth[i];
		mix.count = count / 4;
		ring_run(disk, rng, &mix);
	}
	buffered_run(disk, rng, count / 8);
	last_sector_write(disk);
	all_compare(disk, "at the end");
	end_check(disk);
	CHECK_SYS(fsync(disk->direct));
}

static struct disk disk;

static int model_run(int argc, char **argv)
{
	struct mix mix = { .count = atoi(argv[3]) };
	struct rng rng = { atoi(argv[2]) };

	mix.zero = argc > 4 ? atoi(argv[4]) : 0;
	mix.discard = argc > 5 ? atoi(argv[5]) : 0;
	mix.depth = argc > 6 ? atoi(argv[6]) : 0;
	CHECK(mix.depth <= DEPTH_MAX);
	disk_open(&disk, argv[0], O_RDWR);
	model_read(&disk, argv[1]);
	if (mix.depth) {
		ring_run(&disk, &rng, &mix);
		all_compare(&disk, "at the end");
	} else {
		disk_exercise(&disk, &rng, mix);
	}
	disk_close(&disk);
	model_write(&disk, argv[1]);
	printf("%s is as it should be\n", disk.path);
	return 0;
}

static int read_run(char **argv)
{
	disk_open(&disk, argv[0], O_RDONLY);
	model_read(&disk, argv[1]);
	all_compare(&disk, "read");
	disk_close(&disk);
	printf("%s is as it should be\n", disk.path);
	return 0;
}

static int guest_run(void)
{
	const char *path = getenv("DISK");
	struct mix mix = { .count = 600, .zero = 4 };
	struct rng rng = { 1 };

	if (!path) {
		int fd = CHECK_SYS(open("disk", O_RDWR | O_CREAT | O_CLOEXEC, 0600));

		path = "disk";
		mix.zero = 0;		/* no device */
		CHECK_SYS(ftruncate(fd, SIZE_OF_FILE));
		CHECK_SYS(close(fd));
	}
	disk_open(&disk, path, O_RDWR);
	disk_exercise(&disk, &rng, mix);
	disk_close(&disk);
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 1)
		return guest_run();
	if (argc >= 6 && !strcmp(argv[1], "model"))
		return model_run(argc - 2, argv + 2);
	if (argc == 4 && !strcmp(argv[1], "read"))
		return read_run(argv + 2);
	if (argc >= 3 && !strcmp(argv[1], "ops"))
		return ops_run(argv + 2);
	FAIL("arguments: see tests/guest/diskio/main.c");
}
