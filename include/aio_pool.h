/* SPDX-License-Identifier: GPL-2.0 */
/*
 * aio_pool.h - the threads of the AIO service, which do what the host's AIO
 * can't. Host objects only; see aio.h.
 */
#ifndef UML_AIO_POOL_H
#define UML_AIO_POOL_H

struct aio_request;

/**
 * aio_thread_start() - start a thread of the service, by host_thread_start()
 * @name:	of the thread, begins with uml-aio
 * @run:	its function, which never returns
 *
 * Returns 0 or -errno.
 */
extern int aio_thread_start(const char *name, void *(*run)(void *));

/* Start the threads that do requests. Returns 0 or -errno. */
extern int aio_pool_start(void);

/* A request for them; they start on it with the next aio_pool_submit() */
extern void aio_pool_add(struct aio_request *request);
extern void aio_pool_submit(void);

/* All that they have done since the last call, linked by ->next */
extern struct aio_request *aio_pool_reap(void);

/* Is there something for aio_pool_reap()? A look without the lock. */
extern int aio_pool_is_done(void);

/* Something is done: have the machine interrupted. Any thread. */
extern void aio_bell_ring(void);

#endif
