/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xterm.h - the channel "xterm": what the host's side (xterm.c) and the kernel's
 * (xterm_kern.c) give each other.
 */
#ifndef XTERM_H
#define XTERM_H

/**
 * xterm_wait() - wait until the window's terminal comes
 * @socket:	where its helper sends it
 * @emulator:	the emulator's process; -1 once that has ended well
 * @helper:	receives the helper's process
 *
 * Sleeps. Returns the terminal's descriptor, -ECHILD if the emulator failed,
 * -ETIMEDOUT if it left nobody who sends, -ERESTARTSYS after a signal, or -errno.
 */
extern int xterm_wait(int socket, int *emulator, int *helper);

/* On the host: 0 while the process runs, 1 when it has ended well, -ECHILD. */
extern int xterm_ended(int emulator);

#endif
