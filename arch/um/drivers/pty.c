// SPDX-License-Identifier: GPL-2.0
/*
 * pty.c - the channel "pts": a console or serial line on a pseudo terminal of the
 * host, which screen, minicom or cat opens. It takes the place of the kernel's own.
 *
 * "pty" is the same. It was a BSD pseudo terminal once; hosts have none any more.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <os.h>
#include <um_malloc.h>
#include <uml/line_host.h>
#include "chan_user.h"

struct pty_chan {
	void (*announce)(char *name, int device);
	int device;
	int raw;
	int opened;		/* by somebody, since there is this terminal */
	char name[32];
};

static void *pty_init(char *text, int device, const struct chan_opts *opts)
{
	struct pty_chan *chan;

	if (*text) {
		printk(UM_KERN_ERR "pts%s: pts alone is wanted\n", text);
		return NULL;
	}
	chan = uml_kmalloc(sizeof(*chan), UM_GFP_KERNEL);
	if (chan)
		*chan = (struct pty_chan){ .announce = opts->announce,
					   .device = device, .raw = opts->raw };
	return chan;
}

/* A terminal has a size, though its user may never tell it. Returns 0 or -errno. */
static int terminal_prepare(int fd, struct pty_chan *chan)
{
	static const struct winsize usual = { .ws_row = 24, .ws_col = 80 };
	int err;

	err = ptsname_r(fd, chan->name, sizeof(chan->name));
	if (err)
		return -err;
	if (ioctl(fd, TIOCSWINSZ, &usual) < 0)
		return -errno;
	return chan->raw ? raw(fd) : 0;
}

/* From now on the host says whether somebody has it open: see line_has_nobody(). */
static int terminal_leave(struct pty_chan *chan)
{
	int fd = open(chan->name, O_RDWR | O_NOCTTY | O_CLOEXEC);

	chan->opened = 0;
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int pty_open(int input, int output, int primary, void *data, char **dev_out)
{
	struct pty_chan *chan = data;
	int fd = get_pty(), err;

	if (fd < 0)
		return fd;
	err = terminal_prepare(fd, chan);
	if (!err)
		err = terminal_leave(chan);
	if (err) {
		close(fd);
		return err;
	}
	*dev_out = chan->name;
	if (chan->announce)
		chan->announce(chan->name, chan->device);
	return fd;
}

/* A terminal that nobody has open gives EIO: it is gone only if somebody had. */
static int pty_read(int fd, __u8 *byte, void *data)
{
	struct pty_chan *chan = data;
	int n = generic_read(fd, byte, NULL);

	if (n >= 0)
		chan->opened = 1;
	return chan->opened ? n : 0;
}

static int pty_write(int fd, const __u8 *text, size_t len, void *data)
{
	struct pty_chan *chan = data;

	if (!chan->opened)
		chan->opened = !line_has_nobody(fd);
	return generic_write(fd, text, len, NULL);
}

#define PTY_OPS(name) {					\
	.type		= name,				\
	.init		= pty_init,			\
	.open		= pty_open,			\
	.close		= generic_close,		\
	.read		= pty_read,			\
	.write		= pty_write,			\
	.window_size	= generic_window_size,		\
	.free		= generic_free,			\
}

const struct chan_ops pty_ops = PTY_OPS("pty");
const struct chan_ops pts_ops = PTY_OPS("pts");
