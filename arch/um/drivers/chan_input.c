// SPDX-License-Identifier: GPL-2.0
/*
 * chan_input.c - input of a console or serial line, see uml/chan_input.h.
 */
#include <linux/irqflags.h>
#include <linux/tty.h>
#include <linux/tty_flip.h>
#include <os.h>
#include <uml/chan_input.h>
#include <uml/console_start.h>
#include "chan.h"

/* Typed after a full line the character means end of file; after part of a line
 * it only passes on that part, and a second one is needed.
 */
static void eof_insert(struct tty_port *port, u8 last)
{
	struct tty_struct *tty = tty_port_tty_get(port);
	u8 eof;

	if (!tty)
		return;
	eof = EOF_CHAR(tty);
	tty_kref_put(tty);
	if (eof == __DISABLED_CHAR)
		return;
	tty_insert_flip_char(port, eof, TTY_NORMAL);
	if (last != '\n')
		tty_insert_flip_char(port, eof, TTY_NORMAL);
}

static int input_end(struct tty_port *port, struct chan *chan)
{
	if (chan_eof_hangs_up(chan->fd_in))
		return -EIO;
	if (chan->input_last >= 0)
		eof_insert(port, chan->input_last);
	chan->input_last = -1;
	return 0;
}

int chan_receive(struct line *line, struct chan *chan)
{
	struct tty_port *port = &line->port;
	unsigned long flags;
	int n;
	u8 c;

	/* The interrupt must not come between reading and inserting when this
	 * is called from a process (unthrottle, retry).
	 */
	local_irq_save(flags);
	do {
		/* room for the last character and the two that end the file */
		if (tty_buffer_request_room(port, 3) < 3) {
			schedule_delayed_work(&line->task, 1);
			n = 0;
			break;
		}
		n = chan->ops->read(chan->fd_in, &c, chan->data);
		if (n > 0) {
			tty_insert_flip_char(port, c, TTY_NORMAL);
			chan->input_last = c;
		}
	} while (n > 0);
	if (n == -EIO)
		n = input_end(port, chan);
	local_irq_restore(flags);
	line_size_follow(line);
	return n;
}

void chan_release(struct chan *chan)
{
	if (chan->fd_out != chan->fd_in)
		os_close_file(chan->fd_out);
	if (chan->ops->close)
		chan->ops->close(chan->fd_in, chan->data);
	chan->fd_in = -1;
	chan->fd_out = -1;
}
