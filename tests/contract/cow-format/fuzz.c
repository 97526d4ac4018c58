// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz.c - headers that are damaged in one to six places, and cut. Each lies at the
 * end of memory of its own size, so the address sanitizer sees a read behind it.
 */
#include <uml/cow_format.h>
#include "check.h"
#include "cow_bytes.h"
#include "fuzz.h"

#define ROUNDS 300000

static uint64_t state;

static uint32_t rng(uint32_t below)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (state >> 33) % below;
}

static uint64_t rng_number(void)
{
	static const uint64_t edges[] = { 0, 1, 7, 511, 512, 4096, 4120, 0x7fffffff, 0x80000000,
		0xffffffff, 1ULL << 32, INT64_MAX, 1ULL << 63, UINT64_MAX };

	switch (rng(3)) {
	case 0:
		return edges[rng(sizeof(edges) / 8)] + rng(3) - 1;
	case 1:
		return 1ULL << rng(64);
	default:
		return (uint64_t)rng(1U << 31) << rng(33);
	}
}

static size_t header_make(uint8_t *bytes)
{
	static const char *const paths[] = { "/base", "b", "../x/y", "/a b/c" };
	struct cow_bytes c = {
		.version = rng(VERSIONS), .big_endian = rng(4) != 0, .path = paths[rng(4)],
		.mtime = rng_number(), .size = rng(2) ? rng_number() : 1 + rng(1 << 30),
		.sector = 512 << rng(4), .align = 1 << rng(25), .format = rng(20) == 0,
	};

	return cow_bytes_make(&c, bytes);
}

/* Where the fields are counts more than where the path is. */
static uint32_t place(size_t len)
{
	switch (rng(4)) {
	case 0:
		return rng(len);
	case 1:
		return len - 1 - rng(40);
	default:
		return rng(40);
	}
}

static void mutate(uint8_t *bytes, size_t len)
{
	for (int n = rng(6); n >= 0; n--) {
		uint32_t at = place(len), count = 1 << rng(4);

		if (at + count > len)
			continue;
		if (rng(8) == 0)	/* no zero byte anywhere behind it */
			memset(bytes + at, 'p', len - at);
		else
			bytes_number(bytes + at, rng_number(), count, rng(2));
	}
}

/* Everything that a reader of the file relies on. NULL or what is wrong */
static const char *answer_check(const struct cow_header *h)
{
	static struct cow_header again;
	static uint8_t bytes[BYTES_MAX];
	int len;

	if (h->version < 1 || h->version > 3)
		return "the version";
	if (h->sector < 512 || h->sector > 4096 || (h->sector & (h->sector - 1)))
		return "the sector size";
	if (!h->align || (h->align & (h->align - 1)))
		return "the alignment";
	if (!h->path[0] || !memchr(h->path, 0, sizeof(h->path)))
		return "the path";
	if (!h->size || h->bitmap_size < (h->size - 1) / h->sector / 8 + 1)
		return "a bitmap that is too small";
	if (h->bitmap_stored > h->bitmap_size || h->bitmap_stored + 1 < h->bitmap_size)
		return "what is stored of the bitmap";
	if (h->bitmap_offset < 280 || h->bitmap_offset + h->bitmap_stored > h->data_offset)
		return "the order of header, bitmap and data";
	if (h->data_offset > INT64_MAX || h->size > INT64_MAX - h->data_offset)
		return "the end of the file";
	len = cow_header_build(h, bytes);
	if (len < 280 || cow_header_parse(bytes, len, &again, NULL, 0) ||
	    again.data_offset != h->data_offset || again.mtime != h->mtime ||
	    strcmp(again.path, h->path))
		return "what is built from it";
	return NULL;
}

void fuzz(uint64_t seed)
{
	static uint8_t whole[BYTES_MAX];
	struct cow_header *header = malloc(sizeof(*header));
	long accepted = 0, refused = 0;

	state = seed;
	printf("seed %llu, %d headers\n", (unsigned long long)seed, ROUNDS);
	for (int i = 0; i < ROUNDS; i++) {
		size_t len = header_make(whole);
		char *why = malloc(64);
		const char *wrong;
		uint8_t *bytes;
		int err;

		if (rng(10))
			mutate(whole, len);
		if (rng(4) == 0)
			len = rng(3) ? rng(len + 1) : len - rng(8);
		bytes = malloc(len ? len : 1);
		memcpy(bytes, whole, len);
		err = cow_header_parse(bytes, len, header, why, 64);
		CHECK(err == 0 || err == -EINVAL || err == -ENOENT, "round %d: %d", i, err);
		CHECK(memchr(why, 0, 64) && (err == -EINVAL) == !!*why, "round %d: %d without a reason", i, err);
		wrong = err ? NULL : answer_check(header);
		CHECK(!wrong, "round %d: %s", i, wrong);
		accepted += !err;
		refused += !!err;
		free(bytes);
		free(why);
	}
	/* neither may be rare, or this tests little */
	CHECK(accepted > ROUNDS / 20 && refused > ROUNDS / 20, "%ld accepted, %ld refused", accepted, refused);
	printf("%ld accepted, %ld refused\n", accepted, refused);
	free(header);
}
