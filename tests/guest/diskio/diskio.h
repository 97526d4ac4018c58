/* SPDX-License-Identifier: GPL-2.0 */
/* diskio.h - a disk, what it should have on it, and how to get at it. */
#ifndef TESTS_DISKIO_H
#define TESTS_DISKIO_H

#include <linux/aio_abi.h>
#include <stdint.h>
#include <sys/types.h>

#define SECTOR	   512u
#define DEPTH_MAX  64
#define LENGTH_MAX (1u << 20)
#define ALIGN	   4096u	/* of the buffers */

struct disk {
	const char *path;
	int direct, buffered;		/* descriptors */
	int is_device;			/* or a file in the place of one */
	uint64_t size;			/* bytes */
	unsigned int sector;		/* logical, bytes */
	unsigned char *model;		/* what has to be there */
	unsigned char *buffer;		/* LENGTH_MAX + ALIGN bytes */
};

/* ring.c: requests in flight, and a model of the disk */

/*
 * What a run of random requests is like: `depth` in flight at a time, `count` in
 * all; of 256 requests, `zero` write zeros (half of them where they need take no
 * room) and `discard` are BLKDISCARD (what is discarded is zero from then on).
 */
struct mix {
	unsigned int depth, count;
	unsigned int zero, discard;
};

struct rng;
extern void ring_run(struct disk *disk, struct rng *rng, const struct mix *mix);

/* main.c */

/* End the program if the bytes at `offset` are not those of the model. */
extern void disk_compare(const struct disk *disk, const void *data,
			 uint64_t offset, size_t length, const char *what);
extern void *buffer_get(size_t size);

/* ops.c: requests by hand, argv[0] is the disk; returns the exit status */
extern int ops_run(char **argv);

#endif
