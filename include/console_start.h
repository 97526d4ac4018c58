/* SPDX-License-Identifier: GPL-2.0 */
/*
 * console_start.h - the machine's console is opened; the size of a line's window.
 * Kernel objects only.
 */
#ifndef UML_CONSOLE_START_H
#define UML_CONSOLE_START_H

#include <linux/types.h>

struct chan;
struct console;
struct line;

/* Is what follows "con" or "ssl" in a word of the command line that of a line? */
extern bool line_option_is(const char *text);

/*
 * console_opening() - a line is about to become the kernel's console
 *
 * Says so on standard error if that will take until someone connects.
 */
extern void console_opening(struct line *line, struct console *co);

/**
 * console_opened() - and how that went
 * @err:	0 or -errno
 *
 * A machine whose console can't be had would do nothing that anybody sees: it ends,
 * with status 1 and a line on standard error.
 */
extern void console_opened(struct line *line, struct console *co, int err);

/*
 * chan_opened() - a channel of a line was opened
 *
 * Where nobody could know the name of the console's terminal, it is told on
 * standard error.
 */
extern void chan_opened(struct chan *chan);

/*
 * line_size_follow() - take over the size of the window at the channel's other end
 *
 * For channels that have no signal for it: to be called when there was input. The
 * line's programs get SIGWINCH if it changed. Any context.
 */
extern void line_size_follow(struct line *line);

#endif
