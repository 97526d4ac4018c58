// SPDX-License-Identifier: GPL-2.0
/*
 * ubd_part.c - a block request as requests to the host: its parts.
 *
 * A request is one part, with all its memory in one submission. Only a read of a
 * COW disk can be several: one for each run of sectors that come from the same
 * file. If these are more than fit (parts, or pieces of memory) the rest follows
 * when they are done, so that no request needs more memory than it has.
 */
#include <linux/bvec.h>
#include <linux/string.h>
#include "ubd.h"

/* The first @n bytes of the part's memory are done with. */
static void vec_advance(struct ubd_part *part, u64 n)
{
	struct aio_vec *vec = (struct aio_vec *)part->aio.vec;

	part->left -= n;
	part->aio.offset += n;
	while (n && n >= vec->size) {
		n -= vec->size;
		vec++;
		part->aio.vecs--;
	}
	if (n) {
		vec->base += n;
		vec->size -= n;
	}
	part->aio.vec = vec;
}

static void vec_zero(const struct ubd_part *part)
{
	int i;

	for (i = 0; i < part->aio.vecs; i++)
		memset(part->aio.vec[i].base, 0, part->aio.vec[i].size);
}

/*
 * The host moved less than all. Returns 0 if the part has gone out again for the
 * rest, 1: it is done, or -errno.
 */
static int part_go_on(struct ubd_part *part)
{
	vec_advance(part, part->aio.result);
	if (!part->left)
		return 1;
	if (part->aio.op == AIO_READ && part->aio.offset >= part->file_end) {
		vec_zero(part);
		return 1;
	}
	/* a file that has become shorter, or a write of nothing */
	if (!part->aio.result)
		return -EIO;
	aio_add(&part->aio);
	return 0;
}

static bool moves_data(const struct aio_request *aio)
{
	return aio->op == AIO_READ || aio->op == AIO_WRITE;
}

/* All parts that were out are done. */
static void step_done(struct ubd_request *request)
{
	struct request *rq = blk_mq_rq_from_pdu(request);
	struct ubd_disk *disk = request->disk;
	u64 start = ubd_request_start(request);

	if (!request->error && request->position < blk_rq_bytes(rq)) {
		request->error = ubd_request_step(request);
		if (!request->error)
			return;
	}
	if (disk->cow && !request->error &&
	    (req_op(rq) == REQ_OP_WRITE || req_op(rq) == REQ_OP_WRITE_ZEROES)) {
		ubd_map_mark(disk->cow, start, start + blk_rq_bytes(rq));
		if (disk->option.sync && !ubd_commit_clean(disk)) {
			ubd_commit_wait(request);
			return;
		}
		ubd_commit_soon(disk);
	}
	ubd_request_end(request);
}

static void part_done(struct aio_request *aio)
{
	struct ubd_part *part = container_of(aio, struct ubd_part, aio);
	struct ubd_request *request = part->owner;
	struct ubd_disk *disk = request->disk;
	unsigned long flags;
	int done = 1;

	spin_lock_irqsave(&disk->lock, flags);
	if (aio->result < 0)
		done = aio->result;
	else if (moves_data(aio))
		done = part_go_on(part);
	if (done < 0 && !request->error)
		request->error = done;
	if (done && !--request->out)
		step_done(request);
	ubd_unlock(disk, flags);
}

/* ---- from the block layer's request to parts */

static struct ubd_part *part_new(struct ubd_request *request,
				 const struct image_file *file, enum aio_op op,
				 u64 offset)
{
	struct ubd_part *part;

	if (request->parts == UBD_PARTS)
		return NULL;
	part = &request->part[request->parts++];
	part->owner = request;
	part->left = 0;
	part->aio.fd = file->fd;
	part->aio.op = op;
	part->aio.flags = ubd_aio_flags(file);
	part->aio.vec = request->vec + request->vecs;
	part->aio.vecs = 0;
	part->aio.offset = offset;
	part->aio.done = part_done;
	return part;
}

/* Returns false if there is no room. */
static bool part_add(struct ubd_request *request, struct ubd_part *part,
		     void *base, size_t size)
{
	struct aio_vec *last = request->vec + request->vecs - 1;

	if (part->aio.vecs && last->base + last->size == base) {
		last->size += size;
	} else {
		if (request->vecs == request->vecs_max)
			return false;
		request->vec[request->vecs++] = (struct aio_vec){ base, size };
		part->aio.vecs++;
	}
	part->left += size;
	return true;
}

