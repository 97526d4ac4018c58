// SPDX-License-Identifier: GPL-2.0
/*
 * console_start.c - see uml/console_start.h. The help text of con= and ssl= is here too.
 */
#include <linux/console.h>
#include <linux/ctype.h>
#include <linux/interrupt.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/tty.h>
#include <asm/irq.h>
#include <init.h>
#include <irq_kern.h>
#include <os.h>
#include <uml/console_start.h>
#include <uml/start.h>
#include "chan.h"

#define LINES_MAX (16 + 64)

static struct line *console_lines[2];	/* of con and of ssl */

/* Lines whose window may change without a signal that is theirs */
static struct line *sized_lines[LINES_MAX];
static int sized_count;

bool line_option_is(const char *text)
{
	return *text == '=' || isdigit(*text);
}

static bool chan_is(struct chan *chan, const char *type)
{
	return chan && !strcmp(chan->ops->type, type);
}

void console_opening(struct line *line, struct console *co)
{
	console_lines[!strcmp(co->name, "ttyS")] = line;
	if (chan_is(line->chan_in, "port"))
		os_warn("linux: console %s%d waits for a connection: %s\n",
			co->name, co->index, line->init_str);
}

void console_opened(struct line *line, struct console *co, int err)
{
	if (!err && !list_empty(&line->chan_list))
		return;
	console_refuse(co->name, co->index, line->valid ? line->init_str : "none",
		       err ?: -ENODEV);
}

static void sized_add(struct line *line)
{
	int i;

	for (i = 0; i < sized_count; i++)
		if (sized_lines[i] == line)
			return;
	if (sized_count < LINES_MAX)
		sized_lines[sized_count++] = line;
}

static bool line_is_sized(struct line *line)
{
	struct chan *chan = line->chan_in;

	return chan && chan->ops->window_size && !chan->ops->winch;
}

void chan_opened(struct chan *chan)
{
	struct line *line = chan->line;

	if (!chan->primary)
		return;
	if (line_is_sized(line))
		sized_add(line);
	if ((line == console_lines[0] || line == console_lines[1]) &&
	    (chan_is(chan, "pts") || chan_is(chan, "pty")))
		os_warn("linux: the console is on %s\n", chan->dev);
}

void line_size_follow(struct line *line)
{
	struct tty_struct *tty;
	struct pid *group;

	if (!line_is_sized(line))
		return;
	tty = tty_port_tty_get(&line->port);
	if (!tty)
		return;
	if (chan_window_size(line, &tty->winsize.ws_row, &tty->winsize.ws_col) > 0) {
		group = tty_get_pgrp(tty);
		if (group)
			kill_pgrp(group, SIGWINCH, 1);
		put_pid(group);
	}
	tty_kref_put(tty);
}

/* The helper in an xterm's window passes the signal on that it gets. */
static irqreturn_t size_interrupt(int irq, void *unused)
{
	int i;

	for (i = 0; i < sized_count; i++)
		line_size_follow(sized_lines[i]);
	return IRQ_HANDLED;
}

static int __init size_init(void)
{
	int err = um_request_irq(WINCH_IRQ, -1, IRQ_READ, size_interrupt, IRQF_SHARED,
				 "window size", &sized_lines);

	return err < 0 ? err : 0;
}
device_initcall(size_init);

__uml_help(console_opened,
"con=<channel>, con<n>=<channel>\n"
"ssl=<channel>, ssl<n>=<channel>\n"
"    What the consoles (con0 to con15, in the machine /dev/tty0 to /dev/tty15) and\n"
"    the serial lines (ssl0 to ssl63, /dev/ttyS0 to /dev/ttyS63) are on. Without a\n"
"    number: all of them that are not named. Two channels with a comma between are\n"
"    one for input and one for output: con0=fd:0,fd:1, which is the default of the\n"
"    machine's console. All others are on pts.\n"
"        fd:<n>       a descriptor that ./linux was started with\n"
"        pts          a pseudo terminal of the host, for screen, minicom or cat.\n"
"                     Its name is in the kernel's log, mconsole tells it\n"
"                     (config con1), and that of the machine's console is written\n"
"                     to standard error. pty is the same.\n"
"        tty:<file>   a terminal of the host, or a file\n"
"        port:<n>     a TCP port, for telnet. A line that is opened waits until\n"
"                     someone connects; lines may share a port\n"
"        xterm        a new window, see xterm=\n"
"        null         no input, output goes nowhere\n"
"        none         there is no such line\n"
"    Programs get a line's size from pts, tty, port and xterm.\n\n"
);
