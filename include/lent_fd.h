/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lent_fd.h - descriptors that the caller lends to the machine: its standard ones
 * and those that con<n>=fd:<m> names.
 *
 * Others use what they lead to, now and afterwards: O_NONBLOCK and O_ASYNC belong to
 * the open file description, and would be theirs too. So the machine opens it anew
 * where the host allows it (terminals, pipes). Where not, it takes a duplicate, never
 * asks it for more than it has, and a thread looks when it has something.
 *
 * Host objects only.
 */
#ifndef UML_LENT_FD_H
#define UML_LENT_FD_H

#include <sys/types.h>

/**
 * lent_open() - a descriptor of our own for one of the caller's
 *
 * Returns it, or -errno. lent_read(), lent_write() and lent_close() are for what
 * this returns; os_set_fd_async() and os_set_fd_block() may be called for it.
 */
extern int lent_open(int fd);
extern void lent_close(int fd);

/* Is it a duplicate, the flags of which are not ours? */
extern int lent_shared(int fd);

/**
 * lent_watch() - SIGIO for a duplicate, whenever its state changes
 * @on:	0: no more
 *
 * From where one may sleep. Returns 0 or -errno; 0 for what is always ready.
 */
extern int lent_watch(int fd, int on);

/* As read() and write() of what is non-blocking. */
extern ssize_t lent_read(int fd, void *buf, size_t len);
extern ssize_t lent_write(int fd, const void *buf, size_t len);

#endif
