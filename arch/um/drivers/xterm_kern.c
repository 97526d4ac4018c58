// SPDX-License-Identifier: GPL-2.0
/*
 * xterm_kern.c - wait for the terminal of a new window, see xterm.h. It takes the
 * place of the kernel's own, which waited for ever for an emulator that had failed.
 */
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/wait.h>
#include <asm/irq.h>
#include <irq_kern.h>
#include <os.h>
#include "xterm.h"

#define LOOK_AFTER	(HZ / 5)	/* how often the emulator is looked at */
#define SEND_TIME	(30 * HZ)	/* for a window of an emulator that went on elsewhere */

struct waiting {
	wait_queue_head_t queue;
	int socket;
	int result;		/* the terminal's descriptor, or -errno; -EAGAIN: not yet */
	int helper;
};

static irqreturn_t xterm_interrupt(int irq, void *data)
{
	struct waiting *waiting = data;
	int fd = -1;
	ssize_t n;

	n = os_rcv_fd_msg(waiting->socket, &fd, 1, &waiting->helper, sizeof(waiting->helper));
	if (n == -EAGAIN)
		return IRQ_NONE;
	if (n < 0)
		waiting->result = n;
	else if (n != sizeof(waiting->helper) || fd < 0)
		waiting->result = -EMSGSIZE;
	else
		waiting->result = fd;
	wake_up(&waiting->queue);
	return IRQ_HANDLED;
}

static int terminal_wait(struct waiting *waiting, int *emulator)
{
	unsigned long end = 0;
	long err;

	while (1) {
		err = wait_event_interruptible_timeout(waiting->queue,
						       waiting->result != -EAGAIN, LOOK_AFTER);
		if (err < 0)
			return err;
		if (err > 0)
			return waiting->result;
		if (*emulator == -1) {
			if (time_after(jiffies, end))
				return -ETIMEDOUT;
			continue;
		}
		err = xterm_ended(*emulator);
		if (err)
			*emulator = -1;
		if (err < 0)
			return err;
		end = jiffies + SEND_TIME;
	}
}

int xterm_wait(int socket, int *emulator, int *helper)
{
	struct waiting waiting = { .socket = socket, .result = -EAGAIN, .helper = -1 };
	int err;

	init_waitqueue_head(&waiting.queue);
	err = um_request_irq(XTERM_IRQ, socket, IRQ_READ, xterm_interrupt,
			     IRQF_SHARED, "xterm", &waiting);
	if (err < 0)
		return err;
	err = terminal_wait(&waiting, emulator);
	um_free_irq(XTERM_IRQ, &waiting);
	/* it may have come together with a signal */
	if (err < 0 && waiting.result >= 0)
		os_close_file(waiting.result);
	*helper = waiting.helper;
	return err;
}
