// SPDX-License-Identifier: GPL-2.0
/*
 * cow-format - os-Linux/cow_format.c reads what the format's description says and
 * nothing else, and survives any bytes. Built with sanitizers.
 *
 * Argument: the seed of the fuzzer.
 */
#include <stdint.h>
#include <time.h>
#include <uml/cow_format.h>
#include "check.h"
#include "cow_bytes.h"
#include "fuzz.h"

static const char *const names[VERSIONS] = { "V1", "V2", "V3", "broken V3" };
static struct cow_header header;
static uint8_t bytes[BYTES_MAX];
static char why[128];

static const struct cow_bytes normal = {
	.path = "/a/base.img", .mtime = 0x80123456, .size = 1 << 20, .sector = 512,
	.align = 4096, .big_endian = 1,
};

/* As it is read from a file: something follows the header. */
static int parse(const struct cow_bytes *c)
{
	size_t len = cow_bytes_make(c, bytes);

	memset(bytes + len, 0, sizeof(bytes) - len);
	return cow_header_parse(bytes, sizeof(bytes), &header, why, sizeof(why));
}

/* A file that ends in its header */
static void cut_check(void)
{
	struct cow_bytes c = normal;

	for (c.version = 0; c.version < VERSIONS; c.version++) {
		size_t len = cow_bytes_make(&c, bytes);

		CHECK(cow_header_parse(bytes, len, &header, why, sizeof(why)) == 0,
		      "%s: %s", names[c.version], why);
		for (size_t n = 0; n < len; n++) {
			int err = cow_header_parse(bytes, n, &header, why, sizeof(why));

			CHECK(err == (n < 4 ? -ENOENT : -EINVAL), "%s of %zu bytes: %d",
			      names[c.version], n, err);
		}
	}
}

/* What was read is what was put in, and it becomes the same bytes again. */
static void intact_check(const struct cow_bytes *c)
{
	struct cow_places at = cow_bytes_places(c);
	const char *name = names[c->version];
	uint8_t again[BYTES_MAX];
	int err = parse(c);

	CHECK(err == 0, "%s, %llu bytes: %d, %s", name, (unsigned long long)c->size, err, why);
	CHECK(header.version == (c->version <= V2 ? c->version + 1 : 3), "%s: V%d", name, header.version);
	CHECK(header.mtime == c->mtime, "%s: mtime %#x", name, header.mtime);
	CHECK(header.size == c->size, "%s: size %llu", name, (unsigned long long)header.size);
	CHECK(header.sector == c->sector, "%s: sector %u", name, header.sector);
	CHECK(!strcmp(header.path, c->path), "%s: path %s", name, header.path);
	CHECK(header.bitmap_offset == at.bitmap && header.bitmap_size == at.bitmap_size &&
	      header.data_offset == at.data,
	      "%s, %llu bytes in sectors of %u, alignment %u: bitmap %llu + %llu, data %llu; wanted %llu + %llu, %llu",
	      name, (unsigned long long)c->size, c->sector, c->align,
	      (unsigned long long)header.bitmap_offset, (unsigned long long)header.bitmap_size,
	      (unsigned long long)header.data_offset, (unsigned long long)at.bitmap,
	      (unsigned long long)at.bitmap_size, (unsigned long long)at.data);
	CHECK(header.bitmap_stored == at.bitmap_size - (at.bitmap + at.bitmap_size > at.data),
	      "%s, %llu bytes: %llu bytes of bitmap stored", name, (unsigned long long)c->size,
	      (unsigned long long)header.bitmap_stored);
	memset(again, 0xee, sizeof(again));
	err = cow_header_build(&header, again);
	CHECK(err == (int)cow_bytes_make(c, bytes) && !memcmp(again, bytes, err),
	      "%s: built anew it is another one", name);
}

static void versions_check(void)
{
	static const uint32_t sectors[] = { 512, 1024, 2048, 4096 };
	static const uint32_t aligns[] = { 1, 512, 4096, 65536, 16 << 20 };
	struct cow_bytes c = normal;

	for (c.version = 0; c.version < VERSIONS; c.version++) {
		for (int i = 0; i < 4; i++) {
			c.sector = sectors[i];
			for (int j = 0; j < 5; j++) {
				c.align = aligns[j];
				/* each last sector, whole or not, around ends of bitmap sectors */
				for (uint64_t n = 0; n < 6 * 4096; n++) {
					c.size = n * c.sector + 1 + n % c.sector;
					intact_check(&c);
					n += n > 70 && n % 4096 < 4000 ? 97 : 0;
				}
				c.size = 1ULL << 50;
				intact_check(&c);
			}
		}
	}
}

/* Numbers from files of uml_mkcow and uml_moo (Debian 20070815) */
static void known_check(void)
{
	struct cow_bytes c = normal;

	c.version = V3;
	c.size = 5000;
	CHECK(parse(&c) == 0 && header.bitmap_offset == 8192 && header.bitmap_size == 2 &&
	      header.data_offset == 12288, "V3 of 5000 bytes");
	c.version = V2;
	c.size = 8 * 512;
	CHECK(parse(&c) == 0 && header.bitmap_offset == 4120 && header.data_offset == 4608,
	      "V2 of 8 sectors");
	/* the bitmap ends where the data begins: no room for the last 3 bits */
	c.size = (488 * 8 + 3) * 512;
	CHECK(parse(&c) == 0 && header.bitmap_size == 489 && header.bitmap_stored == 488 &&
	      header.data_offset == 4608, "V2 without room");
	c.version = V1;
	c.size = (232 * 8 + 3) * 512;
	CHECK(parse(&c) == 0 && header.bitmap_size == 233 && header.bitmap_stored == 232 &&
	      header.data_offset == 512, "V1 without room");
}

