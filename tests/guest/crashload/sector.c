// SPDX-License-Identifier: GPL-2.0
/* sector.c - sectors that say where they belong and which write made them. */
#include <stdio.h>
#include <string.h>

#include "crashload.h"
#include "rng.h"

#define MAGIC 0x6873617263646175ull	/* "audcrash" as bytes */

struct sector {
	uint64_t magic;
	uint64_t seed;			/* names the disk */
	struct sector_name name;
	uint64_t check;			/* of the above */
	uint64_t fill[(SECTOR - 40) / 8];	/* follows from check */
};

_Static_assert(sizeof(struct sector) == SECTOR, "a sector has no padding");

/* One number from four; different ones give different results. */
uint64_t seed_mix(uint64_t seed, uint64_t a, uint64_t b, uint64_t c)
{
	struct rng rng = { seed };

	rng.state ^= rng_next(&rng) + a;
	rng.state ^= rng_next(&rng) + b;
	rng.state ^= rng_next(&rng) + c;
	return rng_next(&rng);
}

/* Make the sector `name` of the disk `seed` in data, SECTOR bytes. */
void sector_fill(void *data, uint64_t seed, const struct sector_name *name)
{
	struct sector *sector = data;
	struct rng rng;

	sector->magic = MAGIC;
	sector->seed = seed;
	sector->name = *name;
	rng.state = seed_mix(seed, name->key, name->place, name->number);
	sector->check = rng_next(&rng);
	for (size_t i = 0; i < sizeof(sector->fill) / 8; i++)
		sector->fill[i] = rng_next(&rng);
}

/*
 * The key of the sector in data, KEY_BAD if it isn't, in each of its bytes, a
 * sector made for this disk, place and number.
 */
uint64_t sector_key(const void *data, uint64_t seed, uint32_t place,
		    uint32_t number)
{
	const struct sector *sector = data;
	struct sector_name name = { sector->name.key, place, number };
	struct sector good;

	sector_fill(&good, seed, &name);
	return memcmp(&good, data, SECTOR) ? KEY_BAD : name.key;
}

/* What is in a sector that is not what it should be, in words. */
void sector_describe(const void *data, uint64_t seed, char *text, size_t size)
{
	static const char zero[SECTOR];
	const struct sector *sector = data;
	struct sector good;
	size_t at = 0;

	if (!memcmp(data, zero, SECTOR)) {
		snprintf(text, size, "zeroes");
		return;
	}
	if (sector->magic != MAGIC) {
		snprintf(text, size, "foreign data %016llx",
			 (unsigned long long)sector->magic);
		return;
	}
	sector_fill(&good, sector->seed, &sector->name);
	while (at < SECTOR && ((char *)&good)[at] == ((const char *)data)[at])
		at++;
	snprintf(text, size,
		 "%ssector %u of place %u, round %u transaction %u write %u, %s%zu",
		 sector->seed == seed ? "" : "of another disk: ",
		 sector->name.number, sector->name.place,
		 KEY_ROUND(sector->name.key), KEY_TXN(sector->name.key),
		 KEY_OP(sector->name.key),
		 at < SECTOR ? "mixed with others from byte " : "whole, bytes ",
		 at);
}
