// SPDX-License-Identifier: GPL-2.0
/*
 * cow_format.c - the format of COW files, see uml/cow_format.h. A header comes
 * from a file that may be damaged or hostile: nothing in it is believed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <uml/cow_format.h>

#define MAGIC 0x4f4f4f4dU	/* "MOOO" */
#define PATH_V1 256
#define SECTOR_MIN 512U
#define SECTOR_MAX 4096U
/* Nobody's pages are larger, and alignment is there for pages */
#define ALIGN_MAX (16U << 20)
#define FILE_MAX ((uint64_t)INT64_MAX)

#define MAGIC_AT 0
#define VERSION_AT 4

/* Where the fields are. All but V1 are big endian. 0: no such field */
struct layout {
	uint16_t path, path_size, mtime, size, sector, align, format, length;
};

static const struct layout layout_v1 = { 8, PATH_V1, 264, 268, 276, 0, 0, 280 };
static const struct layout layout_v2 = { 8, COW_PATH_MAX, 4104, 4108, 4116, 0, 0, 4120 };
static const struct layout layout_v3 = { 32, COW_PATH_MAX, 8, 12, 20, 24, 28, 4128 };
/*
 * The same structure as a 64-bit compiler laid it out when it was not packed: an
 * mtime of 64 bits (whose first 4 bytes hold the big-endian one), and padding
 * at the end.
 */
static const struct layout layout_v3_broken = { 36, COW_PATH_MAX, 8, 16, 24, 28, 32,
						COW_HEADER_MAX };

static const struct layout *layout_of(const struct cow_header *header)
{
	if (header->version == 1)
		return &layout_v1;
	if (header->version == 2)
		return &layout_v2;
	return header->broken ? &layout_v3_broken : &layout_v3;
}

static uint32_t get32(const uint8_t *p, int little)
{
	if (little)
		return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
	return p[3] | p[2] << 8 | p[1] << 16 | (uint32_t)p[0] << 24;
}

static uint64_t get64(const uint8_t *p, int little)
{
	uint64_t first = get32(p, little), second = get32(p + 4, little);

	return little ? second << 32 | first : first << 32 | second;
}

static void put32(uint8_t *p, uint32_t value, int little)
{
	for (int i = 0; i < 4; i++)
		p[little ? i : 3 - i] = value >> (8 * i);
}

static void put64(uint8_t *p, uint64_t value, int little)
{
	for (int i = 0; i < 8; i++)
		p[little ? i : 7 - i] = value >> (8 * i);
}

/* align: a power of two */
static uint64_t round_up(uint64_t value, uint64_t align)
{
	return (value + align - 1) & ~(align - 1);
}

static int power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

int cow_header_is(const void *buf, size_t len)
{
	return len >= 4 && (get32(buf, 0) == MAGIC || get32(buf, 1) == MAGIC);
}

/*
 * Where bitmap and data are: the sums that stock ./linux and uml_moo do. The
 * header's size, sector and align have been checked. -EFBIG if no file is so large.
 */
static int places_compute(struct cow_header *header)
{
	uint64_t sectors = (header->size + header->sector - 1) / header->sector;
	uint64_t end, length = layout_of(header)->length;

	header->bitmap_size = (sectors + 7) / 8;
	if (header->version < 3) {
		header->bitmap_offset = length;
		end = length + sectors / 8;	/* their mistake: rounded down */
		header->data_offset = round_up(end, header->sector);
	} else {
		header->bitmap_offset = round_up(length, header->align);
		end = header->bitmap_offset + header->bitmap_size;
		header->data_offset = round_up(end, header->align);
	}
	header->bitmap_stored = header->bitmap_size;
	if (header->data_offset - header->bitmap_offset < header->bitmap_stored)
		header->bitmap_stored = header->data_offset - header->bitmap_offset;
	/* the disk's end is rounded up to a sector, which may be another one */
	if (header->data_offset > FILE_MAX - SECTOR_MAX - header->size)
		return -EFBIG;
	return 0;
}

/*
 * V3 has two layouts. In the broken one the field that is always zero lies on
 * the beginning of the path, where an intact one has characters.
 */
static int is_broken(const uint8_t *buf, size_t len)
{
	return len >= layout_v3.path + 4U && get32(buf + layout_v3.path, 0) == 0;
}

/* Say in why what is wrong. */
__attribute__((format(printf, 3, 4)))
static int refuse(char *why, size_t why_size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(why, why_size, format, args);
	va_end(args);
	if (n < 0 && why_size)
		why[0] = 0;
	return -EINVAL;
}

