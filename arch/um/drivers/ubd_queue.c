// SPDX-License-Identifier: GPL-2.0
/*
 * ubd_queue.c - requests come from the block layer, and go back to it.
 */
#include <linux/slab.h>
#include "ubd.h"

static blk_status_t status_of(int error)
{
	switch (error) {
	case 0:
		return BLK_STS_OK;
	case -ENOSPC:
	case -EDQUOT:
		return BLK_STS_NOSPC;
	case -EOPNOTSUPP:
	case -ENOSYS:
		return BLK_STS_NOTSUPP;
	}
	return BLK_STS_IOERR;
}

static void request_finish(struct ubd_request *request)
{
	struct request *rq = blk_mq_rq_from_pdu(request);

	if (request->vec != request->vec_own)
		kfree(request->vec);
	if (request->error == -EOPNOTSUPP) {
		if (req_op(rq) == REQ_OP_DISCARD)
			blk_queue_disable_discard(rq->q);
		else if (req_op(rq) == REQ_OP_WRITE_ZEROES)
			blk_queue_disable_write_zeroes(rq->q);
	}
	blk_mq_end_request(rq, status_of(request->error));
}

void ubd_request_end(struct ubd_request *request)
{
	struct ubd_disk *disk = request->disk;

	if (request->error)
		disk->counts.errors++;
	list_add_tail(&request->link, &disk->ended);
}

void ubd_unlock(struct ubd_disk *disk, unsigned long flags)
{
	struct ubd_request *request, *next;
	LIST_HEAD(ended);

	list_splice_init(&disk->ended, &ended);
	spin_unlock_irqrestore(&disk->lock, flags);
	list_for_each_entry_safe(request, next, &ended, link)
		request_finish(request);
}

static void request_count(struct ubd_disk *disk, enum req_op op)
{
	struct ubd_counts *counts = &disk->counts;

	if (op == REQ_OP_READ)
		counts->reads++;
	else if (op == REQ_OP_WRITE)
		counts->writes++;
	else if (op == REQ_OP_FLUSH)
		counts->flushes++;
	else if (op == REQ_OP_DISCARD)
		counts->discards++;
	else
		counts->zeroes++;
}

static void request_init(struct ubd_request *request, struct ubd_disk *disk)
{
	unsigned int segments = blk_rq_nr_phys_segments(blk_mq_rq_from_pdu(request));

	request->disk = disk;
	request->error = 0;
	request->position = 0;
	request->vec = request->vec_own;
	request->vecs_max = UBD_VECS;
	if (segments <= UBD_VECS)
		return;
	/* without it the request goes out in several steps */
	request->vec = kmalloc_array(segments, sizeof(*request->vec),
				     GFP_ATOMIC | __GFP_NOWARN);
	if (request->vec)
		request->vecs_max = segments;
	else
		request->vec = request->vec_own;
}

static blk_status_t request_begin(struct ubd_request *request)
{
	struct request *rq = blk_mq_rq_from_pdu(request);
	struct ubd_disk *disk = request->disk;
	enum req_op op = req_op(rq);
	u64 start = ubd_request_start(request);

	if (disk->cow && op == REQ_OP_FLUSH) {
		ubd_commit_wait(request);
		return BLK_STS_OK;
	}
	if (disk->cow && (op == REQ_OP_WRITE || op == REQ_OP_WRITE_ZEROES) &&
	    ubd_map_prepare(disk->cow, start, start + blk_rq_bytes(rq)))
		return BLK_STS_RESOURCE;
	return status_of(ubd_request_step(request));
}

static blk_status_t ubd_queue_rq(struct blk_mq_hw_ctx *hctx,
				 const struct blk_mq_queue_data *data)
{
	struct ubd_disk *disk = hctx->queue->queuedata;
	struct ubd_request *request = blk_mq_rq_to_pdu(data->rq);
	enum req_op op = req_op(data->rq);
	unsigned long flags;
	blk_status_t status;

	switch (op) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
	case REQ_OP_FLUSH:
	case REQ_OP_DISCARD:
	case REQ_OP_WRITE_ZEROES:
		break;
	default:
		return BLK_STS_NOTSUPP;
	}
	blk_mq_start_request(data->rq);
	spin_lock_irqsave(&disk->lock, flags);
	request_count(disk, op);
	request_init(request, disk);
	status = request_begin(request);
	if (status && request->vec != request->vec_own)
		kfree(request->vec);
	if (data->last || status)
		aio_submit();
	ubd_unlock(disk, flags);
	return status;
}

static void ubd_commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	unsigned long flags;

	local_irq_save(flags);
	aio_submit();
	local_irq_restore(flags);
}

const struct blk_mq_ops ubd_queue_ops = {
	.queue_rq	= ubd_queue_rq,
	.commit_rqs	= ubd_commit_rqs,
};

void ubd_limits(const struct ubd_disk *disk, struct queue_limits *limits)
{
	const struct disk_image *image = &disk->image;
	u32 most = UINT_MAX & ~(PAGE_SIZE - 1);	/* bytes, of what moves no data */

	*limits = (struct queue_limits) {
		.logical_block_size	= image->sector,
		.max_hw_sectors		= SZ_1M >> SECTOR_SHIFT,
		.max_segments		= UBD_SEGMENTS,
		.max_segment_size	= SZ_1M,
		.dma_alignment		= max_t(u32, image->data.mem_align, SECTOR_SIZE) - 1,
	};
	if (image->backing.fd >= 0 && image->backing.mem_align > SECTOR_SIZE)
		limits->dma_alignment |= image->backing.mem_align - 1;
	if (!disk->option.sync)
		limits->features |= BLK_FEAT_WRITE_CACHE;
	/* COW: the bitmap has to be durable too, as with a flush afterwards */
	if (!disk->option.sync && !disk->cow)
		limits->features |= BLK_FEAT_FUA;
	if (!disk->option.no_trim) {
		limits->max_hw_discard_sectors = most >> SECTOR_SHIFT;
		limits->discard_granularity = max_t(u32, image->sector, PAGE_SIZE);
	}
	/* COW: no more than a page or two of the bitmap is made for one */
	limits->max_write_zeroes_sectors = most >> SECTOR_SHIFT;
	if (disk->cow)
		limits->max_write_zeroes_sectors = UBD_CHUNK_BITS;
}
