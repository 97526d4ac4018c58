// SPDX-License-Identifier: GPL-2.0
/*
 * ubd_map.c - which sectors of a COW disk were changed: the bitmap of the COW
 * file, in memory. Only pages of it that have a bit set exist, so that a disk costs
 * what was changed on it and not what it could hold.
 *
 * A bit is set once the sector's data is in the file, so that a read never gets
 * less than what was there before. ubd_commit.c carries it into the file.
 */
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "ubd.h"

static void chunk_free(struct ubd_chunk *chunk)
{
	kfree(chunk->bits);
	kfree(chunk);
}

/* Under the disk's lock, or, if @gfp may wait, when nobody else has the map. 0 or -errno. */
static int chunk_put(struct ubd_cow *cow, struct ubd_chunk *chunk, gfp_t gfp)
{
	if (gfpflags_allow_blocking(gfp))
		return xa_err(xa_store_irq(&cow->chunks, chunk->index, chunk, gfp));
	return xa_err(xa_store(&cow->chunks, chunk->index, chunk, gfp));
}

static struct ubd_chunk *chunk_get(struct ubd_cow *cow, u64 index, gfp_t gfp)
{
	struct ubd_chunk *chunk = xa_load(&cow->chunks, index);

	if (chunk)
		return chunk;
	chunk = kzalloc(sizeof(*chunk), gfp);
	if (!chunk)
		return NULL;
	chunk->index = index;
	INIT_LIST_HEAD(&chunk->dirty);
	/* a page of its own: a direct write to the file needs it aligned */
	chunk->bits = kzalloc(UBD_CHUNK_SIZE, gfp);
	if (!chunk->bits || chunk_put(cow, chunk, gfp)) {
		chunk_free(chunk);
		return NULL;
	}
	return chunk;
}

/*
 * The machine has to have memory left when all is read: a bitmap can be larger than
 * that, and whoever made the file may have wanted it to be.
 */
static bool map_has_room(void)
{
	return si_mem_available() > totalram_pages() / 8;
}

/* @n bytes of the file's bitmap, from @offset on */
static int map_take(struct ubd_cow *cow, u64 offset, const u8 *bytes, size_t n)
{
	struct ubd_chunk *chunk;
	size_t part;

	for (; n; n -= part, bytes += part, offset += part) {
		part = min(n, UBD_CHUNK_SIZE - (size_t)(offset % UBD_CHUNK_SIZE));
		if (!memchr_inv(bytes, 0, part))
			continue;
		if (!map_has_room())
			return -ENOMEM;
		chunk = chunk_get(cow, offset / UBD_CHUNK_SIZE,
				  GFP_KERNEL | __GFP_RETRY_MAYFAIL | __GFP_NOWARN);
		if (!chunk)
			return -ENOMEM;
		memcpy((u8 *)chunk->bits + offset % UBD_CHUNK_SIZE, bytes, part);
	}
	return 0;
}

static int map_read(struct ubd_disk *disk, char *why, size_t why_size)
{
	u64 offset = 0;
	void *buf = kmalloc(4 * UBD_CHUNK_SIZE, GFP_KERNEL);
	long n = -ENOMEM;
	int err;

	if (!buf)
		goto out;
	while ((n = image_bitmap_next(&disk->image, &offset, buf,
				      4 * UBD_CHUNK_SIZE)) > 0) {
		err = map_take(disk->cow, offset, buf, n);
		if (err) {
			n = err;
			break;
		}
		offset += n;
		cond_resched();
	}
out:
	kfree(buf);
	if (n < 0)
		snprintf(why, why_size, "%s: its bitmap can't be read, error %ld%s",
			 disk->option.file, -n,
			 n == -ENOMEM ? ": too little memory (mem=)" : "");
	return n;
}

int ubd_map_open(struct ubd_disk *disk, char *why, size_t why_size)
{
	struct ubd_cow *cow = kzalloc(sizeof(*cow), GFP_KERNEL);
	int err = -ENOMEM;

	if (cow) {
		INIT_LIST_HEAD(&cow->dirty);
		xa_init_flags(&cow->chunks, XA_FLAGS_LOCK_IRQ);
		cow->shift = ilog2(disk->image.cow_sector);
		disk->cow = cow;
		err = ubd_commit_open(disk);
	}
	if (err)
		snprintf(why, why_size, "%s: too little memory (mem=)", disk->option.file);
	else if (!disk->image.created)
		err = map_read(disk, why, why_size);
	if (err)
		ubd_map_close(disk);
	return err;
}

void ubd_map_close(struct ubd_disk *disk)
{
	struct ubd_cow *cow = disk->cow;
	struct ubd_chunk *chunk;
	unsigned long index;

	if (!cow)
		return;
	ubd_commit_close(disk);
	xa_for_each(&cow->chunks, index, chunk)
		chunk_free(chunk);
	xa_destroy(&cow->chunks);
	kfree(cow);
	disk->cow = NULL;
}

/* The page that has this bit, NULL: no bit of it is set */
static struct ubd_chunk *map_chunk(struct ubd_cow *cow, u64 bit)
{
	return xa_load(&cow->chunks, bit / UBD_CHUNK_BITS);
}

u64 ubd_map_run(struct ubd_cow *cow, u64 start, u64 end, bool *changed)
{
	u64 bit = start >> cow->shift, last = (end - 1) >> cow->shift;
	bool first = true, is;
	u64 i, n, limit;

	while (bit <= last) {
		const struct ubd_chunk *chunk = map_chunk(cow, bit);

		i = bit % UBD_CHUNK_BITS;
		limit = min(UBD_CHUNK_BITS, last - bit + i + 1);
		is = chunk && test_bit(i, chunk->bits);
		if (first)
			*changed = is;
		else if (is != *changed)
			break;
		first = false;
		if (!chunk)
			n = limit;
		else if (is)
			n = find_next_zero_bit(chunk->bits, limit, i);
		else
			n = find_next_bit(chunk->bits, limit, i);
		bit += n - i;
		if (n < limit)
			break;
	}
	return min(bit << cow->shift, end);
}

int ubd_map_prepare(struct ubd_cow *cow, u64 start, u64 end)
{
	u64 index = (start >> cow->shift) / UBD_CHUNK_BITS;
	u64 last = ((end - 1) >> cow->shift) / UBD_CHUNK_BITS;

	for (; index <= last; index++)
		if (!chunk_get(cow, index, GFP_ATOMIC | __GFP_NOWARN))
			return -ENOMEM;
	return 0;
}

void ubd_map_mark(struct ubd_cow *cow, u64 start, u64 end)
{
	u64 bit = start >> cow->shift, last = (end - 1) >> cow->shift;
	struct ubd_chunk *chunk;
	u64 i, limit;

	for (; bit <= last; bit += limit - i) {
		chunk = map_chunk(cow, bit);
		i = bit % UBD_CHUNK_BITS;
		limit = min(UBD_CHUNK_BITS, last - bit + i + 1);
		if (find_next_zero_bit(chunk->bits, limit, i) == limit)
			continue;
		bitmap_set(chunk->bits, i, limit - i);
		if (list_empty(&chunk->dirty))
			list_add_tail(&chunk->dirty, &cow->dirty);
	}
}
