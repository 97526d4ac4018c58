// SPDX-License-Identifier: GPL-2.0
/* disk.c - write to a whole disk, or a file in its place; say what is there. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check.h"
#include "crashload.h"
#include "disk_plan.h"

#define CHUNK 2048	/* sectors read or written at once */

struct disk_task {
	struct disk_plan plan;
	struct disk_txn txn;
	unsigned int round, task, number;
	aio_context_t aio;
	int fd;
	bool durable;		/* a write is, when it is done */
	char *buffer;		/* a piece of WRITE_SECTORS_MAX per write */
};

static uint32_t disk_sectors(int fd)
{
	struct stat stat;
	uint64_t size;

	CHECK_SYS(fstat(fd, &stat));
	size = stat.st_size;
	if (S_ISBLK(stat.st_mode))
		CHECK_SYS(ioctl(fd, BLKGETSIZE64, &size));
	return size / SECTOR;
}

static char *buffer_alloc(size_t sectors)
{
	char *buffer = aligned_alloc(4096, sectors * SECTOR);

	CHECK(buffer, "no memory");
	return buffer;
}

/* Fill a disk with sectors whose key is 0. */
void disk_format(const char *path, uint64_t seed)
{
	int fd = CHECK_SYS(open(path, O_WRONLY | O_CLOEXEC));
	struct sector_name name = { 0, PLACE_DISK, 0 };
	uint32_t sectors = disk_sectors(fd);
	char *buffer = buffer_alloc(CHUNK);

	while (name.number < sectors) {
		uint32_t n = 0;

		for (; n < CHUNK && name.number < sectors; n++, name.number++)
			sector_fill(buffer + n * SECTOR, seed, &name);
		CHECK(write(fd, buffer, n * SECTOR) == n * SECTOR, "%s", path);
	}
	CHECK_SYS(close(fd));
	free(buffer);
}

static void bad_show(const char *data, uint64_t seed, uint32_t number)
{
	static unsigned int shown;
	char text[200];

	if (shown++ >= 20)
		return;
	sector_describe(data, seed, text, sizeof(text));
	printf("BAD sector %u: %s\n", number, text);
}

/* Write the key of each sector of the disk to the file `map`. */
void disk_scan(const char *disk, const char *map, uint64_t seed)
{
	int fd = CHECK_SYS(open(disk, O_RDONLY | O_CLOEXEC));
	FILE *out = fopen(map, "we");
	uint32_t sectors = disk_sectors(fd), at, i;
	char *buffer = buffer_alloc(CHUNK);
	uint64_t keys[CHUNK];
	ssize_t n;

	CHECK(out, "%s: %s", map, strerror(errno));
	for (at = 0; at < sectors; at += n) {
		n = CHECK_SYS(read(fd, buffer, CHUNK * SECTOR)) / SECTOR;
		CHECK(n > 0, "%s ends at sector %u", disk, at);
		for (i = 0; i < n; i++) {
			keys[i] = sector_key(buffer + i * SECTOR, seed, PLACE_DISK,
					     at + i);
			if (keys[i] == KEY_BAD)
				bad_show(buffer + i * SECTOR, seed, at + i);
		}
		CHECK(fwrite(keys, sizeof(keys[0]), n, out) == (size_t)n, "%s", map);
	}
	CHECK(!fclose(out), "%s: %s", map, strerror(errno));
	CHECK_SYS(close(fd));
	free(buffer);
}

static char *write_buffer(struct disk_task *task, unsigned int op)
{
	return task->buffer + op * WRITE_SECTORS_MAX * SECTOR;
}

static void write_fill(struct disk_task *task, unsigned int op)
{
	const struct piece *write = &task->txn.write[op];
	struct sector_name name = {
		KEY(task->round, task->number, op), PLACE_DISK, write->start
	};

	for (uint32_t i = 0; i < write->sectors; i++, name.number++)
		sector_fill(write_buffer(task, op) + i * SECTOR, task->plan.seed,
			    &name);
}

static void write_sync(struct disk_task *task, unsigned int op, int flags)
{
	const struct piece *write = &task->txn.write[op];
	struct iovec part = { write_buffer(task, op), write->sectors * SECTOR };
	ssize_t n = pwritev2(task->fd, &part, 1, (off_t)write->start * SECTOR, flags);

	CHECK(n == (ssize_t)part.iov_len, "sector %u: %zd of %zu: %s", write->start,
	      n, part.iov_len, strerror(errno));
}

/* All writes of a transaction in flight together. */
static void writes_submit(struct disk_task *task)
{
	struct iocb iocb[TXN_WRITES_MAX], *list[TXN_WRITES_MAX];
	struct io_event events[TXN_WRITES_MAX];
	unsigned int count = task->txn.writes, op;
	long n;

	memset(iocb, 0, sizeof(iocb));
	for (op = 0; op < count; op++) {
		const struct piece *write = &task->txn.write[op];

		iocb[op].aio_lio_opcode = IOCB_CMD_PWRITE;
		iocb[op].aio_fildes = task->fd;
		iocb[op].aio_data = write->sectors * SECTOR;
		iocb[op].aio_buf = (uintptr_t)write_buffer(task, op);
		iocb[op].aio_nbytes = write->sectors * SECTOR;
		iocb[op].aio_offset = (int64_t)write->start * SECTOR;
		list[op] = &iocb[op];
	}
	n = CHECK_SYS(syscall(SYS_io_submit, task->aio, (long)count, list));
	CHECK(n == count, "%ld of %u", n, count);
	n = CHECK_SYS(syscall(SYS_io_getevents, task->aio, (long)count, (long)count,
			      events, NULL));
	for (op = 0; op < count; op++)
		CHECK(n == count && events[op].res == (int64_t)events[op].data,
		      "write %u: %lld", op, (long long)events[op].res);
}

static void txn_run(struct disk_task *task)
{
	enum txn_kind kind = task->txn.kind;
	unsigned int op;

	for (op = 0; op < task->txn.writes; op++)
		write_fill(task, op);
	if (kind == TXN_AIO)
		writes_submit(task);
	for (op = 0; kind != TXN_AIO && op < task->txn.writes; op++)
		write_sync(task, op, kind == TXN_DSYNC && !task->durable ? RWF_DSYNC : 0);
	if (task->durable)
		return;
	if (kind == TXN_FSYNC)
		CHECK_SYS(fsync(task->fd));
	else if (kind != TXN_DSYNC)
		CHECK_SYS(fdatasync(task->fd));
}

/*
 * What one task does in a round: `txns` transactions, without end if that is 0.
 * With `durable` direct writes are not synced: the disk does that.
 */
void disk_task(const char *disk, uint64_t seed, unsigned int round,
	       unsigned int number, unsigned int txns, bool durable)
{
	bool direct = number < DISK_DIRECT_TASKS;
	struct disk_task task = { .round = round, .task = number,
				  .durable = direct && durable };

	task.fd = CHECK_SYS(open(disk, O_RDWR | O_CLOEXEC | (direct ? O_DIRECT : 0)));
	disk_plan_make(&task.plan, seed, disk_sectors(task.fd));
	task.buffer = buffer_alloc(TXN_WRITES_MAX * WRITE_SECTORS_MAX);
	if (direct)
		CHECK_SYS(syscall(SYS_io_setup, TXN_WRITES_MAX, &task.aio));
	while (!txns || task.number < txns) {
		task.number++;
		disk_txn_make(&task.plan, round, number, task.number, &task.txn);
		txn_run(&task);
		ack_txn(number, task.number);
	}
}
