/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vector_host.h - what vector network devices need of the host beyond the
 * kernel's own vector_user.h, which has to be included first.
 */
#ifndef UML_VECTOR_HOST_H
#define UML_VECTOR_HOST_H

struct iovec;

/**
 * vector_send_one() - send one packet, to the remote address if there is one
 *
 * The bytes sent, 0 if there is no room now, or -errno.
 */
extern int vector_send_one(const struct vector_fds *fds, struct iovec *iov,
			   int count);

#endif
