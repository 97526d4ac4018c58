// SPDX-License-Identifier: GPL-2.0
/*
 * port_user.c - the channel "port": a console or serial line on a TCP port, for
 * telnet. It takes the place of the kernel's own, which handed each connection to
 * in.telnetd and port-helper; here is no other program involved.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <os.h>
#include <um_malloc.h>
#include <uml/telnet.h>
#include "chan_user.h"
#include "port.h"

#define BACKLOG 16

struct port_chan {
	struct port *port;
	struct telnet telnet;
	char number[8];		/* text */
};

static void *port_init(char *text, int device, const struct chan_opts *opts)
{
	struct port_chan *chan;
	unsigned long number;
	char *end;

	number = *text == ':' ? strtoul(text + 1, &end, 10) : 0;
	if (!number || *end || number > 65535) {
		printk(UM_KERN_ERR "port%s: port:<1 to 65535> is wanted\n", text);
		return NULL;
	}
	chan = uml_kmalloc(sizeof(*chan), UM_GFP_KERNEL);
	if (!chan)
		return NULL;
	memset(chan, 0, sizeof(*chan));
	snprintf(chan->number, sizeof(chan->number), "%lu", number);
	chan->port = port_get(number);
	if (!chan->port) {
		kfree(chan);
		return NULL;
	}
	return chan;
}

static void port_free(void *data)
{
	struct port_chan *chan = data;

	port_put(chan->port);
	kfree(chan);
}

static int port_open(int input, int output, int primary, void *data, char **dev_out)
{
	struct port_chan *chan = data;
	int fd = port_wait(chan->port);

	*dev_out = chan->number;
	if (fd < 0)
		return fd;
	telnet_begin(&chan->telnet);
	/* if it is gone already, that is seen when it is read */
	(void)telnet_answer(&chan->telnet, fd);
	return fd;
}

static int port_read(int fd, __u8 *text, void *data)
{
	struct port_chan *chan = data;
	__u8 byte;
	int n;

	do {
		n = generic_read(fd, &byte, NULL);
	} while (n > 0 && !telnet_decode(&chan->telnet, byte, text));
	if (telnet_answer(&chan->telnet, fd) < 0 || n < 0)
		return -EIO;	/* a line hangs up by this error only */
	return n;
}

static int port_write(int fd, const __u8 *text, size_t len, void *data)
{
	struct port_chan *chan = data;

	return telnet_write(&chan->telnet, fd, text, len);
}

static int port_window_size(int fd, void *data, unsigned short *rows, unsigned short *columns)
{
	struct port_chan *chan = data;
	int changed = *rows != chan->telnet.rows || *columns != chan->telnet.columns;

	*rows = chan->telnet.rows;
	*columns = chan->telnet.columns;
	return changed;
}

const struct chan_ops port_ops = {
	.type		= "port",
	.init		= port_init,
	.open		= port_open,
	.close		= generic_close,
	.read		= port_read,
	.write		= port_write,
	.window_size	= port_window_size,
	.free		= port_free,
};

int port_listen(int number)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(number),
		.sin_addr.s_addr = htonl(INADDR_ANY),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1, err;

	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    !bind(fd, (struct sockaddr *)&address, sizeof(address)) &&
	    !listen(fd, BACKLOG))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int port_accept(int fd)
{
	int new, on = 1;

	do {
		new = accept(fd, NULL, NULL);
	} while (new < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (new < 0)
		return -errno;
	/*
	 * A client that vanished is noticed in the end; the urgent byte of an
	 * interrupt stays where it belongs. Nice to have, not needed.
	 */
	(void)setsockopt(new, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(new, SOL_SOCKET, SO_OOBINLINE, &on, sizeof(on));
	return new;
}

int port_alive(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

void port_say(int fd, const char *text)
{
	/* nobody waits for who does not listen */
	(void)!send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL);
}
