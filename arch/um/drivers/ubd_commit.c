// SPDX-License-Identifier: GPL-2.0
/*
 * ubd_commit.c - the bitmap of a COW disk goes into its file.
 *
 * A bit in the file must not be there before its sector's data is: the sector
 * would read as what happened to be in the file. So a commit
 *	1. copies the pages of the bitmap that have new bits; all of these stand
 *	   for data that is written,
 *	2. has the host make that data durable (fdatasync),
 *	3. writes the copies,
 *	4. has the host make them durable.
 * There is one commit at a time, so that no page is ever overtaken by an older
 * copy of itself. A commit is what a flush of a COW disk waits for; without one it
 * is done a second after the first new bit.
 *
 * All of it is under the disk's lock.
 */
#include <linux/delay.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <os.h>
#include "ubd.h"

#define COPIES	16	/* 256 MiB of disk with sectors of 512 bytes */
#define SOON	HZ

/* How long the machine's end waits for the host, ms: until it says so, and at most */
#define DRAIN_QUIET	2000
#define DRAIN_MOST	60000

struct copy {
	struct aio_request aio;
	struct aio_vec vec;
	struct ubd_chunk *chunk;
	struct ubd_commit *commit;
	void *page;
};

enum state { IDLE, SYNC_DATA, WRITE_BITMAP, SYNC_BITMAP };

/**
 * struct ubd_commit - the commits of a disk
 * @waiting:	requests that the next commit is for
 * @served:	those that this one is for
 * @last:	the youngest chunk that it takes; NULL: it has them all
 * @copy:	@copies are in use, @out of them not written yet
 * @begun:	number of commits
 * @ended:	of these; @result is that of the last one, 0 or -errno
 * @again:	begin another one when this ends
 * @closing:	the disk goes: nothing is begun any more
 * @last_time:	nothing runs any more, see ubd_commit_last()
 */
struct ubd_commit {
	struct ubd_disk *disk;
	enum state state;
	int error;
	struct list_head waiting, served;
	struct ubd_chunk *last;
	struct copy copy[COPIES];
	unsigned int copies, out;
	struct aio_request sync;
	struct delayed_work soon;
	wait_queue_head_t idle;
	u64 begun, ended;
	int result;
	bool again, closing, last_time;
};

static void commit_round(struct ubd_commit *commit);

static u64 chunk_offset(const struct ubd_disk *disk, const struct ubd_chunk *chunk)
{
	return disk->image.bitmap_offset + chunk->index * UBD_CHUNK_SIZE;
}

/* Whole pages, what is behind the bitmap's end is padding up to the data */
static size_t chunk_size(const struct ubd_disk *disk, const struct ubd_chunk *chunk)
{
	return min(UBD_CHUNK_SIZE,
		   (size_t)(disk->image.data_offset - chunk_offset(disk, chunk)));
}

static void commit_begin(struct ubd_commit *commit)
{
	struct ubd_cow *cow = commit->disk->cow;

	commit->begun++;
	commit->again = false;
	commit->error = 0;
	list_splice_tail_init(&commit->waiting, &commit->served);
	commit->last = list_empty(&cow->dirty) ? NULL :
		list_last_entry(&cow->dirty, struct ubd_chunk, dirty);
	commit->disk->counts.commits++;
	commit_round(commit);
}

static void commit_end(struct ubd_commit *commit)
{
	struct ubd_disk *disk = commit->disk;
	struct ubd_request *request, *next;
	LIST_HEAD(served);

	if (commit->error)
		pr_err_ratelimited("%s: the COW file's bitmap can't be written, error %d\n",
				   disk->name, -commit->error);
	commit->state = IDLE;
	commit->ended++;
	commit->result = commit->error;
	wake_up_all(&commit->idle);
	if (commit->last_time)
		return;
	list_splice_init(&commit->served, &served);
	list_for_each_entry_safe(request, next, &served, link) {
		list_del(&request->link);
		request->error = commit->error;
		ubd_request_end(request);
	}
	if (commit->again || !list_empty(&commit->waiting))
		commit_begin(commit);
	else
		ubd_commit_soon(disk);
}

/*
 * A write or a sync failed. What was not written stays to be written, and after a
 * sync the host may have forgotten all that this commit wrote, in earlier rounds, too.
 */
