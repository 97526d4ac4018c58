// SPDX-License-Identifier: GPL-2.0
/*
 * ring.c - up to 64 O_DIRECT requests in flight by io_submit. None overlaps a
 * write that is in flight, so the model knows what every read has to bring.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "diskio.h"
#include "rng.h"

#define TRIES 32	/* to find a place where nothing is in flight */

enum kind { FREE, READ, WRITE };

struct slot {
	struct iocb iocb;
	enum kind kind;
	uint64_t offset;
	uint32_t length;
	unsigned char *memory, *data;	/* data: somewhere in it */
};

struct ring {
	struct disk *disk;
	struct rng *rng;
	aio_context_t context;
	unsigned int depth, busy;
	struct slot slot[DEPTH_MAX];
};

/* Mostly small, now and then up to 1 MiB; half of them not aligned to 4 KiB. */
static void range_choose(const struct disk *disk, struct rng *rng,
			 uint64_t *offset, uint32_t *length)
{
	static const unsigned short most[16] = {
		8, 8, 8, 8, 8, 8, 8, 8, 64, 64, 64, 64, 64, 256, 256, 2048
	};
	uint64_t units = disk->size / disk->sector, first;
	uint32_t n = 1 + rng_below(rng, most[rng_below(rng, 16)]);

	n = (n * SECTOR + disk->sector - 1) / disk->sector;
	if (n > units)
		n = units;
	/* half of them close together, where they share bitmap words and pages */
	first = rng_below(rng, units - n + 1);
	if (rng_below(rng, 2))
		first %= 128;
	if (rng_below(rng, 2))
		first &= ~7ull;
	if (first > units - n)
		first = units - n;
	*offset = first * disk->sector;
	*length = n * disk->sector;
}

static int range_is_free(const struct ring *ring, enum kind kind,
			 uint64_t offset, uint32_t length)
{
	unsigned int i;

	for (i = 0; i < ring->depth; i++) {
		const struct slot *slot = &ring->slot[i];

		if (slot->kind == FREE || offset >= slot->offset + slot->length ||
		    slot->offset >= offset + length)
			continue;
		if (kind == WRITE || slot->kind == WRITE)
			return 0;
	}
	return 1;
}

static void data_fill(struct rng *rng, unsigned char *data, uint32_t length)
{
	uint32_t i;
	uint64_t word;

	for (i = 0; i < length; i += sizeof(word)) {
		word = rng_next(rng);
		memcpy(data + i, &word, sizeof(word));
	}
}

static void slot_submit(struct ring *ring, struct slot *slot)
{
	struct disk *disk = ring->disk;
	struct iocb *list = &slot->iocb;
	/* the kernel takes memory aligned to a sector; so pages are crossed */
	unsigned int shift = rng_below(ring->rng, ALIGN / disk->sector);

	slot->memory = buffer_get(slot->length + ALIGN);
	slot->data = slot->memory + shift * disk->sector;
	if (slot->kind == WRITE) {
		data_fill(ring->rng, slot->data, slot->length);
		memcpy(disk->model + slot->offset, slot->data, slot->length);
	} else {
		memset(slot->data, 0xa5, slot->length);
	}
	memset(list, 0, sizeof(*list));
	list->aio_data = (uintptr_t)slot;
	list->aio_lio_opcode = slot->kind == WRITE ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
	list->aio_fildes = disk->direct;
	list->aio_buf = (uintptr_t)slot->data;
	list->aio_nbytes = slot->length;
	list->aio_offset = slot->offset;
	CHECK_SYS(syscall(SYS_io_submit, ring->context, 1l, &list));
	ring->busy++;
}

static void slot_done(struct ring *ring, struct slot *slot, int64_t result)
{
	const char *what = slot->kind == WRITE ? "write" : "read";

	CHECK(result == slot->length, "%s of %u bytes at %llu: result %lld",
	      what, slot->length, (unsigned long long)slot->offset,
	      (long long)result);
	if (slot->kind == READ)
		disk_compare(ring->disk, slot->data, slot->offset, slot->length,
			     "read in flight");
	free(slot->memory);
	slot->kind = FREE;
	ring->busy--;
}

/* At least one that was in flight has ended. */
static void ring_reap(struct ring *ring)
{
	struct io_event event[DEPTH_MAX];
	long n = CHECK_SYS(syscall(SYS_io_getevents, ring->context, 1l,
				   (long)DEPTH_MAX, event, NULL)), i;

	CHECK(n > 0);
	for (i = 0; i < n; i++)
		slot_done(ring, (struct slot *)(uintptr_t)event[i].data,
			  event[i].res);
}

enum zero { ZERO_OUT, PUNCH_HOLE, DISCARD };

static void range_zero(struct ring *ring, enum zero how, uint64_t offset,
		       uint32_t length)
{
	static const char *const name[] = { "BLKZEROOUT", "fallocate", "BLKDISCARD" };
	struct disk *disk = ring->disk;
	uint64_t range[2] = { offset, length };
	int err;

	if (how == PUNCH_HOLE)
		err = fallocate(disk->buffered,
				FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				offset, length);
	else
		err = ioctl(disk->buffered,
			    how == DISCARD ? BLKDISCARD : BLKZEROOUT, range);
	/* a host file system without holes: then nothing was changed */
	if (err && errno == EOPNOTSUPP && how == PUNCH_HOLE)
		return;
	CHECK(!err, "%s of %u bytes at %llu: %s", name[how], length,
	      (unsigned long long)offset, strerror(errno));
	memset(disk->model + offset, 0, length);
}

static void request_start(struct ring *ring, const struct mix *mix)
{
	unsigned int dice = rng_below(ring->rng, 256), i = 0, tries = 0;
	enum kind kind = dice & 1 ? WRITE : READ;
	uint64_t offset;
	uint32_t length;

	if (dice < mix->zero + mix->discard)
		kind = WRITE;
	range_choose(ring->disk, ring->rng, &offset, &length);
	while (!range_is_free(ring, kind, offset, length)) {
		/* or the queue would never be deep; a small disk may be full */
		if (++tries % TRIES == 0)
			ring_reap(ring);
		range_choose(ring->disk, ring->rng, &offset, &length);
	}
	if (dice < mix->zero + mix->discard) {
		range_zero(ring, dice >= mix->zero ? DISCARD :
			   dice & 1 ? PUNCH_HOLE : ZERO_OUT, offset, length);
		return;
	}
	while (ring->slot[i].kind != FREE)
		i++;
	ring->slot[i].kind = kind;
	ring->slot[i].offset = offset;
	ring->slot[i].length = length;
	slot_submit(ring, &ring->slot[i]);
}

void ring_run(struct disk *disk, struct rng *rng, const struct mix *mix)
{
	struct ring ring = { .disk = disk, .rng = rng, .depth = mix->depth };
	unsigned int i;

	CHECK_SYS(syscall(SYS_io_setup, DEPTH_MAX, &ring.context));
	for (i = 0; i < mix->count; i++) {
		if (ring.busy == ring.depth)
			ring_reap(&ring);
		request_start(&ring, mix);
	}
	while (ring.busy)
		ring_reap(&ring);
	CHECK_SYS(syscall(SYS_io_destroy, ring.context));
}
