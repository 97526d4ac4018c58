// SPDX-License-Identifier: GPL-2.0
/* backing.c - backing files: where they are, whether they were changed, others. */
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>
#include "image_test.h"

#define MTIME 1500000000

static const int some_bits[] = { 3, 8, -1 };

/* The path that is in the header of a file */
static const char *path_in(const char *name, int version)
{
	static char path[4097];

	file_read(name, version <= V2 ? 8 : version == V3 ? 32 : 36, path, version == V1 ? 256 : 4096);
	return path;
}

/* A disk of the file base, in that folder, with this path in its header */
static void disk_make(const char *name, const char *base, const char *path)
{
	struct cow_bytes header = cow_of(base);

	header.path = path;
	cow_make(name, &header, NONE);
}

static void opened_check(const char *base)
{
	uint8_t wanted[64], bytes[64];
	struct stat st, named;

	CHECK_SYS(fstat(image.backing.fd, &st));
	CHECK_SYS(stat(base, &named));
	CHECK(st.st_ino == named.st_ino && st.st_dev == named.st_dev, "%s is not %s",
	      image.backing_path, base);
	file_read(base, 0, wanted, sizeof(wanted));
	CHECK(pread(image.backing.fd, bytes, sizeof(bytes), 0) == sizeof(bytes) &&
	      !memcmp(wanted, bytes, sizeof(bytes)), "contents");
	image_close(&image);
}

void case_paths(void)
{
	char absolute[2 * PATH_MAX];

	CHECK_SYS(mkdir("a", 0755));
	CHECK_SYS(mkdir("a/b", 0755));
	CHECK_SYS(mkdir("c", 0755));
	file_make("a/base", 4096, 1);
	file_make("a/b/base", 4096, 2);
	file_make("base", 4096, 3);
	strcpy(absolute, here("a/b/base"));
	/* relative to the COW file, wherever we are */
	disk_make("a/cow", "a/base", "base");
	disk_make("a/down", "a/b/base", "b/base");
	disk_make("a/b/up", "a/base", "../base");
	disk_make("a/absolute", "a/b/base", absolute);
	OPENS(.file = "a/cow");
	opened_check("a/base");
	OPENS(.file = "a/down");
	opened_check("a/b/base");
	OPENS(.file = "a/b/up");
	opened_check("a/base");
	OPENS(.file = here("a/cow"));
	opened_check("a/base");
	CHECK_SYS(chdir("c"));
	OPENS(.file = "../a/b/up");
	opened_check("../a/base");
	OPENS(.file = "../a/absolute");
	opened_check("../a/b/base");
	/* the COW file is where a link says */
	CHECK_SYS(symlink("../a/cow", "link"));
	OPENS(.file = "link");
	opened_check("../a/base");
	/* the command line's is relative to where we are, and becomes absolute */
	OPENS(.file = "../c/new", .backing = "../a/b/base");
	opened_check("../a/b/base");
	CHECK(!strcmp(path_in("new", V3), absolute), "%s", path_in("new", V3));
	OPENS(.file = "new2", .backing = "./../a/../a/b/base");
	image_close(&image);
	CHECK(!strcmp(path_in("new2", V3), absolute), "%s", path_in("new2", V3));
	CHECK_SYS(chdir(".."));
	OPENS(.file = "c/new");
	opened_check("a/b/base");
	/* it was moved: say where it may be */
	disk_make("a/moved", "a/base", "/no/such/base");
	REFUSED(ENOENT, "a/moved: its backing file /no/such/base does not exist|but a/base does|ubd7=a/moved,a/base",
		.file = "a/moved");
	disk_make("c/moved", "a/base", "/no/such/base");
	REFUSED(ENOENT, "c/moved: its backing file /no/such/base does not exist|ubd7=c/moved,BACKING",
		.file = "c/moved");
	disk_make("a/gone", "a/base", "gone/base");
	REFUSED(ENOTDIR, "a/gone: its backing file|gone/base does not exist|but a/base does", .file = "a/gone");
	REFUSED(EISDIR, "a/b: is a folder", .file = "a/cow", .backing = "a/b");
}

