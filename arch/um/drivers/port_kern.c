// SPDX-License-Identifier: GPL-2.0
/*
 * port_kern.c - the TCP ports that consoles and serial lines are on, and who
 * waits there. It takes the place of the kernel's own, which needed a telnetd of
 * the host for each connection.
 *
 * Several lines may share a port: a connection goes to whichever is opened next.
 * Who waits for long because no line is being opened is told so, and stays connected.
 */
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <asm/irq.h>
#include <irq_kern.h>
#include <os.h>
#include "port.h"

#define WAITING_MAX	16
#define NOTICE_AFTER	(2 * HZ)	/* a getty starts anew within that */

struct port {
	struct list_head list;
	int number;
	int fd;			/* listens */
	int lines;		/* that are on this port */
	spinlock_t lock;	/* for what follows */
	int waiting[WAITING_MAX];	/* connections that wait for a line, oldest first */
	int waiting_count;
	int told;		/* so many of them, the oldest, know that they wait */
	struct delayed_work notice;
	wait_queue_head_t queue;
};

static DEFINE_MUTEX(ports_mutex);
static LIST_HEAD(ports);

static int connection_take(struct port *port, int at)
{
	int fd = port->waiting[at];

	port->waiting_count--;
	if (at < port->told)
		port->told--;
	memmove(port->waiting + at, port->waiting + at + 1,
		(port->waiting_count - at) * sizeof(fd));
	return fd;
}

static void dead_drop(struct port *port)
{
	int i = 0;

	while (i < port->waiting_count) {
		if (port_alive(port->waiting[i]))
			i++;
		else
			os_close_file(connection_take(port, i));
	}
}

static void connection_add(struct port *port, int fd)
{
	dead_drop(port);
	if (port->waiting_count == WAITING_MAX) {
		port_say(fd, "Too many wait for a console of this machine already.\r\n");
		os_close_file(fd);
		return;
	}
	port->waiting[port->waiting_count++] = fd;
	schedule_delayed_work(&port->notice, NOTICE_AFTER);
}

static void notice_give(struct work_struct *work)
{
	struct port *port = container_of(work, struct port, notice.work);
	unsigned long flags;

	spin_lock_irqsave(&port->lock, flags);
	for (; port->told < port->waiting_count; port->told++)
		port_say(port->waiting[port->told],
			 "No console of this machine waits for a connection. This one is\r\n"
			 "taken when the machine opens a console that is on this port.\r\n");
	spin_unlock_irqrestore(&port->lock, flags);
}

static irqreturn_t port_interrupt(int irq, void *data)
{
	struct port *port = data;
	unsigned long flags;
	int fd;

	spin_lock_irqsave(&port->lock, flags);
	while ((fd = port_accept(port->fd)) >= 0)
		connection_add(port, fd);
	spin_unlock_irqrestore(&port->lock, flags);
	if (fd != -EAGAIN)
		pr_err_ratelimited("port %d: accept: error %d\n", port->number, -fd);
	wake_up_interruptible(&port->queue);
	return IRQ_HANDLED;
}

/* Returns a connection whose other end is there, or -EAGAIN. */
static int connection_next(struct port *port)
{
	unsigned long flags;
	int fd = -EAGAIN;

	spin_lock_irqsave(&port->lock, flags);
	dead_drop(port);
	if (port->waiting_count)
		fd = connection_take(port, 0);
	spin_unlock_irqrestore(&port->lock, flags);
	return fd;
}

int port_wait(struct port *port)
{
	int fd = -EAGAIN, err;

	err = wait_event_interruptible(port->queue,
				       (fd = connection_next(port)) >= 0);
	return err ?: fd;
}

static struct port *port_open(int number)
{
	struct port *port = kzalloc(sizeof(*port), GFP_KERNEL);
	int err;

	if (!port)
		return NULL;
	port->number = number;
	spin_lock_init(&port->lock);
	init_waitqueue_head(&port->queue);
	INIT_DELAYED_WORK(&port->notice, notice_give);
	port->fd = port_listen(number);
	err = port->fd;
	if (err < 0)
		goto fail;
	err = um_request_irq(ACCEPT_IRQ, port->fd, IRQ_READ, port_interrupt,
			     IRQF_SHARED, "port", port);
	if (err < 0) {
		os_close_file(port->fd);
		goto fail;
	}
	list_add(&port->list, &ports);
	return port;

fail:
	pr_err("port %d can't be opened: error %d\n", number, -err);
	kfree(port);
	return NULL;
}

struct port *port_get(int number)
{
	struct port *port;

	mutex_lock(&ports_mutex);
	list_for_each_entry(port, &ports, list)
		if (port->number == number)
			goto found;
	port = port_open(number);
found:
	if (port)
		port->lines++;
	mutex_unlock(&ports_mutex);
	return port;
}

void port_put(struct port *port)
{
	mutex_lock(&ports_mutex);
	if (--port->lines == 0) {
		list_del(&port->list);
		um_free_irq(ACCEPT_IRQ, port);
		cancel_delayed_work_sync(&port->notice);
		os_close_file(port->fd);
		while (port->waiting_count)
			os_close_file(connection_take(port, 0));
		kfree(port);
	}
	mutex_unlock(&ports_mutex);
}
