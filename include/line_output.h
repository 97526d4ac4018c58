/* SPDX-License-Identifier: GPL-2.0 */
/*
 * line_output.h - what a console or serial line has still to write to its host
 * channel. Included by the drivers' line.h.
 *
 * What the channel does not take waits in a ring. The ring is written on when
 * the host says that there is room, and by a timer: not every host channel says
 * so every time (a pty's SIGIO comes once for each write that found no room).
 *
 * Kernel objects only.
 */
#ifndef UML_LINE_OUTPUT_H
#define UML_LINE_OUTPUT_H

#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/list.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <uml/line_host.h>

struct line;
struct tty_struct;

struct line_output {
	struct list_head all;		/* of all lines */
	u8 *ring;			/* NULL until it is needed */
	unsigned int size;		/* of the ring, a power of 2 */
	unsigned int head, tail;	/* of what waits; they only grow */
	struct timer_list retry;
	struct irq_work after_message;
	unsigned long retry_delay;	/* jiffies */
	unsigned long taken;		/* jiffies when the channel last took some */
	unsigned int lost;		/* bytes of kernel messages */
	bool given_up;			/* nobody takes it: not kept */
};

/* Once for each line, before it is used */
extern void line_output_init(struct line *line);

/*
 * The operations of a tty: write, write_room, chars_in_buffer, and for both
 * flush_chars and flush_buffer line_output_push(). What a tty has written is never
 * dropped but when nobody takes it and the machine has to go on, see
 * line_output.c.
 */
extern ssize_t line_output_write(struct tty_struct *tty, const u8 *buf, size_t len);
extern unsigned int line_output_room(struct tty_struct *tty);
extern unsigned int line_output_waiting(struct tty_struct *tty);
extern void line_output_push(struct tty_struct *tty);

/* The channel may have room. @data: the channel (struct chan) */
extern irqreturn_t line_output_interrupt(int irq, void *data);

/**
 * line_console_write() - a kernel message
 *
 * It keeps its place among what the line's tty writes, and never waits for the host.
 * Any context.
 */
extern void line_console_write(struct line *line, const char *text, unsigned int len);

/* The line becomes a console: room for the messages of a boot. 0 or -ENOMEM */
extern int line_output_console(struct line *line);

/**
 * line_output_finish() - write what waits, as the line will be closed
 *
 * Sleeps on the host while the channel takes something, and some seconds longer.
 * The machine stands still meanwhile: at its end only.
 */
extern void line_output_finish(struct line *line);
extern void line_output_finish_all(void);

/* The machine goes down: no more than two seconds for a channel that takes nothing. */
extern void line_output_hurry(void);

#endif