void case_mismatch(void)
{
	char numbers[128];

	for (int version = 0; version < VERSIONS; version++) {
		struct cow_bytes header;
		struct cow_places places;
		uint8_t before[4096], after[4096];

		file_make("base", 8192, 1);
		file_age("base", MTIME);
		header = cow_of("base");
		header.version = version;
		cow_make("cow", &header, some_bits);
		places = cow_bytes_places(&header);
		OPENS(.file = "cow");
		image_close(&image);
		file_age("base", MTIME + 1);
		REFUSED(ESTALE, "cow: its backing file|/base was modified at 1500000001, it had 1500000000|ubd7.backing=force|touch -d @1500000000",
			.file = "cow");
		REFUSED(ESTALE, "1500000001|1500000000", .file = "cow", .backing = "base");
		REFUSED(ESTALE, "1500000001|1500000000", .file = "cow", .read_only = 1);
		/* forced and read-only: taken, and nothing is written */
		NOTICED("backing=force", .file = "cow", .force_backing = 1, .read_only = 1);
		image_close(&image);
		REFUSED(ESTALE, "1500000001", .file = "cow");
		file_read("cow", places.bitmap, before, 300);
		NOTICED("base is not what|backing=force", .file = "cow", .force_backing = 1);
		image_close(&image);
		/* from now on it fits, and nothing else was changed */
		OPENS(.file = "cow");
		image_close(&image);
		OPENS(.file = "cow", .force_backing = 1);
		image_close(&image);
		file_read("cow", places.bitmap, after, 300);
		CHECK(!memcmp(before, after, 300), "the bitmap was changed");
		header.mtime++;
		{
			uint8_t wanted[BYTES_MAX], bytes[BYTES_MAX];
			size_t len = cow_bytes_make(&header, wanted);

			file_read("cow", 0, bytes, len);
			CHECK(!memcmp(bytes, wanted, len), "another header, version %d", version);
		}
		/* another size: it does not fit, even if it is forced */
		CHECK_SYS(truncate("base", 5000));
		file_age("base", MTIME + 1);
		snprintf(numbers, sizeof(numbers), "base has 5000 bytes, it had 8192|ubd7.backing=force");
		REFUSED(ESTALE, numbers, .file = "cow");
		NOTICED("backing=force", .file = "cow", .force_backing = 1);
		CHECK(image.size == 8192 && image.backing_size == 5000, "%llu of %llu bytes",
		      (unsigned long long)image.backing_size, (unsigned long long)image.size);
		image_close(&image);
		REFUSED(ESTALE, numbers, .file = "cow");
	}
}

void case_switch(void)
{
	uint8_t before[4096], after[4096];

	for (int version = 0; version < VERSIONS; version++) {
		struct cow_bytes header;
		struct cow_places places;
		size_t rest;

		file_make("base", 8192, 1);
		file_make("copy", 8192, 1);
		file_make("other", 8192, 2);
		file_age("base", MTIME);
		file_age("copy", MTIME);
		file_age("other", MTIME + 9);
		header = cow_of("base");
		header.version = version;
		cow_make("cow", &header, some_bits);
		places = cow_bytes_places(&header);
		rest = file_size("cow") - places.bitmap;
		rest = rest < sizeof(before) ? rest : sizeof(before);
		file_read("cow", places.bitmap, before, rest);
		/* the same one by another name is no switch */
		CHECK(link("base", "hard") == 0 || version > V1, "link");
		OPENS(.file = "cow", .backing = "hard");
		opened_check("base");
		CHECK(!strcmp(path_in("cow", version), "base"), "%s", path_in("cow", version));
		REFUSED(ESTALE, "cow: its backing file other was modified at 1500000009, it had 1500000000",
			.file = "cow", .backing = "other");
		/* read-only: taken, not written down */
		NOTICED("backing file is copy", .file = "cow", .backing = "copy", .read_only = 1);
		opened_check("copy");
		CHECK(!strcmp(path_in("cow", version), "base"), "%s", path_in("cow", version));
		NOTICED("cow: its backing file is copy from now on", .file = "cow", .backing = "copy");
		opened_check("copy");
		header.path = here("copy");
		CHECK(!strcmp(path_in("cow", version), header.path), "%s", path_in("cow", version));
		OPENS(.file = "cow");
		opened_check("copy");
		file_read("cow", places.bitmap, after, rest);
		CHECK(!memcmp(before, after, rest), "bitmap or data were changed, version %d", version);
		NOTICED("other from now on|backing=force", .file = "cow", .backing = "other", .force_backing = 1);
		opened_check("other");
		OPENS(.file = "cow");
		opened_check("other");
		/* the one in the header is gone */
		CHECK_SYS(unlink("other"));
		file_age("copy", MTIME + 9);
		NOTICED("copy from now on", .file = "cow", .backing = "copy");
		image_close(&image);
		CHECK_SYS(unlink("hard"));
	}
}
