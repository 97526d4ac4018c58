/* SPDX-License-Identifier: GPL-2.0 */
/*
 * chan_input.h - input of a console or serial line from its host channel, and
 * the end of it.
 */
#ifndef UML_CHAN_INPUT_H
#define UML_CHAN_INPUT_H

struct chan;
struct line;

/**
 * chan_receive() - pass on what a channel has to read
 * @line:	the line that gets it
 * @chan:	the line's input channel
 *
 * Where the host's input just ends (a file, a pipe), the reader in the machine
 * gets the terminal's end-of-file character once, and the line stays open: there
 * is no more input, but the output goes on. A channel that never had any input
 * (/dev/null) gives nothing.
 *
 * Any context. -EIO: the channel's other end is gone, the line has to hang up.
 */
extern int chan_receive(struct line *line, struct chan *chan);

/**
 * chan_release() - close the descriptors of a channel
 *
 * When nothing waits for them any more: an interrupt that is freed later would
 * watch whatever has got the number by then.
 */
extern void chan_release(struct chan *chan);

/**
 * chan_eof_hangs_up() - does the end of input mean that the other end is gone
 * @fd:		the host's descriptor
 *
 * True for terminals and sockets.
 */
extern int chan_eof_hangs_up(int fd);

#endif