/*
 * The part that the disk's bytes from @pos on belong to, @part if that is it, and
 * how many of them, at most @size. NULL: there is no room for another part.
 */
static struct ubd_part *part_for(struct ubd_request *request, struct ubd_part *part,
				 enum aio_op op, u64 pos, size_t *size)
{
	const struct ubd_disk *disk = request->disk;
	const struct image_file *file = &disk->image.data;
	/* the last sector may be there in part */
	u64 offset = pos, end = disk->image.size - disk->image.sector + 1;
	bool changed = true;

	if (disk->cow) {
		if (op == AIO_READ)
			*size = ubd_map_run(disk->cow, pos, pos + *size, &changed) - pos;
		if (changed) {
			offset += disk->image.data_offset;
			end = 0;
		} else {
			file = &disk->image.backing;
			end = disk->image.backing_size;
		}
	}
	if (part && part->aio.fd == file->fd && part->aio.offset + part->left == offset)
		return part;
	part = part_new(request, file, op, offset);
	if (part)
		part->file_end = end;
	return part;
}

/* One piece of the request's memory; returns how much of it found room. */
static size_t piece_add(struct ubd_request *request, struct ubd_part **part,
			enum aio_op op, void *base, size_t size)
{
	size_t done = 0, n;

	while (done < size) {
		struct ubd_part *to;

		n = size - done;
		to = part_for(request, *part, op,
			      ubd_request_start(request) + request->position, &n);
		if (!to)
			break;
		*part = to;
		if (!part_add(request, to, base + done, n)) {
			/* a part that was made for it is empty */
			if (!to->left)
				request->parts--;
			break;
		}
		request->position += n;
		done += n;
	}
	return done;
}

static void data_parts(struct ubd_request *request, enum aio_op op)
{
	struct request *rq = blk_mq_rq_from_pdu(request);
	u32 skip = request->position;
	struct ubd_part *part = NULL;
	struct req_iterator iter;
	struct bio_vec bv;

	rq_for_each_bvec(bv, rq, iter) {
		size_t n;

		if (skip >= bv.bv_len) {
			skip -= bv.bv_len;
			continue;
		}
		n = bv.bv_len - skip;
		if (piece_add(request, &part, op, bvec_virt(&bv) + skip, n) < n)
			return;
		skip = 0;
	}
}

static void zero_part(struct ubd_request *request)
{
	struct request *rq = blk_mq_rq_from_pdu(request);
	struct ubd_disk *disk = request->disk;
	struct ubd_part *part;
	enum aio_op op = AIO_PUNCH;

	if (req_op(rq) == REQ_OP_WRITE_ZEROES &&
	    ((rq->cmd_flags & REQ_NOUNMAP) || disk->option.no_trim))
		op = AIO_ZERO;
	part = part_new(request, &disk->image.data, op,
			ubd_request_start(request) + disk->image.data_offset);
	part->aio.length = blk_rq_bytes(rq);
	request->position = blk_rq_bytes(rq);
}

int ubd_request_step(struct ubd_request *request)
{
	struct request *rq = blk_mq_rq_from_pdu(request);
	struct ubd_disk *disk = request->disk;
	bool durable = disk->option.sync || (rq->cmd_flags & REQ_FUA);
	int i;

	request->parts = 0;
	request->vecs = 0;
	switch (req_op(rq)) {
	case REQ_OP_READ:
		data_parts(request, AIO_READ);
		durable = false;
		break;
	case REQ_OP_WRITE:
		data_parts(request, AIO_WRITE);
		break;
	case REQ_OP_FLUSH:
		part_new(request, &disk->image.data, AIO_DATASYNC, 0);
		durable = false;
		break;
	default:
		zero_part(request);
		break;
	}
	if (WARN_ON_ONCE(!request->parts))
		return -EIO;
	request->out = request->parts;
	for (i = 0; i < request->parts; i++) {
		if (durable)
			request->part[i].aio.flags |= AIO_DURABLE;
		aio_add(&request->part[i].aio);
	}
	return 0;
}
