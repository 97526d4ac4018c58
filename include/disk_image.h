/* SPDX-License-Identifier: GPL-2.0 */
/*
 * disk_image.h - the host files behind a disk: opened, checked and locked.
 *
 * Host and kernel objects and tests share this header. All functions but
 * image_size_now() work in static buffers: one caller at a time (ubd holds a
 * mutex). Process context; they wait for the host's file system.
 */
#ifndef UML_DISK_IMAGE_H
#define UML_DISK_IMAGE_H

#if !defined(__KERNEL__) || defined(__UM_HOST__)
#include <stddef.h>
#include <stdint.h>
#else
#include <linux/types.h>
#endif

#define IMAGE_WHY_SIZE 1024	/* enough for any message, cut off only in paths */

/*
 * A machine that was just killed keeps its files a little longer than its process is
 * seen: until the last of its threads and helpers is gone, and the last I/O is done. So
 * who meets a lock tries again for that long before it gives up.
 */
#define IMAGE_PATIENCE_MS 1000
#define IMAGE_PAUSE_MS 20

enum image_cache { IMAGE_CACHE_AUTO, IMAGE_CACHE_DIRECT, IMAGE_CACHE_HOST };

/**
 * struct image_request - what is asked for
 * @file:		raw image, COW file or host block device
 * @backing:		backing file of a COW file; NULL: what its header says. With
 *			it, a @file that does not exist is made
 * @name:		of the disk in messages that say how to override; NULL: "ubdN"
 * @read_only:		open nothing for writing
 * @sync:		O_SYNC
 * @shared:		take no lock
 * @raw:		never take @file for a COW file
 * @force_backing:	accept a backing file that was changed
 * @impatient:		do not look for who has a file locked: it will be tried again
 * @cache:		enum image_cache
 * @sector:		logical sector size of the disk, bytes: 512, 1024, 2048, 4096
 */
struct image_request {
	const char *file;
	const char *backing;
	const char *name;
	uint8_t read_only, sync, shared, raw, force_backing, impatient, cache;
	uint32_t sector;
};

/**
 * struct image_file - one open file
 * @fd:			-1: none
 * @direct:		it is O_DIRECT
 * @block_device:	it is a host block device
 * @mem_align:		what addresses of buffers have to be a multiple of, bytes (1
 *			if not @direct). Offsets and lengths: multiples of the disk's
 *			sector always do
 */
struct image_file {
	int32_t fd;
	uint8_t direct;
	uint8_t block_device;
	uint32_t mem_align;
};

/**
 * struct disk_image - an open disk
 * @data:		raw image or COW file
 * @backing:		its fd is -1 unless it is a COW disk
 * @size:		of the disk, bytes, a multiple of @sector. The file may end
 *			earlier (the rest reads as zero, and is there once written)
 * @backing_size:	bytes; what is behind that reads as zero
 * @sector:		logical sector: the one asked for, or @cow_sector if that is
 *			more, so that each write covers whole COW sectors
 * @cow_sector:		bytes that a bit of the bitmap stands for; 0: no COW
 * @read_only:		asked for, or because there is no other way (the notice says)
 * @created:		a new COW file was made
 * @bitmap_offset:	COW only: where the bitmap is in @data, bytes
 * @bitmap_size:	a bit for each of the disk's COW sectors, rounded up, bytes.
 *			Up to @data_offset is padding, which may be written as zeros
 *			(a writer of whole blocks has to stay below @data_offset)
 * @data_offset:	where the disk's first byte is in @data
 * @backing_path:	of the backing file, as it was opened
 * @cache_reason:	why @data is not direct, "" if it is
 */
struct disk_image {
	struct image_file data;
	struct image_file backing;
	uint64_t size;
	uint64_t backing_size;
	uint32_t sector;
	uint32_t cow_sector;
	uint8_t read_only;
	uint8_t created;
	uint64_t bitmap_offset, bitmap_size, data_offset;
	uint64_t bitmap_stored;	/* private: how much of the bitmap the file can hold */
	char backing_path[4097];
	char cache_reason[96];
};

/**
 * image_open() - open, check and lock a disk
 * @want:	what is asked for
 * @image:	the result; image_close() gives it back. After an error there is
 *		nothing to give back
 * @why:	after an error one line, which names the file. After success ""
 *		or a notice of one line, such as "a.img: Permission denied for
 *		writing, so it is read-only"
 * @why_size:	bytes of @why (IMAGE_WHY_SIZE)
 *
 * 0 or -errno: -EBUSY if another one has it locked, for which it does not wait (see
 * IMAGE_PATIENCE_MS); -ESTALE if the backing file is not what the COW file was made
 * for, -EINVAL for what is no image.
 */
extern int image_open(const struct image_request *want, struct disk_image *image,
		      char *why, size_t why_size);

/* Close its files, which drops the locks. */
extern void image_close(struct disk_image *image);

/**
 * image_size_now() - how large has the disk become?
 * @image:	an open disk
 * @size:	bytes, a multiple of its sector. A COW disk's never changes
 *
 * 0 or -errno. Any context that may wait; needs no lock.
 */
extern int image_size_now(const struct disk_image *image, uint64_t *size);

/**
 * image_bitmap_next() - read the bitmap of a COW disk, as far as it is no hole
 * @image:	an open COW disk
 * @offset:	from which byte of the bitmap on; after the call, where what was
 *		read begins. All bytes in between are zero
 * @buf:	for the bytes, at any address
 * @len:	of @buf, bytes
 *
 * How many bytes were read; 0: there are no more, the rest is zero; -errno.
 * The next call begins at @offset plus that.
 */
extern long image_bitmap_next(const struct disk_image *image, uint64_t *offset,
			      void *buf, size_t len);

#endif