static void commit_undo(struct ubd_commit *commit)
{
	struct ubd_cow *cow = commit->disk->cow;
	struct ubd_chunk *chunk;
	unsigned long index;

	xa_for_each(&cow->chunks, index, chunk)
		if (chunk->commit == commit->begun && list_empty(&chunk->dirty))
			list_add_tail(&chunk->dirty, &cow->dirty);
	commit->copies = 0;
}

static void sync_send(struct ubd_commit *commit, enum state state)
{
	commit->state = state;
	aio_add(&commit->sync);
}

static void bitmap_written(struct ubd_commit *commit)
{
	if (commit->error) {
		commit_undo(commit);
		commit_end(commit);
		return;
	}
	commit->copies = 0;
	if (commit->last)
		commit_round(commit);
	else
		sync_send(commit, SYNC_BITMAP);
}

static void copy_done(struct aio_request *aio)
{
	struct copy *copy = container_of(aio, struct copy, aio);
	struct ubd_commit *commit = copy->commit;
	unsigned long flags;

	spin_lock_irqsave(&commit->disk->lock, flags);
	if (aio->result > 0 && aio->result < copy->vec.size) {
		/* the rest of it */
		copy->vec.base += aio->result;
		copy->vec.size -= aio->result;
		aio->offset += aio->result;
		aio_add(aio);
		goto out;
	}
	if (aio->result <= 0 && !commit->error)
		commit->error = aio->result ?: -EIO;
	if (!--commit->out)
		bitmap_written(commit);
out:
	ubd_unlock(commit->disk, flags);
}

static void copies_write(struct ubd_commit *commit)
{
	struct ubd_disk *disk = commit->disk;
	unsigned int i;

	commit->state = WRITE_BITMAP;
	commit->out = commit->copies;
	for (i = 0; i < commit->copies; i++) {
		struct copy *copy = &commit->copy[i];

		copy->vec.base = copy->page;
		copy->vec.size = chunk_size(disk, copy->chunk);
		copy->aio.offset = chunk_offset(disk, copy->chunk);
		aio_add(&copy->aio);
	}
}

static void sync_done(struct aio_request *aio)
{
	struct ubd_commit *commit = container_of(aio, struct ubd_commit, sync);
	unsigned long flags;

	spin_lock_irqsave(&commit->disk->lock, flags);
	if (aio->result < 0) {
		commit->error = aio->result;
		commit_undo(commit);
	}
	if (commit->state == SYNC_DATA && commit->copies)
		copies_write(commit);
	else
		commit_end(commit);
	ubd_unlock(commit->disk, flags);
}

/* As many chunks as there are copies for */
static void commit_round(struct ubd_commit *commit)
{
	struct ubd_cow *cow = commit->disk->cow;

	while (commit->last && commit->copies < COPIES) {
		struct copy *copy = &commit->copy[commit->copies++];

		copy->chunk = list_first_entry(&cow->dirty, struct ubd_chunk, dirty);
		list_del_init(&copy->chunk->dirty);
		copy->chunk->commit = commit->begun;
		memcpy(copy->page, copy->chunk->bits, UBD_CHUNK_SIZE);
		if (copy->chunk == commit->last)
			commit->last = NULL;
	}
	sync_send(commit, SYNC_DATA);
}

void ubd_commit_wait(struct ubd_request *request)
{
	struct ubd_commit *commit = request->disk->cow->commit;

	list_add_tail(&request->link, &commit->waiting);
	if (commit->state == IDLE)
		commit_begin(commit);
}

bool ubd_commit_clean(const struct ubd_disk *disk)
{
	return disk->cow->commit->state == IDLE && list_empty(&disk->cow->dirty);
}

void ubd_commit_soon(struct ubd_disk *disk)
{
	struct ubd_commit *commit = disk->cow->commit;

	if (commit->state == IDLE && !commit->closing && !list_empty(&disk->cow->dirty))
		schedule_delayed_work(&commit->soon, SOON);
}

static void commit_soon(struct work_struct *work)
{
	struct ubd_commit *commit = container_of(work, struct ubd_commit, soon.work);

	spin_lock_irq(&commit->disk->lock);
	if (commit->state == IDLE && !commit->closing &&
	    !list_empty(&commit->disk->cow->dirty))
		commit_begin(commit);
	aio_submit();
	spin_unlock_irq(&commit->disk->lock);
}

