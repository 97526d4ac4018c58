/* SPDX-License-Identifier: GPL-2.0 */
/*
 * aio.h - asynchronous I/O on files of the host: one service for all who want
 * it (ubd is the first).
 *
 * Requests are handed in with aio_add(), any number of them, and go out with
 * one aio_submit(). Each comes back once, through its done(), from the
 * interrupt that the service has. The host's AIO (libaio) takes what it can do
 * without blocking; what it can't goes to a few threads. A request that finds
 * the host's ring full waits in the service, and goes out when any other one
 * has completed, whoever that belongs to.
 *
 * Host and kernel objects share this header. All functions are to be called
 * with interrupts disabled, if not said otherwise.
 */
#ifndef UML_AIO_H
#define UML_AIO_H

#if defined(__KERNEL__) && !defined(__UM_HOST__)
#include <linux/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

enum aio_op {
	AIO_READ,
	AIO_WRITE,
	AIO_DATASYNC,	/* fdatasync(): all that completed before is durable */
	AIO_PUNCH,	/* a hole; reads as zeroes. Always done by a thread */
	AIO_ZERO,	/* zeroes that stay allocated. Always done by a thread */
};

/* flags of a request */
#define AIO_DURABLE	1	/* AIO_WRITE, _PUNCH, _ZERO: durable when done */
#define AIO_THREAD	2	/* the host's AIO would block with this file: it is not O_DIRECT */

/* One piece of memory, as the host's struct iovec has it */
struct aio_vec {
	void *base;
	size_t size;	/* bytes */
};

#define AIO_VECS_MAX	1024	/* the host's IOV_MAX */

/**
 * struct aio_request - one request; the caller's memory until done() is called
 * @fd:		of the file; O_DIRECT unless AIO_THREAD
 * @op:		enum aio_op
 * @flags:	AIO_...
 * @vecs:	number of pieces at @vec, 1 to AIO_VECS_MAX; READ and WRITE
 * @vec:	memory to read to or write from
 * @offset:	in the file, bytes
 * @length:	PUNCH and ZERO: bytes
 * @result:	when done: bytes that were moved, which can be fewer than asked
 *		for; 0 for the other operations; or -errno
 * @done:	called once, with interrupts disabled; may add requests
 */
struct aio_request {
	int32_t fd;
	uint8_t op;
	uint8_t flags;
	uint16_t vecs;
	const struct aio_vec *vec;
	uint64_t offset;
	uint64_t length;
	int64_t result;
	void (*done)(struct aio_request *request);
	/* the service's own */
	struct aio_request *next;
	uint64_t host[8];
};

/**
 * struct aio_counts - what happened since the machine started
 * @requests:	  handed in
 * @submissions:  calls of io_submit()
 * @interrupts:	  signals that said something is done, for one request or many
 * @polls:	  times that the machine found something done without one
 * @events:	  completions
 * @instant:	  requests that were done at once: reads from the host's page cache
 * @again:	  times that the host's ring was full
 * @pool:	  requests that went to threads
 * @in_flight:	  now at the host or in threads
 * @in_flight_max: the most there ever were
 */
struct aio_counts {
	uint64_t requests, submissions, interrupts, polls, events, again, pool,
		 instant;
	uint32_t in_flight, in_flight_max;
};

extern struct aio_counts aio_counts;

/**
 * aio_start() - begin to serve; to be called until it returns 0
 * @ring:	requests that the host's AIO shall hold at once; 0: do without it
 * @why:	where to say what is not as asked for, and why: the host's AIO is not
 *		used, or holds fewer requests; "" if all is well
 * @size:	of @why, bytes
 *
 * Process context, interrupts enabled. Starts the service's threads. From now on
 * INTERRUPT_AIO says that something is done. Returns 0 or -errno; what was started by
 * then serves the next call.
 */
extern int aio_start(unsigned int ring, char *why, size_t size);

/* Threads that the service has */
extern unsigned int aio_threads(void);

/* Hand in a request. It goes out with the next aio_submit(), or before that. */
extern void aio_add(struct aio_request *request);

/* Let all that was handed in go out */
extern void aio_submit(void);

/* In the interrupt: the next request that is done, or NULL */
extern struct aio_request *aio_next_done(void);

/*
 * How many are done, at least? Looks at memory only, so that it can be asked
 * wherever an interrupt could be taken: that costs little compared to the signal.
 */
extern unsigned int aio_done_count(void);

/*
 * What it costs to leave user mode and come back, nanoseconds: while that goes on the
 * machine does not look, and an interrupt would make it worse. Before aio_start().
 */
extern void aio_exit_cost(unsigned long ns);

/* The machine goes to sleep (1), or has woken up (0): an interrupt can't wait now. */
extern void aio_sleeps(int sleeps);

#endif
