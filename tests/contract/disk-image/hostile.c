// SPDX-License-Identifier: GPL-2.0
/*
 * hostile.c - COW files with damaged headers: whatever opens has all its places in
 * the file, and its bitmap can be read. The parser alone is fuzzed by cow-format.
 */
#include <unistd.h>
#include "image_test.h"

#define ROUNDS 4000

static uint64_t state = 20261121;

static uint32_t rng(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

static void damage(uint8_t *bytes, size_t len)
{
	static const uint8_t values[] = { 0, 1, 2, 0x10, 0x7f, 0x80, 0xff };

	for (int n = 1 + rng(3); n > 0; n--)
		bytes[rng(2) ? rng(len) : rng(44)] = rng(2) ? values[rng(7)] : rng(256);
}

static void opened_check(int round)
{
	uint64_t at = 0, sum = 0;
	static uint8_t buf[65536];
	long n;

	CHECK(!strchr(why, '\n') && memchr(why, 0, sizeof(why)), "round %d: the notice", round);
	CHECK(image.size && image.size % image.sector == 0, "round %d: size", round);
	if (!image.cow_sector)
		return;
	CHECK(image.bitmap_offset >= 280 && image.data_offset > image.bitmap_offset &&
	      image.data_offset + image.size <= INT64_MAX, "round %d: places", round);
	while ((n = image_bitmap_next(&image, &at, buf, sizeof(buf))) > 0) {
		at += n;
		sum += n;
		CHECK(at <= image.bitmap_size, "round %d: behind the bitmap", round);
	}
	CHECK(n == 0 && sum <= file_size("cow"), "round %d: %ld, %llu bytes", round, n,
	      (unsigned long long)sum);
}

void case_hostile(void)
{
	uint8_t bytes[BYTES_MAX];
	long opened = 0;

	file_make("base", 70000, 1);
	for (int i = 0; i < ROUNDS; i++) {
		struct cow_bytes header = cow_of("base");
		size_t len;
		int err;

		header.version = i % VERSIONS;
		cow_make("cow", &header, (const int []){ 0, 5, 60, -1 });
		len = cow_bytes_make(&header, bytes);
		damage(bytes, len);
		file_write("cow", 0, bytes, len);
		if (rng(4) == 0)
			CHECK_SYS(truncate("cow", 1 + rng(file_size("cow"))));
		err = OPEN(.file = "cow", .force_backing = rng(2), .read_only = rng(2),
			   .backing = rng(4) ? NULL : "base", .sector = 512 << rng(4));
		if (!err)
			opened_check(i);
		else
			CHECK(*why && !strchr(why, '\n') && !strncmp(why, "cow: ", 5) && image.data.fd < 0,
			      "round %d: %s", i, why);
		opened += !err;
		if (!err)
			image_close(&image);
	}
	CHECK(opened > ROUNDS / 20 && opened < ROUNDS * 19 / 20, "%ld of %d opened", opened, ROUNDS);
	printf("%ld of %d opened\n", opened, ROUNDS);
}
