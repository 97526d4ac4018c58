// SPDX-License-Identifier: GPL-2.0
/* cow.c - COW files: of all versions, damaged; and their bitmap. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "image_test.h"

void places_check(const struct cow_bytes *header)
{
	struct cow_places at = cow_bytes_places(header);
	uint64_t unit = image.sector;

	CHECK(image.bitmap_offset == at.bitmap && image.bitmap_size == at.bitmap_size &&
	      image.data_offset == at.data, "%llu + %llu, %llu",
	      (unsigned long long)image.bitmap_offset, (unsigned long long)image.bitmap_size,
	      (unsigned long long)image.data_offset);
	CHECK(image.size == (header->size + unit - 1) / unit * unit, "%llu bytes",
	      (unsigned long long)image.size);
	CHECK(image.cow_sector == header->sector && image.sector >= image.cow_sector,
	      "sectors of %u and %u", image.sector, image.cow_sector);
	/* there is a bit for each sector of the disk, also those that rounding up added */
	CHECK(image.bitmap_size * 8 * image.cow_sector >= image.size, "bits are missing");
}

void case_versions(void)
{
	static const uint32_t sectors[] = { 512, 1024, 4096 };
	static const uint64_t sizes[] = { 1, 511, 4096, 5000, 232 * 4096, 488 * 4096, 1 << 20, (1 << 20) + 77 };
	struct cow_bytes header;

	for (unsigned int s = 0; s < sizeof(sizes) / 8; s++) {
		file_make("base", sizes[s], 0);
		file_age("base", 0x80000001);
		header = cow_of("base");
		CHECK(header.mtime == 0x80000001, "the file system has no such time");
		for (header.version = 0; header.version < VERSIONS; header.version++) {
			for (int i = 0; i < 3; i++) {
				header.sector = sectors[i];
				cow_make("cow", &header, NONE);
				CHECK(OPEN(.file = "cow") == 0, "version %d, %llu bytes, sector %u: %s",
				      header.version, (unsigned long long)sizes[s], sectors[i], why);
				places_check(&header);
				image_close(&image);
				CHECK(OPEN(.file = "cow", .sector = 4096) == 0, "%s", why);
				places_check(&header);
				image_close(&image);
			}
		}
	}
}

static void bad_check(struct cow_bytes header, const char *words)
{
	header.path = "base";
	cow_make("bad", &(struct cow_bytes){ .version = V3, .big_endian = 1, .path = "base",
		 .size = 8192, .sector = 512, .align = 4096 }, NONE);
	{
		uint8_t bytes[BYTES_MAX];
		size_t len = cow_bytes_make(&header, bytes);

		file_write("bad", 0, bytes, len);
	}
	REFUSED(EINVAL, words, .file = "bad", .read_only = 1);
	OPENS(.file = "bad", .raw = 1);
	image_close(&image);
}

#define BAD(words, field, value) do { \
	struct cow_bytes c_ = header; \
	c_.field = value; \
	bad_check(c_, words); \
} while (0)

void case_headers(void)
{
	struct cow_bytes header;
	char magic[] = "OOOM";

	file_make("base", 8192, 1);
	header = cow_of("base");
	BAD("bad: bad header|sector size of 700|flag d", sector, 700);
	BAD("bad: bad header|alignment of 0", align, 0);
	BAD("bad: bad header|bitmap format 9", format, 9);
	BAD("bad: bad header|size of 0", size, 0);
	BAD("bad: bad header|more than a file", size, 1ULL << 63);
	BAD("bad: cut off|20480 bytes", size, 1ULL << 40);
	/* the end of the bitmap is needed, the data is not */
	header.size = 1 << 24;
	file_make("base", header.size, 0);
	header = cow_of("base");
	cow_make("cow", &header, NONE);
	CHECK_SYS(truncate("cow", cow_bytes_places(&header).bitmap + 4096));
	OPENS(.file = "cow");
	image_close(&image);
	CHECK_SYS(truncate("cow", cow_bytes_places(&header).bitmap + 4095));
	REFUSED(EINVAL, "cow: cut off|has 12287 bytes|needs 12288", .file = "cow");
	CHECK_SYS(truncate("cow", 4127));
	REFUSED(EINVAL, "cow: bad header|4127 bytes", .file = "cow");
	CHECK_SYS(truncate("cow", 4));
	REFUSED(EINVAL, "cow: bad header", .file = "cow");
	file_make("raw", 512, 1);
	file_write("raw", 508, magic, 4);
	OPENS(.file = "raw");
	CHECK(!image.cow_sector, "no COW file");
	image_close(&image);
}

