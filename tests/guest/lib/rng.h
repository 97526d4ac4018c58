/* SPDX-License-Identifier: GPL-2.0 */
/* rng.h - random numbers that are the same in every run with the same seed. */
#ifndef TESTS_RNG_H
#define TESTS_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

/* A counter sent through two xor-multiply steps: any seed will do, also 0. */
static inline uint64_t rng_next(struct rng *rng)
{
	uint64_t x = rng->state += 0x9e3779b97f4a7c15;

	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93;
	x = (x ^ (x >> 29)) * 0xd6e8feb86659fd93;
	return x ^ (x >> 32);
}

/* 0 <= result < limit (limit far below 2^32) */
static inline unsigned int rng_below(struct rng *rng, unsigned int limit)
{
	return (rng_next(rng) >> 32) % limit;
}

#endif
