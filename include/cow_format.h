/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cow_format.h - the format of COW files, as pure functions without any I/O.
 *
 * A COW file is a header, a bitmap with a bit for each sector (bit N % 8 of byte
 * N / 8; set: the sector is in the COW file), and the data at the offset that
 * each sector has on the disk. What is not set is read from the backing file.
 * docs/storage.md has the layouts of the versions.
 *
 * Host objects and tests share this header.
 */
#ifndef UML_COW_FORMAT_H
#define UML_COW_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#define COW_PATH_MAX 4096	/* with the final zero byte */
#define COW_HEADER_MAX 4136	/* the longest header, bytes */
#define COW_NEW_ALIGN 4096	/* of bitmap and data in new files */
#define COW_NEW_SECTOR 512	/* the only one that stock ./linux gets right */

/**
 * struct cow_header - what the header of a COW file says
 * @version:		1, 2 or 3
 * @broken:		V3 in the layout of 64-bit UML before December 2005
 * @little_endian:	V1 that a little-endian UML wrote
 * @mtime:		of the backing file when this was made, the low 32 bits
 * @size:		of the backing file then, bytes
 * @sector:		bytes that a bit of the bitmap stands for
 * @align:		of bitmap and data in the file, bytes
 * @bitmap_offset:	of the bitmap in the file
 * @bitmap_size:	bytes for all sectors, rounded up
 * @bitmap_stored:	how many of these bytes the file has room for: one less for
 *			some V1 and V2 disks, see cow_header_parse()
 * @data_offset:	of the data in the file
 * @path:		of the backing file, never empty
 */
struct cow_header {
	uint8_t version;
	uint8_t broken;
	uint8_t little_endian;
	uint32_t mtime;
	uint64_t size;
	uint32_t sector;
	uint32_t align;
	uint64_t bitmap_offset;
	uint64_t bitmap_size;
	uint64_t bitmap_stored;
	uint64_t data_offset;
	char path[COW_PATH_MAX];
};

/**
 * cow_header_is() - has a file the magic number of a COW file?
 * @buf:	its first bytes
 * @len:	how many there are
 */
extern int cow_header_is(const void *buf, size_t len);

/**
 * cow_header_parse() - read and check a header
 * @buf:	the first bytes of the file
 * @len:	how many: COW_HEADER_MAX, or fewer if the file has no more
 * @header:	the result
 * @why:	what is wrong with it, a few words such as "sector size of 7 bytes"
 * @why_size:	bytes of @why
 *
 * V1 and V2 count the bytes of the bitmap rounded down, a byte too few unless
 * the disk is a multiple of 8 sectors; then the bits of its last sectors lie in
 * the padding before the data. Where there is no padding, @bitmap_stored is less
 * than @bitmap_size: those sectors can't be marked, and the disk must not be
 * written to.
 *
 * 0, -ENOENT without the magic number (@why is empty), -EINVAL. Any context.
 */
extern int cow_header_parse(const void *buf, size_t len, struct cow_header *header,
			    char *why, size_t why_size);

/**
 * cow_header_new() - a V3 header for a new COW file
 * @header:	the result
 * @path:	absolute, of the backing file; @size and @mtime are its
 * @size:	bytes
 * @mtime:	seconds
 *
 * 0, -ENAMETOOLONG, or -EFBIG. Any context.
 */
extern int cow_header_new(struct cow_header *header, const char *path,
			  uint64_t size, int64_t mtime);

/**
 * cow_header_build() - the bytes of a header, of any version
 * @header:	as cow_header_parse() or cow_header_new() left it, perhaps with
 *		another @path or @mtime
 * @buf:	COW_HEADER_MAX bytes
 *
 * How many bytes the header has, or -ENAMETOOLONG (V1 has room for 255
 * characters). Any context.
 */
extern int cow_header_build(const struct cow_header *header, void *buf);

#endif
