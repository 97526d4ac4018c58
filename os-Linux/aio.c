// SPDX-License-Identifier: GPL-2.0
/*
 * aio.c - the requests that the host's AIO takes, see aio.h; aio_pool.c has the
 * threads.
 *
 * Completions of both kinds count up one eventfd, the bell. That can't raise a
 * signal, so a thread waits for it and does: one for all that was done meanwhile.
 * All else here is the machine's own thread, with interrupts disabled.
 */
#include <errno.h>
#include <libaio.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <kern_util.h>
#include <os.h>
#include <uml/aio.h>
#include <uml/aio_pool.h>
#include <uml/interrupts.h>

#define BATCH	64	/* requests of one system call */
#define FDS	1024	/* of which it is remembered what they can't */
#define MOMENT_NS 20000	/* what a signal costs is about a third of it */
#define WHILE_NS 300000	/* as long as nothing gets worse by waiting */
#define RING_LEAST 8	/* a smaller ring is no better than the threads */
#define MANY ": the host's fs.aio-max-nr is used up"

_Static_assert(sizeof(struct aio_vec) == sizeof(struct iovec) &&
	       offsetof(struct aio_vec, base) == offsetof(struct iovec, iov_base) &&
	       offsetof(struct aio_vec, size) == offsetof(struct iovec, iov_len),
	       "aio_vec is the host's iovec");
_Static_assert(sizeof(struct iocb) <= sizeof(((struct aio_request *)0)->host),
	       "an iocb fits");

struct aio_counts aio_counts;

static io_context_t ring;	/* NULL: the host's AIO can't be used */
static unsigned int ring_used;	/* requests in it */
static int bell = -1;		/* the eventfd */
static pid_t machine_thread;
static atomic_int sleeping;	/* is the machine? */
static atomic_int resting;	/* is the thread, until the machine sleeps? */
static atomic_uint looks;	/* the machine's, at what is done */
static long moment_ns = MOMENT_NS;

/* Waiting to be submitted, oldest first */
static struct aio_request *queue;
static struct aio_request **queue_end = &queue;

/* Done as soon as they were handed in, by success or refusal: to be delivered */
static struct aio_request *instant;

static struct iocb *iocb_of(struct aio_request *request)
{
	return (struct iocb *)request->host;
}

