/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vector_host.h - what vector network devices need of the host beyond the
 * kernel's own vector_user.h.
 */
#ifndef UML_VECTOR_HOST_H
#define UML_VECTOR_HOST_H

#define VECTOR_OPTIONS	20	/* name=value, of one device; MAXVARGS there */

struct iovec;
struct vector_fds;

/**
 * vector_send_one() - send one packet, to the remote address if there is one
 *
 * The bytes sent, 0 if there is no room now, or -errno.
 */
extern int vector_send_one(const struct vector_fds *fds, struct iovec *iov,
			   int count);

#endif
