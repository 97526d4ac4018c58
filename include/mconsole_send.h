/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mconsole_send.h - replies of the management console. Host objects only.
 */
#ifndef UML_MCONSOLE_SEND_H
#define UML_MCONSOLE_SEND_H

#include <stddef.h>

/**
 * mconsole_send() - send a part of a reply
 * @fd:		the console's socket
 * @to, @to_size: the client's address
 *
 * A client may have only a few parts waiting (net.unix.max_dgram_qlen, often 10)
 * and must not lose one: the last one tells it that it is the last. So this waits
 * for a client that is slow, but not for one that does not read at all.
 *
 * Any context. What sendto() gives.
 */
extern int mconsole_send(int fd, const void *data, size_t size, const void *to,
			 unsigned int to_size);

#endif