void aio_bell_ring(void)
{
	static const uint64_t one = 1;

	/* it fails only if the count is at its end, when it rings anyway */
	while (write(bell, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/*
 * The host's ring as it is mapped to us, for a look without a system call: what
 * fs/aio.c of the host calls struct aio_ring, and libaio's io_getevents() looks at.
 */
struct aio_ring_head {
	uint32_t id, nr, head, tail, magic;
};

#define AIO_RING_MAGIC	0xa10a10a1

static unsigned int ring_done_count(void)
{
	const struct aio_ring_head *head = (void *)ring;
	uint32_t first, end;

	if (!head)
		return 0;
	/* a host whose ring is another one: always ask it */
	if (head->magic != AIO_RING_MAGIC)
		return 1;
	first = __atomic_load_n(&head->head, __ATOMIC_ACQUIRE);
	end = __atomic_load_n(&head->tail, __ATOMIC_ACQUIRE);
	return end >= first ? end - first : end + head->nr - first;
}

unsigned int aio_done_count(void)
{
	atomic_fetch_add_explicit(&looks, 1, memory_order_relaxed);
	return (ring_used ? ring_done_count() : 0) + aio_pool_is_done();
}

void aio_sleeps(int sleeps)
{
	atomic_store(&sleeping, sleeps);
	if (sleeps && atomic_load(&resting))
		(void)syscall(SYS_futex, &sleeping, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void aio_exit_cost(unsigned long ns)
{
	if (3 * ns > MOMENT_NS)
		moment_ns = 3 * ns < WHILE_NS ? 3 * ns : WHILE_NS;
}

/* For that long, or until the machine sleeps; not at all if it does. */
static void bell_rest(long ns)
{
	const struct timespec time = { .tv_nsec = ns };

	if (atomic_load(&sleeping))
		return;
	atomic_store(&resting, 1);
	(void)syscall(SYS_futex, &sleeping, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0);
	atomic_store(&resting, 0);
}

/*
 * A machine that sleeps is woken at once. One that runs will mostly find what is
 * done by itself (aio_done_count()), in a moment; only if it has not looked, if it
 * is in user mode for long, it gets the signal. One that has looked will do so
 * again: meanwhile what is done only counts up the bell, and wakes nobody.
 */
static void *bell_thread(void *unused)
{
	unsigned int before;
	uint64_t count;

	/* or that moment would be 50 us longer; if not, so be it */
	(void)prctl(PR_SET_TIMERSLACK, 1);
	for (;;) {
		if (read(bell, &count, sizeof(count)) < 0)
			continue;
		before = atomic_load(&looks);
		bell_rest(moment_ns);
		if (atomic_load(&looks) != before)
			bell_rest(WHILE_NS);
		if (ring_done_count() || aio_pool_is_done())
			syscall(SYS_tgkill, getpid(), machine_thread, SIGURG);
	}
	return NULL;
}

/* Once: a start that failed later on is tried again. */
static int bell_hang(void)
{
	int err;

	if (bell >= 0)
		return 0;
	machine_thread = syscall(SYS_gettid);
	bell = eventfd(0, EFD_CLOEXEC);
	if (bell < 0)
		return -errno;
	set_handler(SIGURG);
	err = aio_thread_start("uml-aio-bell", bell_thread);
	if (err) {
		close(bell);
		bell = -1;
	}
	return err;
}

/*
 * What all machines' rings hold together is limited on the host: where that many are
 * not left, a smaller ring will do. The reason goes to @why if it is not the size asked
 * for.
 */
static void ring_make(unsigned int size, char *why, size_t why_size)
{
	unsigned int wanted = size;
	int err = io_setup(size, &ring);

	while (err == -EAGAIN && size / 2 >= RING_LEAST) {
		size /= 2;
		err = io_setup(size, &ring);
	}
	if (err < 0) {
		ring = NULL;
		snprintf(why, why_size, "by threads only: io_setup(%u): %s%s", wanted,
			 strerror(-err), err == -EAGAIN ? MANY : "");
	} else if (size < wanted) {
		snprintf(why, why_size, "%u requests at once, not %u%s", size, wanted, MANY);
	}
}

int aio_start(unsigned int size, char *why, size_t why_size)
{
	int err;

	*why = 0;
	err = bell_hang();
	if (!err)
		err = aio_pool_start();
	if (err)
		return err;
	if (size)
		ring_make(size, why, why_size);
	else
		snprintf(why, why_size, "by threads only: aio.ring=0");
	return 0;
}

static void iocb_fill(struct aio_request *request)
{
	struct iocb *iocb = iocb_of(request);
	struct iovec *vec = (struct iovec *)request->vec;

	switch (request->op) {
	case AIO_READ:
		io_prep_preadv(iocb, request->fd, vec, request->vecs, request->offset);
		break;
	case AIO_WRITE:
		io_prep_pwritev(iocb, request->fd, vec, request->vecs, request->offset);
		if (request->flags & AIO_DURABLE)
			iocb->aio_rw_flags = RWF_DSYNC;
		break;
	case AIO_DATASYNC:
		io_prep_fdsync(iocb, request->fd);
		break;
	}
	iocb->data = request;
	io_set_eventfd(iocb, bell);
}

/* No signal is needed: interrupts are disabled, and will be enabled. */
static void instant_add(struct aio_request *request, int64_t result)
{
	request->result = result;
	request->next = instant;
	instant = request;
	aio_counts.instant++;
	interrupt_pend(INTERRUPT_AIO_FOUND);
}

/*
 * A read that the host's page cache can answer costs less than to have a thread do
 * it. Not of a direct file: that read would wait for the disk. Returns 1 if it was
 * answered.
 */
static int cached_read(struct aio_request *request)
{
	static uint64_t refused[FDS / 64];	/* files that know no RWF_NOWAIT */
	unsigned int fd = request->fd;
	uint64_t size = 0;
	ssize_t n;
	int i;

	if (fd < FDS && (refused[fd / 64] >> (fd % 64) & 1))
		return 0;
	for (i = 0; i < request->vecs; i++)
		size += request->vec[i].size;
	n = preadv2(request->fd, (const struct iovec *)request->vec, request->vecs,
		    request->offset, RWF_NOWAIT);
	if (n < 0 && errno == EOPNOTSUPP && fd < FDS)
		refused[fd / 64] |= 1ull << (fd % 64);
	if (n < 0 || (uint64_t)n < size)
		return 0;
	instant_add(request, n);
	return 1;
}

static void pool_add(struct aio_request *request)
{
	aio_counts.pool++;
	aio_pool_add(request);
}

void aio_add(struct aio_request *request)
{
	aio_counts.requests++;
	aio_counts.in_flight++;
	if (aio_counts.in_flight > aio_counts.in_flight_max)
		aio_counts.in_flight_max = aio_counts.in_flight;
	if (!ring || (request->flags & AIO_THREAD) ||
	    request->op == AIO_PUNCH || request->op == AIO_ZERO) {
		if (request->op == AIO_READ && (request->flags & AIO_THREAD) &&
		    cached_read(request))
			return;
		pool_add(request);
		return;
	}
	iocb_fill(request);
	request->next = NULL;
	*queue_end = request;
	queue_end = &request->next;
}

static struct aio_request *queue_take(void)
{
	struct aio_request *first = queue;

	queue = first->next;
	if (!queue)
		queue_end = &queue;
	return first;
}

/*
 * What to do about the first request in the queue, which the host refused.
 * Returns 0 if that one is out of the way.
 */
static int refusal_take(int err)
{
	struct aio_request *first;

	if (err == -EAGAIN) {
		aio_counts.again++;
		/* one of ours makes room when it completes */
		if (ring_used)
			return err;
	}
	first = queue_take();
	/* nothing would make room; and a host before 4.18 has no asynchronous sync */
	if (err == -EAGAIN || (err == -EINVAL && first->op == AIO_DATASYNC))
		pool_add(first);
	else
		instant_add(first, err);
	return 0;
}

void aio_submit(void)
{
	struct iocb *batch[BATCH];
	struct aio_request *request;
	int n, taken;

	while (queue) {
		n = 0;
		for (request = queue; request && n < BATCH; request = request->next)
			batch[n++] = iocb_of(request);
		aio_counts.submissions++;
		taken = io_submit(ring, n, batch);
		if (taken > 0)
			ring_used += taken;
		else if (taken != -EINTR && refusal_take(taken ? taken : -EAGAIN))
			break;
		for (; taken > 0; taken--)
			(void)queue_take();
	}
	aio_pool_submit();
}

/* More of what the ring has done, at most BATCH; NULL: nothing */
static struct aio_request *ring_reap(void)
{
	static struct io_event events[BATCH];
	static struct timespec at_once;
	struct aio_request *list = NULL, **end = &list;
	int i, n;

	if (!ring_used)
		return NULL;
	n = io_getevents(ring, 0, BATCH, events, &at_once);
	for (i = 0; i < n; i++) {
		struct aio_request *request = events[i].data;

		request->result = (long)events[i].res;
		*end = request;
		end = &request->next;
	}
	*end = NULL;
	if (n > 0)
		ring_used -= n;
	return list;
}

struct aio_request *aio_next_done(void)
{
	static struct aio_request *done;	/* not delivered yet */
	struct aio_request *request;

	if (!done)
		done = ring_reap();
	if (!done)
		done = aio_pool_reap();
	if (!done) {
		done = instant;
		instant = NULL;
	}
	request = done;
	if (request) {
		done = request->next;
		aio_counts.events++;
		aio_counts.in_flight--;
	}
	return request;
}