/* Read it in pieces of len bytes; compare with the file's. Returns how much was read. */
static uint64_t bitmap_read(size_t len)
{
	uint8_t *whole = calloc(1, image.bitmap_size), *wanted = malloc(image.bitmap_size);
	uint8_t *piece = malloc(len);
	uint64_t at = 0, sum = 0, before = 0;
	long n;

	while ((n = image_bitmap_next(&image, &at, piece, len)) > 0) {
		CHECK(at >= before && at + n <= image.bitmap_stored && n <= (long)len,
		      "%ld bytes at %llu", n, (unsigned long long)at);
		memcpy(whole + at, piece, n);
		sum += n;
		at += n;
		before = at;
	}
	CHECK(n == 0, "%ld", n);
	file_read("cow", image.bitmap_offset, wanted, image.bitmap_size);
	CHECK(!memcmp(whole, wanted, image.bitmap_size), "another bitmap, in pieces of %zu", len);
	free(piece);
	free(whole);
	free(wanted);
	return sum;
}

/* The bitmap of a disk of terabytes, with bits at its begin, its end and in the middle */
static void huge_check(void)
{
	const uint64_t size = 8ULL << 40, bitmap = size / 512 / 8;
	uint64_t at = 0, sum = 0, found = 0;
	struct cow_bytes header;
	struct cow_places places;
	uint8_t bytes[4096];
	long n;

	file_make("base", 512, 1);
	if (truncate("base", size) < 0) {
		NOTE("no file of 8 TiB here: %s", strerror(errno));
		return;
	}
	header = cow_of("base");
	cow_make("cow", &header, NONE);
	places = cow_bytes_places(&header);
	file_write("cow", places.bitmap, "\1", 1);
	file_write("cow", places.bitmap + bitmap / 2 + 5, "\2", 1);
	file_write("cow", places.bitmap + bitmap - 1, "\4", 1);
	OPENS(.file = "cow");
	while ((n = image_bitmap_next(&image, &at, bytes, sizeof(bytes))) > 0) {
		for (long i = 0; i < n; i++)
			if (bytes[i])
				found = found * 8 + bytes[i];
		sum += n;
		at += n;
		CHECK(sum < 1 << 24, "holes are read");
	}
	CHECK(n == 0 && found == 0124, "%ld, bits %llo", n, (unsigned long long)found);
	image_close(&image);
}

void case_bitmap(void)
{
	static const int bits[] = { 0, 9, 77, 4095 * 8, 4096 * 8, 4096 * 8 * 20 - 1, 4096 * 8 * 50, -1 };
	static const size_t pieces[] = { 1000, 4096, 65536, 1 << 20 };
	struct cow_bytes header;
	uint64_t sum;

	file_make("base", 1 << 30, 0);
	header = cow_of("base");
	for (header.version = 0; header.version < VERSIONS; header.version++) {
		cow_make("cow", &header, bits);
		for (unsigned int cache = IMAGE_CACHE_AUTO; cache <= IMAGE_CACHE_HOST; cache += 2) {
			OPENS(.file = "cow", .cache = cache);
			for (int i = 0; i < 4; i++)
				CHECK(bitmap_read(pieces[i]) > 0, "nothing read");
			sum = bitmap_read(1);
			CHECK(sum < image.bitmap_size || sum <= 262144, "%llu bytes", (unsigned long long)sum);
			image_close(&image);
		}
	}
	huge_check();
}

/* V1 and V2: the bits of the last sectors */
void case_short_bitmap(void)
{
	static const struct {
		int version;
		uint64_t sectors;
		int stored;
	} disks[] = {
		{ V1, 12, 1 }, { V2, 12, 1 }, { V1, 232 * 8 - 1, 1 }, { V2, 488 * 8 - 1, 1 },
		{ V1, 232 * 8 + 1, 0 }, { V2, 488 * 8 + 7, 0 },
	};
	struct cow_bytes header;
	uint64_t at;
	uint8_t byte;

	for (unsigned int i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		uint64_t last = disks[i].sectors - 1;

		file_make("base", disks[i].sectors * 512, 1);
		header = cow_of("base");
		header.version = disks[i].version;
		/* its bit lies behind what V1 and V2 count as the bitmap */
		cow_make("cow", &header, (const int []){ disks[i].stored ? last : 0, -1 });
		NOTICED(disks[i].stored ? "last|sectors|uml_moo" : "last|sectors|read-only", .file = "cow");
		CHECK(image.read_only == !disks[i].stored, "read-only: %d", image.read_only);
		CHECK(image.bitmap_size == last / 8 + 1, "%llu bytes", (unsigned long long)image.bitmap_size);
		at = last / 8;
		CHECK(image_bitmap_next(&image, &at, &byte, 1) == disks[i].stored, "bitmap_next");
		CHECK(!disks[i].stored || byte == 1 << (last % 8), "bit %llu is lost: %#x",
		      (unsigned long long)last, byte);
		image_close(&image);
		header.version = V3;
		cow_make("cow", &header, (const int []){ last, -1 });
		OPENS(.file = "cow");
		CHECK(bitmap_read(512) > 0 && !image.read_only, "V3");
		image_close(&image);
	}
}
