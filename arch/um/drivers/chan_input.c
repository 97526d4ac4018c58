// SPDX-License-Identifier: GPL-2.0
/*
 * chan_input.c - input of a console or serial line, see uml/chan_input.h.
 */
#include <linux/console.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/seq_file.h>
#include <linux/tty.h>
#include <linux/tty_flip.h>
#include <os.h>
#include <uml/chan_input.h>
#include <uml/console_start.h>
#include <uml/proc_um.h>
#include "chan.h"

#define RAW_END_TIME	HZ	/* how long raw readers are told */

static bool reader_waits(struct tty_struct *tty)
{
	return waitqueue_active(&tty->read_wait);
}

/* Jiffies until the next look for a reader: he is kept waiting for an eighth longer */
static unsigned long look_delay(const struct chan *chan)
{
	return clamp((jiffies - chan->looking) / 8, 1ul, (unsigned long)HZ);
}

/* Returns whether the input of a file or pipe has to wait for who reads it. */
static bool input_is_held(struct line *line, struct chan *chan)
{
	struct tty_struct *tty;

	if (chan->begun)
		return false;
	if (chan_is_terminal(chan->fd_in)) {
		chan->begun = true;
		return false;
	}
	if (!chan->looking)
		chan->looking = jiffies;
	tty = tty_port_tty_get(&line->port);
	if (tty) {
		chan->begun = reader_waits(tty);
		if (!chan->begun)
			schedule_delayed_work(&line->task, look_delay(chan));
	}
	tty_kref_put(tty);
	return !chan->begun;
}

/*
 * For who waits in canonical mode: his terminal's end-of-file character. After part
 * of a line it only passes on that part, and the end is still to be given.
 */
static void end_give_character(struct tty_port *port, struct tty_struct *tty,
			       struct chan *chan)
{
	bool part = chan->input_last >= 0 && chan->input_last != '\n';

	if (!tty_insert_flip_char(port, EOF_CHAR(tty), TTY_NORMAL))
		return;
	if (part)
		chan->input_last = '\n';
	else
		chan->end = CHAN_END_GIVEN;
}

/*
 * For other readers the other side of the terminal is closed: for a while, or for a
 * getty that is started again and again there would be no end of it.
 */
static void end_give_raw(struct tty_struct *tty, struct chan *chan)
{
	set_bit(TTY_OTHER_CLOSED, &tty->flags);
	wake_up_interruptible_all(&tty->read_wait);
	chan->end = CHAN_END_RAW;
}

static void end_raw_over(struct tty_port *port, struct chan *chan, enum chan_end next)
{
	struct tty_struct *tty = tty_port_tty_get(port);

	if (tty)
		clear_bit(TTY_OTHER_CLOSED, &tty->flags);
	tty_kref_put(tty);
	chan->end = next;
}

/* One look. Returns the jiffies to the next one, 0: there is none. */
static unsigned long end_look(struct tty_port *port, struct tty_struct *tty,
			      struct chan *chan)
{
	if (chan->end == CHAN_END_RAW) {
		end_raw_over(port, chan, CHAN_END_GIVEN);
		return 0;
	}
	/* who waits has seen all that was read */
	if (work_busy(&port->buf.work))
		return 1;
	if (!reader_waits(tty))
		return look_delay(chan);
	if (!L_ICANON(tty) || EOF_CHAR(tty) == __DISABLED_CHAR) {
		end_give_raw(tty, chan);
		return RAW_END_TIME;
	}
	end_give_character(port, tty, chan);
	return chan->end != CHAN_END_GIVEN;
}

/* @more: input came with it, and is not yet passed on */
static int input_end(struct line *line, struct chan *chan, bool more)
{
	struct tty_struct *tty;
	unsigned long delay = 1;

	if (chan_eof_hangs_up(chan->fd_in))
		return -EIO;
	if (chan->end == CHAN_END_NONE) {
		chan->end = CHAN_END_FOUND;
		chan->looking = jiffies;
	}
	/* no tty: when there is one, enable_chan() has it read again */
	tty = tty_port_tty_get(&line->port);
	if (tty && chan->end != CHAN_END_GIVEN && !delayed_work_pending(&line->task)) {
		if (!more)
			delay = end_look(&line->port, tty, chan);
		if (delay)
			schedule_delayed_work(&line->task, delay);
	}
	tty_kref_put(tty);
	return 0;
}

int chan_receive(struct line *line, struct chan *chan)
{
	struct tty_port *port = &line->port;
	unsigned long flags;
	bool more = false;
	int n;
	u8 c;

	if (input_is_held(line, chan))
		return 0;
	/* The interrupt must not come between reading and inserting when this
	 * is called from a process (unthrottle, retry).
	 */
	local_irq_save(flags);
	do {
		if (!tty_buffer_request_room(port, 1)) {
			schedule_delayed_work(&line->task, 1);
			n = 0;
			break;
		}
		n = chan->ops->read(chan->fd_in, &c, chan->data);
		if (n > 0) {
			tty_insert_flip_char(port, c, TTY_NORMAL);
			chan->input_last = c;
			more = true;
		}
	} while (n > 0);
	if (more && chan->end != CHAN_END_NONE)
		end_raw_over(port, chan, CHAN_END_NONE);
	if (n == -EIO)
		n = input_end(line, chan, more);
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

/* The line that is /dev/console, NULL if that is no line of ours */
static struct line *console_line(void)
{
	int index;
	struct tty_driver *driver = console_device(&index);

	if (!driver || driver->ops->open != line_open || !driver->ports[index])
		return NULL;
	return container_of(driver->ports[index], struct line, port);
}

static int input_show(struct seq_file *m, void *unused)
{
	struct line *line = console_line();
	struct chan *chan = line ? line->chan_in : NULL;

	if (!chan || !chan->opened || !chan->ops->read || chan->ops == &null_ops)
		seq_puts(m, "none\n");
	else
		seq_puts(m, chan_is_terminal(chan->fd_in) ? "terminal\n" : "stream\n");
	return 0;
}

static int __init input_init(void)
{
	proc_um_add("input", input_show);
	return 0;
}
device_initcall(input_init);