static void byte_order_check(void)
{
	struct cow_bytes c = normal;

	for (c.version = 0; c.version < VERSIONS; c.version++)
		for (c.big_endian = 0; c.big_endian < 2; c.big_endian++)
			intact_check(&c);
}

static void refused_check(const struct cow_bytes *c, const char *word)
{
	int err = parse(c);

	CHECK(err == -EINVAL && strstr(why, word), "%s: %d, \"%s\" where \"%s\" is meant",
	      names[c->version], err, why, word);
}

#define REFUSED(version_, field, value, word) do { \
	struct cow_bytes c_ = normal; \
	c_.version = version_; \
	c_.field = value; \
	refused_check(&c_, word); \
} while (0)

static void refusals_check(void)
{
	static const uint32_t sectors[] = { 0, 1, 256, 511, 513, 1536, 8192, 0x80000000, 0xffffffff };
	static const uint32_t aligns[] = { 0, 3, 513, 6144, 32 << 20, 0x80000000, 0xffffffff };

	for (int v = 0; v < VERSIONS; v++) {
		for (unsigned int i = 0; i < sizeof(sectors) / 4; i++)
			REFUSED(v, sector, sectors[i], "sector size");
		for (unsigned int i = 0; v >= V3 && i < sizeof(aligns) / 4; i++)
			REFUSED(v, align, aligns[i], "alignment");
		REFUSED(v, size, 0, "size of 0");
		REFUSED(v, size, UINT64_MAX, "more than a file");
		REFUSED(v, size, 1ULL << 63, "more than a file");
		REFUSED(v, size, INT64_MAX - 4096, "more than a file");
		/* an empty path is what marks a broken V3, which it then is not */
		REFUSED(v, path, "", v == V3 ? "" : "empty");
	}
	REFUSED(V3, format, 1, "bitmap format 1");
	/* what marks a broken header is that this is zero there */
	REFUSED(V3_BROKEN, format, 1, "");
}

static void version_check(void)
{
	static const uint32_t versions[] = { 0, 4, 0x03000000, 0xffffffff };
	struct cow_bytes c = normal;
	size_t len;

	c.version = V3;
	for (unsigned int i = 0; i < 4; i++) {
		len = cow_bytes_make(&c, bytes);
		bytes_number(bytes + 4, versions[i], 4, 1);
		CHECK(cow_header_parse(bytes, len, &header, why, sizeof(why)) == -EINVAL &&
		      strstr(why, "version"), "version %#x: %s", versions[i], why);
	}
	bytes[0]++;
	CHECK(cow_header_parse(bytes, len, &header, why, sizeof(why)) == -ENOENT && !*why,
	      "another magic number: %s", why);
	CHECK(!cow_header_is(bytes, len) && !cow_header_is(bytes, 0), "no magic number");
}

/* A path as long as the field has no end; one shorter is the longest. */
static void path_check(void)
{
	static char longest[4096];
	struct cow_bytes c = normal;

	memset(longest, 'p', sizeof(longest) - 1);
	c.path = longest;
	for (c.version = 0; c.version < VERSIONS; c.version++) {
		uint8_t *at = bytes + (c.version <= V2 ? 8 : c.version == V3 ? 32 : 36);
		size_t room = c.version == V1 ? 256 : 4096, len;

		longest[room - 1] = 0;
		intact_check(&c);
		len = cow_bytes_make(&c, bytes);
		at[room - 1] = 'p';
		CHECK(cow_header_parse(bytes, len, &header, why, sizeof(why)) == -EINVAL &&
		      strstr(why, "does not end"), "%s: %s", names[c.version], why);
		longest[room - 1] = 'p';
	}
	longest[4095] = 0;
	c.version = V1;
	c.path = "/short";
	CHECK(parse(&c) == 0, "%s", why);
	memcpy(header.path, longest, 257);
	header.path[256] = 0;
	CHECK(cow_header_build(&header, bytes) == -ENAMETOOLONG, "256 characters fit V1");
}

static void new_check(void)
{
	static char longest[4097];
	struct cow_bytes c = normal;
	int len;

	c.version = V3;
	c.size = 123456789;
	CHECK(cow_header_new(&header, c.path, c.size, 0x5580123456) == 0, "new");
	len = cow_header_build(&header, bytes);
	c.mtime = 0x80123456;
	CHECK(len == 4128, "%d bytes", len);
	{
		uint8_t wanted[BYTES_MAX];

		cow_bytes_make(&c, wanted);
		CHECK(!memcmp(bytes, wanted, len), "a new header is another one");
	}
	memset(longest, '/', 4096);
	CHECK(cow_header_new(&header, longest, 1, 1) == -ENAMETOOLONG, "4096 characters");
	CHECK(cow_header_new(&header, longest + 1, 1, 1) == 0, "4095 characters");
	CHECK(cow_header_new(&header, "/", UINT64_MAX, 1) == -EFBIG, "a huge disk");
	CHECK(cow_header_new(&header, "/", INT64_MAX - 4097, 1) == -EFBIG, "a huge disk");
}

int main(int argc, char **argv)
{
	known_check();
	versions_check();
	byte_order_check();
	refusals_check();
	version_check();
	path_check();
	cut_check();
	new_check();
	fuzz(argc > 1 ? strtoull(argv[1], NULL, 0) : 20261121);
	return 0;
}
