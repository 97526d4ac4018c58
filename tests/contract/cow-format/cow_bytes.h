/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cow_bytes.h - headers of COW files, put together byte after byte as the format's
 * description has them, and where it says that bitmap and data are. Made without
 * a look at os-Linux/cow_format.c, which is what the tests compare with it.
 */
#ifndef TESTS_COW_BYTES_H
#define TESTS_COW_BYTES_H

#include <stdint.h>
#include <string.h>

#define BYTES_MAX 4136

enum { V1, V2, V3, V3_BROKEN, VERSIONS };

struct cow_bytes {
	int version;		/* one of the above */
	int big_endian;		/* of V1, and the magic number of the others */
	const char *path;
	uint32_t mtime;
	uint64_t size;
	uint32_t sector, align, format;
};

struct cow_places {
	uint64_t bitmap, bitmap_size, data;
};

static inline uint8_t *bytes_number(uint8_t *to, uint64_t value, int count, int big)
{
	for (int i = 0; i < count; i++)
		*to++ = value >> (8 * (big ? count - 1 - i : i));
	return to;
}

static inline uint8_t *bytes_path(uint8_t *to, const char *path, int count)
{
	memset(to, 0, count);
	memcpy(to, path, strlen(path));
	return to + count;
}

/* Returns how long the header is. */
static inline size_t cow_bytes_make(const struct cow_bytes *c, uint8_t *buf)
{
	static const int number[VERSIONS] = { 1, 2, 3, 3 };
	int big = c->version == V1 ? c->big_endian : 1;
	uint8_t *p = buf;

	p = bytes_number(p, 0x4f4f4f4d, 4, c->big_endian);
	p = bytes_number(p, number[c->version], 4, c->big_endian);
	if (c->version <= V2)
		p = bytes_path(p, c->path, c->version == V1 ? 256 : 4096);
	p = bytes_number(p, c->mtime, 4, big);
	if (c->version == V3_BROKEN)	/* the upper half of 64 bits */
		p = bytes_number(p, 0, 4, big);
	p = bytes_number(p, c->size, 8, big);
	p = bytes_number(p, c->sector, 4, big);
	if (c->version <= V2)
		return p - buf;
	p = bytes_number(p, c->align, 4, big);
	p = bytes_number(p, c->format, 4, big);
	p = bytes_path(p, c->path, 4096);
	if (c->version == V3_BROKEN)	/* the structure's end is padded to 8 bytes */
		p = bytes_number(p, 0, 4, big);
	return p - buf;
}

static inline struct cow_places cow_bytes_places(const struct cow_bytes *c)
{
	static const int length[VERSIONS] = { 280, 4120, 4128, 4136 };
	struct cow_places at = { length[c->version], 0, 0 };
	uint64_t sectors = c->size / c->sector + (c->size % c->sector != 0);
	uint64_t align = c->version <= V2 ? c->sector : c->align;

	at.bitmap_size = sectors / 8 + (sectors % 8 != 0);
	if (c->version >= V3 && at.bitmap % align)
		at.bitmap += align - at.bitmap % align;
	at.data = at.bitmap + at.bitmap_size;
	if (c->version <= V2 && sectors % 8)
		at.data--;	/* V1 and V2 forget the byte that is not full */
	if (at.data % align)
		at.data += align - at.data % align;
	return at;
}

#endif
