// SPDX-License-Identifier: GPL-2.0
/*
 * line_output.c - output of a console or serial line, see uml/line_output.h.
 *
 * A reader on the host may be slow or stop: then the writers in the machine wait,
 * however long. It is not waited for
 *	- when the machine goes down: two seconds without progress,
 *	- on a pty that nobody has opened: five seconds. As with a serial line without
 *	  a plug, what is written then is gone, but for what the pty holds.
 */
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/tty.h>
#include <os.h>
#include <uml/line_output.h>
#include "chan.h"

/* Of what a tty writes so much waits at most; the rest of the ring is for messages. */
#define TTY_MOST	4096
#define MESSAGES_SIZE	(128 * 1024)

#define RETRY_MOST	(HZ / 5)
#define HURRY_WAIT	(2 * HZ)
#define NOBODY_WAIT	(5 * HZ)
#define FINISH_WAIT	5000	/* ms, at the end */
#define FINISH_HURRY	2000
#define FINISH_STEP	100

static LIST_HEAD(lines);
static bool hurry;

/* ---- the ring; the line is locked */

static unsigned int used(const struct line_output *o)
{
	return o->head - o->tail;
}

static void forget(struct line_output *o)
{
	o->tail = o->head;
}

static unsigned int room_for_tty(const struct line_output *o)
{
	return used(o) < TTY_MOST ? TTY_MOST - used(o) : 0;
}

/* Returns how much of it is kept, at most @most. */
static unsigned int keep(struct line_output *o, const u8 *buf, size_t len,
			 unsigned int most)
{
	unsigned int at, part;

	if (!o->ring) {
		o->ring = kmalloc(TTY_MOST, GFP_ATOMIC);
		if (!o->ring)
			return 0;
		o->size = TTY_MOST;
	}
	len = min3(len, (size_t)most, (size_t)(o->size - used(o)));
	at = o->head & (o->size - 1);
	part = min_t(unsigned int, len, o->size - at);
	memcpy(o->ring + at, buf, part);
	memcpy(o->ring, buf + part, len - part);
	o->head += len;
	return len;
}

/* As much as the channel takes. Bytes, or -errno: nothing will ever be taken. */
static int channel_write(struct line *line, const u8 *buf, size_t len)
{
	struct chan *chan = line->chan_out;
	int n;

	if (!chan || !chan->ops->write)
		return len;
	n = write_chan(chan, buf, len, line->write_irq);
	if (n > 0) {
		line->out.taken = jiffies;
		line->out.retry_delay = 1;
		line->out.given_up = false;
	}
	return n;
}

/* Returns the bytes that are no longer waiting. */
static unsigned int push(struct line *line)
{
	struct line_output *o = &line->out;
	unsigned int at, part, before = used(o);
	int n;

	while (used(o)) {
		at = o->tail & (o->size - 1);
		part = min(used(o), o->size - at);
		n = channel_write(line, o->ring + at, part);
		if (n < 0)
			forget(o);
		else
			o->tail += n;
		if (n < (int)part)
			break;
	}
	return before - used(o);
}

/* ---- when the channel has no room */

static bool nobody_takes(struct line *line)
{
	unsigned long waited = jiffies - line->out.taken;

	if (line->out.given_up)
		return true;
	if (hurry && waited > HURRY_WAIT)
		return true;
	return waited > NOBODY_WAIT && line->chan_out &&
	       line_has_nobody(line->chan_out->fd_out);
}

static void give_up(struct line_output *o)
{
	o->given_up = true;
	forget(o);
}

static void retry_arm(struct line_output *o)
{
	if (!used(o))
		return;
	if (!timer_pending(&o->retry))
		mod_timer(&o->retry, jiffies + o->retry_delay);
}

/* What can't be done where kernel messages are written */
static void after_message(struct irq_work *work)
{
	struct line_output *o = container_of(work, struct line_output, after_message);
	struct line *line = container_of(o, struct line, out);

	retry_arm(o);
	tty_port_tty_wakeup(&line->port);
}

static void retry(struct timer_list *timer)
{
	struct line_output *o = from_timer(o, timer, retry);
	struct line *line = container_of(o, struct line, out);
	unsigned long flags;
	bool some;

	spin_lock_irqsave(&line->lock, flags);
	o->retry_delay = min_t(unsigned long, 2 * o->retry_delay, RETRY_MOST);
	some = push(line) > 0;
	if (!some && used(o) && nobody_takes(line)) {
		give_up(o);
		some = true;
	}
	retry_arm(o);
	spin_unlock_irqrestore(&line->lock, flags);
	if (some)
		tty_port_tty_wakeup(&line->port);
}

irqreturn_t line_output_interrupt(int irq, void *data)
{
	struct chan *chan = data;
	struct line *line = chan->line;
	bool some;

	spin_lock(&line->lock);
	some = push(line) > 0;
	retry_arm(&line->out);
	spin_unlock(&line->lock);
	if (some)
		tty_port_tty_wakeup(&line->port);
	return IRQ_HANDLED;
}

/* ---- the tty's operations */

