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
 * Where the host's input just ends (a file, a pipe, /dev/null), a reader in the
 * machine gets the end of file once, and the line stays open: there is no more
 * input, but the output goes on. It is given when somebody waits for input, in the way
 * that the terminal's mode has then: as its end-of-file character, which would be
 * a NUL after a change of mode, or to a raw reader as the error EIO.
 *
 * The input of a file or pipe is not even read before somebody waits for it: then
 * the terminal has the modes that he wants, and echoes and edits nothing that is not
 * typed.
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

/* How far the end of a channel's input is, in struct chan */
enum chan_end { CHAN_END_NONE, CHAN_END_FOUND, CHAN_END_RAW, CHAN_END_GIVEN };

/**
 * chan_eof_hangs_up() - does the end of input mean that the other end is gone
 * @fd:		the host's descriptor
 *
 * True for terminals and sockets, but not where only the other end's sending is over
 * (a local socket).
 */
extern int chan_eof_hangs_up(int fd);

/* Is it something that a person can type at? Sockets are taken for that. */
extern int chan_is_terminal(int fd);

#endif
