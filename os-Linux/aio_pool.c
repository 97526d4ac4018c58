// SPDX-License-Identifier: GPL-2.0
/*
 * aio_pool.c - the threads of the AIO service, see aio_pool.h.
 *
 * They share the process with the kernel but are no part of it: they call the
 * host and nothing else, on memory that a request names.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/falloc.h>
#include <kern_util.h>
#include <os.h>
#include <uml/aio.h>
#include <uml/aio_pool.h>
#include <uml/host_thread.h>

#define THREADS		4

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;

/* Under the lock: what nobody has started on, and what is done. */
static struct aio_request *todo, **todo_end = &todo;
static struct aio_request *done, **done_end = &done;

/* The machine's thread only: what is handed in but not let go */
static struct aio_request *added, **added_end = &added;

static unsigned int threads;

unsigned int aio_threads(void)
{
	return threads;
}

int aio_thread_start(const char *name, void *(*run)(void *))
{
	int err = host_thread_start(name, run, NULL);

	if (!err)
		threads++;
	return err;
}

static int range_change(const struct aio_request *request, int mode)
{
	return fallocate(request->fd, mode, request->offset, request->length) < 0 ? -errno : 0;
}

static int64_t zeroes_write(const struct aio_request *request)
{
	int hole = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
	int err = range_change(request, request->op == AIO_PUNCH ? hole : FALLOC_FL_ZERO_RANGE);

	/* tmpfs and others: a hole that gets its room back is the same */
	if (err == -EOPNOTSUPP && request->op == AIO_ZERO) {
		err = range_change(request, hole);
		if (!err)
			err = range_change(request, FALLOC_FL_KEEP_SIZE);
	}
	if (err)
		return err;
	if ((request->flags & AIO_DURABLE) && fdatasync(request->fd) < 0)
		return -errno;
	return 0;
}

static int64_t request_do(const struct aio_request *request)
{
	const struct iovec *vec = (const struct iovec *)request->vec;
	ssize_t n;

	switch (request->op) {
	case AIO_READ:
		n = preadv(request->fd, vec, request->vecs, request->offset);
		break;
	case AIO_WRITE:
		n = pwritev2(request->fd, vec, request->vecs, request->offset,
			     request->flags & AIO_DURABLE ? RWF_DSYNC : 0);
		break;
	case AIO_DATASYNC:
		n = fdatasync(request->fd);
		break;
	case AIO_PUNCH:
	case AIO_ZERO:
		return zeroes_write(request);
	default:
		return -EINVAL;
	}
	return n < 0 ? -errno : n;
}

static void *pool_thread(void *unused)
{
	struct aio_request *request;
	int first;

	for (;;) {
		pthread_mutex_lock(&lock);
		while (!todo)
			pthread_cond_wait(&work, &lock);
		request = todo;
		todo = request->next;
		if (!todo)
			todo_end = &todo;
		pthread_mutex_unlock(&lock);

		do {
			request->result = request_do(request);
		} while (request->result == -EINTR);
		request->next = NULL;

		pthread_mutex_lock(&lock);
		first = !done;
		*done_end = request;
		done_end = &request->next;
		pthread_mutex_unlock(&lock);
		/* who comes to an empty list rings; whoever takes it takes all */
		if (first)
			aio_bell_ring();
	}
	return NULL;
}

/* One thread is enough to go on with; none is not. */
int aio_pool_start(void)
{
	int i, err = 0;

	for (i = 0; i < THREADS && !err; i++)
		err = aio_thread_start("uml-aio", pool_thread);
	return i > 1 ? 0 : err;
}

void aio_pool_add(struct aio_request *request)
{
	request->next = NULL;
	*added_end = request;
	added_end = &request->next;
}

void aio_pool_submit(void)
{
	struct aio_request *request;
	int n = 0;

	if (!added)
		return;
	for (request = added; request; request = request->next)
		n++;
	pthread_mutex_lock(&lock);
	*todo_end = added;
	todo_end = added_end;
	pthread_mutex_unlock(&lock);
	added = NULL;
	added_end = &added;
	if (n >= THREADS)
		pthread_cond_broadcast(&work);
	else
		while (n--)
			pthread_cond_signal(&work);
}

struct aio_request *aio_pool_reap(void)
{
	struct aio_request *list;

	pthread_mutex_lock(&lock);
	list = done;
	done = NULL;
	done_end = &done;
	pthread_mutex_unlock(&lock);
	return list;
}

int aio_pool_is_done(void)
{
	return __atomic_load_n(&done, __ATOMIC_ACQUIRE) != NULL;
}
