// SPDX-License-Identifier: GPL-2.0
/* debian.c - what uml_mkcow makes is read, what is made here uml_moo merges. */
#include <sys/stat.h>
#include <unistd.h>
#include "image_test.h"

#define MTIME 1600000000

/* around multiples of 8 sectors, of a page, and no multiple of a sector */
static const uint32_t sizes[] = { 512, 513, 4095, 4096, 4608, 5000, 7 * 512, 9 * 512, 10 * 512,
	11 * 512, 12 * 512, 13 * 512, 14 * 512, 15 * 512, 40000, 300 * 512, (1 << 20) + 1536 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/*
 * Put data into some sectors of the COW file, the last one among them, at the
 * places that image_open() told, and into "expected" what the disk then is.
 */
static void sectors_write(uint32_t size)
{
	uint32_t unit = image.cow_sector, sectors = (size + unit - 1) / unit;
	uint8_t data[4096], bit;

	file_make("expected", size, 1);
	for (uint32_t n = 0; n < sectors; n++) {
		uint32_t len = size - n * unit < unit ? size - n * unit : unit;

		if (n % 3 && n != sectors - 1)
			continue;
		memset(data, 'a' + n % 26, unit);
		file_write("cow", image.data_offset + (uint64_t)n * unit, data, len);
		file_read("cow", image.bitmap_offset + n / 8, &bit, 1);
		bit |= 1 << (n % 8);
		file_write("cow", image.bitmap_offset + n / 8, &bit, 1);
		file_write("expected", (uint64_t)n * unit, data, len);
	}
}

static void base_make(uint32_t size)
{
	file_make("base", size, 1);
	file_age("base", MTIME);
}

/* uml_moo forgets a part of a sector at the end: only whole ones are compared. */
static void merged_check(const char *what, uint32_t size)
{
	char whole[16];

	snprintf(whole, sizeof(whole), "%u", size - size % image.cow_sector);
	CHECK(run((const char *const []){ "uml_moo", "cow", "merged", NULL }) == 0,
	      "uml_moo of %s of %u bytes", what, size);
	CHECK(run((const char *const []){ "cmp", "-n", whole, "expected", "merged", NULL }) == 0,
	      "%s of %u bytes is merged to something else", what, size);
	CHECK_SYS(unlink("merged"));
	/* in place */
	CHECK(run((const char *const []){ "uml_moo", "-d", "cow", NULL }) == 0,
	      "uml_moo -d of %s of %u bytes", what, size);
	CHECK(run((const char *const []){ "cmp", "-n", whole, "expected", "base", NULL }) == 0,
	      "%s of %u bytes is merged in place to something else", what, size);
}

/* Ours to theirs */
static void ours_check(uint32_t size)
{
	base_make(size);
	OPENS(.file = "cow", .backing = "base");
	sectors_write(size);
	image_close(&image);
	merged_check("a new COW file", size);
	CHECK_SYS(unlink("cow"));
}

/* Theirs is read, and it is the same as ours but for nothing. */
static void theirs_check(uint32_t size)
{
	base_make(size);
	CHECK(run((const char *const []){ "uml_mkcow", "cow", "base", NULL }) == 0, "uml_mkcow");
	OPENS(.file = "cow");
	CHECK((image.size + 511) / 512 == (size + 511) / 512, "%llu bytes", (unsigned long long)image.size);
	image_close(&image);
	OPENS(.file = "ours", .backing = "base");
	image_close(&image);
	CHECK(run((const char *const []){ "cmp", "cow", "ours", NULL }) == 0,
	      "uml_mkcow makes another file of %u bytes", size);
	OPENS(.file = "cow");
	sectors_write(size);
	image_close(&image);
	merged_check("uml_mkcow's", size);
	CHECK_SYS(unlink("cow"));
	CHECK_SYS(unlink("ours"));
}

/*
 * Other versions and sector sizes: uml_moo finds bitmap and data where we do. Not
 * V1 and V2 of such sizes that uml_moo reads bits of no memory of its own.
 */
static void versions_check(uint32_t size, int version, uint32_t sector)
{
	char what[64];
	struct cow_bytes header;

	if (version <= V2 && (size + sector - 1) / sector % 8)
		return;
	base_make(size);
	header = cow_of("base");
	header.path = here("base");
	header.version = version;
	header.sector = sector;
	/* as they were made on this kind of CPU */
	header.big_endian = version != V1;
	cow_make("cow", &header, NONE);
	OPENS(.file = "cow");
	sectors_write(size);
	image_close(&image);
	snprintf(what, sizeof(what), "version %d, sector %u", version, sector);
	merged_check(what, size);
	CHECK_SYS(unlink("cow"));
}

void case_debian(void)
{
	if (run((const char *const []){ "sh", "-c", "command -v uml_moo && command -v uml_mkcow", NULL })) {
		NOTE("no uml_moo and uml_mkcow here (Debian's uml-utilities)");
		return;
	}
	for (unsigned int i = 0; i < SIZES; i++) {
		ours_check(sizes[i]);
		theirs_check(sizes[i]);
		for (int version = 0; version < VERSIONS; version++) {
			versions_check(sizes[i], version, 512);
			versions_check(sizes[i], version, 4096);
		}
	}
}
