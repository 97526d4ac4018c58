/* SPDX-License-Identifier: GPL-2.0 */
/*
 * port.h - consoles and serial lines on a TCP port: what the kernel's side
 * (port_kern.c) and the host's (port_user.c) give each other.
 */
#ifndef PORT_H
#define PORT_H

struct port;

/**
 * port_get() - one more line is on a TCP port
 * @number:	1 to 65535
 *
 * The first line opens the port. May sleep. NULL: it can't be had, and a kernel
 * message says why.
 */
extern struct port *port_get(int number);

/* One less; the last one closes the port and hangs up who waits there. May sleep. */
extern void port_put(struct port *port);

/**
 * port_wait() - the next connection
 *
 * Sleeps until there is one. Returns its descriptor, which is the caller's from
 * then on, or -ERESTARTSYS when a signal came first.
 */
extern int port_wait(struct port *port);

/* On the host: a listening socket for all addresses, or -errno. */
extern int port_listen(int number);

/* The next connection that was made; -EAGAIN: none. */
extern int port_accept(int fd);

/* Is the other end of a connection still there? */
extern int port_alive(int fd);

/* Tell who connects; what does not fit is lost. */
extern void port_say(int fd, const char *text);

#endif
