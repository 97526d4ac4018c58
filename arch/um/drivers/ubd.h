/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ubd.h - the parts of the ubd driver, disks in files of the host:
 *
 *	ubd_config.c	what the command line and mconsole want; the machine's end
 *	ubd_disk.c	disks come, change and go; as block devices
 *	ubd_queue.c	requests come from the block layer, and go back to it
 *	ubd_part.c	between: what they are for the host
 *	ubd_map.c	COW: which sectors were changed, in memory
 *	ubd_commit.c	COW: what is changed goes into the file, in the right order
 *
 * docs/storage.md says what is promised. Host files are opened by
 * os-Linux/disk_image.c; the I/O is that of the AIO service (uml/aio.h).
 */
#ifndef UBD_H
#define UBD_H

#include <linux/blk-mq.h>
#include <linux/list.h>
#include <linux/platform_device.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <uml/aio.h>
#include <uml/disk_image.h>
#include <uml/ubd_option.h>

#define UBD_QUEUE_DEPTH	128
#define UBD_SEGMENTS	256	/* 1 MiB of scattered pages */
#define UBD_PARTS	4	/* host requests that one request has out at once */
#define UBD_VECS	16	/* pieces of memory without an allocation */

struct ubd_disk;
struct ubd_request;

/* One host request of a block request */
struct ubd_part {
	struct aio_request aio;
	struct ubd_request *owner;
	u64 left;		/* bytes still to be moved */
	u64 file_end;		/* a read of nothing before this byte is an error */
};

/**
 * struct ubd_request - what ubd keeps with each request of the block layer
 * @error:	-errno of the first part that failed
 * @position:	bytes of the request that were given to parts
 * @out:	parts that are not done
 * @vec:	@vecs pieces of memory: @vec_own, or allocated
 * @link:	in the list of those who wait for a commit, or of those that ended
 */
struct ubd_request {
	struct ubd_disk *disk;
	int error;
	u32 position;
	u16 out;
	u16 parts;
	u16 vecs, vecs_max;
	struct aio_vec *vec;
	struct list_head link;
	struct ubd_part part[UBD_PARTS];
	struct aio_vec vec_own[UBD_VECS];
};

/* What a disk has done; the names are those of /proc/um/ubd */
struct ubd_counts {
	u64 reads, writes, flushes, discards, zeroes, errors, commits;
};

/* A page of the COW bitmap, made when one of its sectors is first written to. */
#define UBD_CHUNK_SIZE	4096UL
#define UBD_CHUNK_BITS	(UBD_CHUNK_SIZE * 8)

struct ubd_chunk {
	struct list_head dirty;	/* in ubd_cow.dirty while the file lacks bits of it */
	u64 index;
	unsigned long *bits;	/* changed sectors; the file has at most these */
	u64 commit;		/* number of the one that wrote it last */
};

/**
 * struct ubd_cow - what a COW disk has besides
 * @chunks:	pages of the bitmap by their number; none: no sector was changed there
 * @shift:	log2 of the bytes of a sector (that a bit stands for)
 * @dirty:	chunks that have to go into the file, oldest first
 */
struct ubd_cow {
	struct xarray chunks;
	unsigned int shift;
	struct list_head dirty;
	struct ubd_commit *commit;
};

/**
 * struct ubd_disk - a disk that is configured
 * @lock:	of all that requests touch; interrupts disabled
 */
struct ubd_disk {
	int unit;
	char name[8];			/* of the block device, "ubda" */
	char id[8];			/* as the user names it, "ubd0" */
	char *strings;			/* what the option's names lie in, if it is to be freed */
	struct ubd_option option;
	struct image_request want;
	struct disk_image image;	/* its size changes with the host's file */
	struct platform_device *pdev;
	struct gendisk *gendisk;
	struct blk_mq_tag_set tags;
	spinlock_t lock;
	struct list_head ended;		/* requests, until the lock is released */
	struct ubd_counts counts;
	struct ubd_cow *cow;		/* NULL: a raw disk */
};

/* The host's AIO does not block with direct files. */
static inline u8 ubd_aio_flags(const struct image_file *file)
{
	return file->direct ? 0 : AIO_THREAD;
}

/* ubd_queue.c */
extern const struct blk_mq_ops ubd_queue_ops;
extern void ubd_limits(const struct ubd_disk *disk, struct queue_limits *limits);

/* A request has its result, in ->error. Under the disk's lock. */
extern void ubd_request_end(struct ubd_request *request);

/*
 * Release the disk's lock, then tell the block layer of the requests that ended;
 * it may come back with others at once.
 */
extern void ubd_unlock(struct ubd_disk *disk, unsigned long flags);

/* ubd_part.c */

/* Where a request begins on the disk, bytes */
static inline u64 ubd_request_start(const struct ubd_request *request)
{
	return (u64)blk_rq_pos(blk_mq_rq_from_pdu((void *)request)) << SECTOR_SHIFT;
}

/**
 * ubd_request_step() - what comes next of a request goes to the AIO service
 * @request:	its position says where it goes on
 *
 * Under the disk's lock. The request ends by itself when all of it is done, with
 * ubd_request_end(). Returns 0 or -errno.
 */
extern int ubd_request_step(struct ubd_request *request);

/* ubd_map.c; all but the first two under the disk's lock */

/**
 * ubd_map_open() - read the bitmap of a COW disk whose files are open
 *
 * Sets disk->cow. Process context. 0 or -errno, with the reason in @why.
 */
extern int ubd_map_open(struct ubd_disk *disk, char *why, size_t why_size);
extern void ubd_map_close(struct ubd_disk *disk);

/**
 * ubd_map_run() - how far from here are sectors alike?
 * @start:	first byte, on the disk
 * @end:	where to stop looking, bytes
 * @changed:	result: they are in the COW file
 *
 * Returns the end of the run, bytes.
 */
extern u64 ubd_map_run(struct ubd_cow *cow, u64 start, u64 end, bool *changed);

/**
 * ubd_map_prepare() - have what it takes to mark bytes as changed later
 *
 * -ENOMEM: try again when there is memory.
 */
extern int ubd_map_prepare(struct ubd_cow *cow, u64 start, u64 end);

/* The bytes from @start to @end are in the COW file now. */
extern void ubd_map_mark(struct ubd_cow *cow, u64 start, u64 end);

/* ubd_commit.c */
extern int ubd_commit_open(struct ubd_disk *disk);

/* Waits for a commit that is on its way. Process context. */
extern void ubd_commit_close(struct ubd_disk *disk);

/**
 * ubd_commit_wait() - end a request once all that is changed now is durable
 *
 * Under the disk's lock. The request ends (ubd_request_end()) with the error
 * of the commit, if there is one.
 */
extern void ubd_commit_wait(struct ubd_request *request);

/* Something was marked: it is to be in the file soon. Under the disk's lock. */
extern void ubd_commit_soon(struct ubd_disk *disk);

/* Is all that is changed in the file, and durable? Under the disk's lock. */
extern bool ubd_commit_clean(const struct ubd_disk *disk);

/*
 * Wait until a commit of what is changed now is done; says so if it failed. Nothing to
 * do for a disk that is not COW, or read-only. Process context.
 */
extern void ubd_commit_now(struct ubd_disk *disk);

/* The machine ends, nothing runs any more: commit without its help. */
extern void ubd_commit_last(struct ubd_disk *disk);

#endif
