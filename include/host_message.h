/* SPDX-License-Identifier: GPL-2.0 */
/*
 * host_message.h - messages that go to standard output or error itself, without a
 * console. Host and kernel objects share this header.
 */
#ifndef UML_HOST_MESSAGE_H
#define UML_HOST_MESSAGE_H

/**
 * host_message() - write all of it
 * @fd:		1 or 2
 *
 * Waits for a slow reader, and the machine stands still meanwhile. Not for one that
 * takes nothing for five seconds: from then on until it takes something, messages are
 * dropped. Async-signal-safe.
 */
extern void host_message(int fd, const char *text, unsigned int len);

#endif
