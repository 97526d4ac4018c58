/* SPDX-License-Identifier: GPL-2.0 */
/*
 * line_host.h - what a line asks the host about the descriptor that it writes to.
 *
 * Host and kernel objects share this header.
 */
#ifndef UML_LINE_HOST_H
#define UML_LINE_HOST_H

/* Sleep until it takes something or so many milliseconds have passed. */
extern void line_wait_room(int fd, int milliseconds);

/* Is it the master of a pty whose other end nobody has open? */
extern int line_has_nobody(int fd);

/*
 * Does a '\n' begin a new line there? True for what is no terminal, and for a
 * terminal that is not raw.
 */
extern int line_ends_at_newline(int fd);

#endif