static ssize_t output(struct line *line, const u8 *buf, size_t len)
{
	struct line_output *o = &line->out;
	int n = 0;

	if (!used(o)) {
		n = channel_write(line, buf, len);
		if (n < 0 || (size_t)n == len)
			return n;
		if (o->given_up)
			return len;
		/* not for ever: from now on */
		if (n == 0)
			o->taken = jiffies;
	}
	n += keep(o, buf + n, len - n, room_for_tty(o));
	retry_arm(o);
	return n;
}

ssize_t line_output_write(struct tty_struct *tty, const u8 *buf, size_t len)
{
	struct line *line = tty->driver_data;
	unsigned long flags;
	ssize_t n;

	if (!len)
		return 0;
	spin_lock_irqsave(&line->lock, flags);
	n = output(line, buf, len);
	spin_unlock_irqrestore(&line->lock, flags);
	return n;
}

unsigned int line_output_room(struct tty_struct *tty)
{
	struct line *line = tty->driver_data;
	unsigned long flags;
	unsigned int room;

	spin_lock_irqsave(&line->lock, flags);
	room = room_for_tty(&line->out);
	spin_unlock_irqrestore(&line->lock, flags);
	return room;
}

unsigned int line_output_waiting(struct tty_struct *tty)
{
	struct line *line = tty->driver_data;
	unsigned long flags;
	unsigned int n;

	spin_lock_irqsave(&line->lock, flags);
	n = used(&line->out);
	spin_unlock_irqrestore(&line->lock, flags);
	return n;
}

void line_output_push(struct tty_struct *tty)
{
	struct line *line = tty->driver_data;
	unsigned long flags;
	bool some;

	spin_lock_irqsave(&line->lock, flags);
	some = push(line) > 0;
	retry_arm(&line->out);
	spin_unlock_irqrestore(&line->lock, flags);
	/* who writes waits until it is told of room */
	if (some)
		tty_wakeup(tty);
}

/* ---- kernel messages */

static void message_part(struct line *line, const char *text, unsigned int len)
{
	struct line_output *o = &line->out;
	const u8 *buf = (const u8 *)text;
	int n = 0;

	if (!used(o)) {
		n = channel_write(line, buf, len);
		if (n < 0 || o->given_up)
			return;
		if (n == 0)
			o->taken = jiffies;
	}
	len -= n;
	o->lost += len - keep(o, buf + n, len, len);
}

static bool wants_cr(struct chan *chan)
{
	return chan && (chan->ops == &port_ops || !line_ends_at_newline(chan->fd_out));
}

static void message(struct line *line, const char *text, unsigned int len, bool cr)
{
	const char *end;
	unsigned int part;

	while (len) {
		end = cr ? memchr(text, '\n', len) : NULL;
		part = end ? end - text : len;
		if (part)
			message_part(line, text, part);
		if (end) {
			message_part(line, "\r\n", 2);
			part++;
		}
		text += part;
		len -= part;
	}
}

void line_console_write(struct line *line, const char *text, unsigned int len)
{
	struct line_output *o = &line->out;
	unsigned long flags;
	char note[64];
	bool cr, waits;

	spin_lock_irqsave(&line->lock, flags);
	waits = used(o) > 0;
	cr = wants_cr(line->chan_out);
	if (waits)
		push(line);
	if (o->lost && o->size - used(o) > len + sizeof(note)) {
		snprintf(note, sizeof(note), "** %u bytes of messages lost **\n",
			 o->lost);
		o->lost = 0;
		message(line, note, strlen(note), cr);
	}
	message(line, text, len, cr);
	if (waits || used(o))
		irq_work_queue(&o->after_message);
	spin_unlock_irqrestore(&line->lock, flags);
}

/* ---- start and end */

void line_output_init(struct line *line)
{
	struct line_output *o = &line->out;

	o->retry_delay = 1;
	timer_setup(&o->retry, retry, 0);
	init_irq_work(&o->after_message, after_message);
	list_add_tail(&o->all, &lines);
}

int line_output_console(struct line *line)
{
	struct line_output *o = &line->out;
	unsigned long flags;
	u8 *ring = kmalloc(MESSAGES_SIZE, GFP_KERNEL);

	if (!ring)
		return -ENOMEM;
	spin_lock_irqsave(&line->lock, flags);
	if (!used(o) && o->size < MESSAGES_SIZE) {
		swap(o->ring, ring);
		o->size = MESSAGES_SIZE;
	}
	spin_unlock_irqrestore(&line->lock, flags);
	kfree(ring);
	return 0;
}

void line_output_finish(struct line *line)
{
	struct line_output *o = &line->out;
	int most = hurry ? FINISH_HURRY : FINISH_WAIT, left = most;

	while (used(o) && !o->given_up && line->chan_out && left > 0) {
		if (push(line)) {
			left = most;
			continue;
		}
		line_wait_room(line->chan_out->fd_out, FINISH_STEP);
		left -= FINISH_STEP;
	}
	forget(o);
}

void line_output_finish_all(void)
{
	struct line_output *o;

	list_for_each_entry(o, &lines, all)
		line_output_finish(container_of(o, struct line, out));
}

void line_output_hurry(void)
{
	hurry = true;
}