void ubd_commit_now(struct ubd_disk *disk)
{
	struct ubd_commit *commit;
	u64 wanted;

	if (!disk->cow || disk->image.read_only)
		return;
	commit = disk->cow->commit;
	spin_lock_irq(&disk->lock);
	wanted = commit->begun + 1;
	if (commit->state == IDLE)
		commit_begin(commit);
	else
		commit->again = true;
	aio_submit();
	spin_unlock_irq(&disk->lock);
	wait_event(commit->idle, READ_ONCE(commit->ended) >= wanted);
	if (commit->result)
		pr_err("%s: what was changed last is lost\n", disk->name);
}

/*
 * Wait for what is on its way, so that it can't come later than what is written next;
 * the other requests' owners are gone. Returns false if it is still not done.
 */
static bool commit_drain(struct ubd_commit *commit)
{
	const struct ubd_disk *disk = commit->disk;
	struct aio_request *request;
	int ms;

	for (ms = 0; commit->state != IDLE && ms < DRAIN_MOST; ms++) {
		while ((request = aio_next_done()))
			if (request->done == sync_done || request->done == copy_done)
				request->done(request);
		aio_submit();
		if (ms == DRAIN_QUIET)
			pr_err("%s: waiting for the host to write %s\n", disk->name,
			       disk->option.file);
		mdelay(1);
	}
	return commit->state == IDLE;
}

/* What is changed goes into the file, at once. 0 or -errno. */
static int map_write(struct ubd_disk *disk)
{
	int fd = disk->image.data.fd, err = os_sync_file(fd);
	struct ubd_chunk *chunk;

	if (err < 0)
		return err;
	list_for_each_entry(chunk, &disk->cow->dirty, dirty) {
		int n = chunk_size(disk, chunk);

		err = os_pwrite_file(fd, chunk->bits, n, chunk_offset(disk, chunk));
		if (err != n)
			return err < 0 ? err : -EIO;
	}
	return os_sync_file(fd);
}

void ubd_commit_last(struct ubd_disk *disk)
{
	struct ubd_commit *commit = disk->cow->commit;
	unsigned long flags;
	int err = 0;

	local_irq_save(flags);
	commit->last_time = true;
	if (!commit_drain(commit))
		err = -ETIMEDOUT;
	else if (!list_empty(&disk->cow->dirty))
		err = map_write(disk);
	if (err < 0)
		pr_err("%s: the COW file's bitmap can't be written, error %d: what was changed last is lost\n",
		       disk->name, -err);
	local_irq_restore(flags);
}

static void copy_init(struct ubd_commit *commit, struct copy *copy)
{
	const struct image_file *file = &commit->disk->image.data;

	copy->commit = commit;
	copy->aio.fd = file->fd;
	copy->aio.op = AIO_WRITE;
	copy->aio.flags = ubd_aio_flags(file);
	copy->aio.vec = &copy->vec;
	copy->aio.vecs = 1;
	copy->aio.done = copy_done;
}

int ubd_commit_open(struct ubd_disk *disk)
{
	struct ubd_commit *commit = kzalloc(sizeof(*commit), GFP_KERNEL);
	unsigned int i;

	if (!commit)
		return -ENOMEM;
	commit->disk = disk;
	disk->cow->commit = commit;
	INIT_LIST_HEAD(&commit->waiting);
	INIT_LIST_HEAD(&commit->served);
	INIT_DELAYED_WORK(&commit->soon, commit_soon);
	init_waitqueue_head(&commit->idle);
	commit->sync.fd = disk->image.data.fd;
	commit->sync.op = AIO_DATASYNC;
	commit->sync.flags = ubd_aio_flags(&disk->image.data);
	commit->sync.done = sync_done;
	for (i = 0; i < COPIES; i++) {
		copy_init(commit, &commit->copy[i]);
		commit->copy[i].page = kmalloc(UBD_CHUNK_SIZE, GFP_KERNEL);
		if (!commit->copy[i].page)
			return -ENOMEM;
	}
	return 0;
}

void ubd_commit_close(struct ubd_disk *disk)
{
	struct ubd_commit *commit = disk->cow->commit;
	unsigned int i;

	if (!commit)
		return;
	spin_lock_irq(&disk->lock);
	commit->closing = true;
	spin_unlock_irq(&disk->lock);
	cancel_delayed_work_sync(&commit->soon);
	/* it may just have begun one */
	wait_event(commit->idle, READ_ONCE(commit->state) == IDLE);
	for (i = 0; i < COPIES; i++)
		kfree(commit->copy[i].page);
	kfree(commit);
	disk->cow->commit = NULL;
}