/* The fields that places are computed from. 0 or -EINVAL. */
static int numbers_check(const struct cow_header *header, uint32_t format,
			 char *why, size_t why_size)
{
	if (!power_of_two(header->sector) || header->sector < SECTOR_MIN ||
	    header->sector > SECTOR_MAX)
		return refuse(why, why_size, "sector size of %u bytes (512, 1024, 2048 and 4096 are known)",
			      header->sector);
	if (!power_of_two(header->align) || header->align > ALIGN_MAX)
		return refuse(why, why_size, "alignment of %u bytes (a power of two up to %u is known)",
			      header->align, ALIGN_MAX);
	if (format)
		return refuse(why, why_size, "bitmap format %u (0 is known)", format);
	if (!header->size)
		return refuse(why, why_size, "disk size of 0 bytes");
	if (header->size > FILE_MAX - SECTOR_MAX)
		return refuse(why, why_size, "disk size of %llu bytes, more than a file can have",
			      (unsigned long long)header->size);
	return 0;
}

static int path_copy(const uint8_t *buf, const struct layout *at, struct cow_header *header,
		     char *why, size_t why_size)
{
	const uint8_t *path = buf + at->path;
	const uint8_t *end = memchr(path, 0, at->path_size);

	if (!end)
		return refuse(why, why_size, "path of the backing file that does not end");
	if (end == path)
		return refuse(why, why_size, "path of the backing file that is empty");
	memcpy(header->path, path, end - path + 1);
	return 0;
}

/* Which version, and so where the fields are. 0, -ENOENT or -EINVAL. */
static int version_parse(const uint8_t *buf, size_t len, struct cow_header *header,
			 char *why, size_t why_size)
{
	int little = len >= 4 && get32(buf, 1) == MAGIC;
	uint32_t version;

	if (!cow_header_is(buf, len))
		return -ENOENT;
	if (len < 8)
		return refuse(why, why_size, "header of %zu bytes, cut off", len);
	version = get32(buf + VERSION_AT, little);
	if (version < 1 || version > 3)
		return refuse(why, why_size, "version %u (1, 2 and 3 are known)", version);
	header->version = version;
	header->little_endian = little;
	header->broken = version == 3 && is_broken(buf, len);
	if (len < layout_of(header)->length)
		return refuse(why, why_size, "header of %zu bytes, cut off", len);
	return 0;
}

int cow_header_parse(const void *data, size_t len, struct cow_header *header,
		     char *why, size_t why_size)
{
	const uint8_t *buf = data;
	const struct layout *at;
	int little, err;

	memset(header, 0, sizeof(*header));
	if (why_size)
		why[0] = 0;
	err = version_parse(buf, len, header, why, why_size);
	if (err)
		return err;
	at = layout_of(header);
	/* V2 and V3 are big endian, whatever their magic number is */
	little = header->little_endian && header->version == 1;
	header->mtime = get32(buf + at->mtime, little);
	header->size = get64(buf + at->size, little);
	header->sector = get32(buf + at->sector, little);
	header->align = at->align ? get32(buf + at->align, little) : header->sector;
	err = numbers_check(header, at->format ? get32(buf + at->format, little) : 0,
			    why, why_size);
	if (!err)
		err = path_copy(buf, at, header, why, why_size);
	if (!err && places_compute(header))
		err = refuse(why, why_size, "disk size of %llu bytes, more than a file has room for",
			     (unsigned long long)header->size);
	return err;
}

int cow_header_new(struct cow_header *header, const char *path, uint64_t size,
		   int64_t mtime)
{
	size_t length = strlen(path);

	memset(header, 0, sizeof(*header));
	if (length >= sizeof(header->path))
		return -ENAMETOOLONG;
	memcpy(header->path, path, length + 1);
	header->version = 3;
	header->mtime = mtime;
	header->size = size;
	header->sector = COW_NEW_SECTOR;
	header->align = COW_NEW_ALIGN;
	if (size > FILE_MAX - SECTOR_MAX)
		return -EFBIG;
	return places_compute(header);
}

int cow_header_build(const struct cow_header *header, void *data)
{
	const struct layout *at = layout_of(header);
	size_t length = strlen(header->path);
	int little = header->little_endian;
	uint8_t *buf = data;

	if (length >= at->path_size)
		return -ENAMETOOLONG;
	memset(buf, 0, at->length);
	put32(buf + MAGIC_AT, MAGIC, little);
	put32(buf + VERSION_AT, header->version, little);
	little = little && header->version == 1;
	put32(buf + at->mtime, header->mtime, little);
	put64(buf + at->size, header->size, little);
	put32(buf + at->sector, header->sector, little);
	if (at->align)
		put32(buf + at->align, header->align, little);
	memcpy(buf + at->path, header->path, length);
	return at->length;
}
