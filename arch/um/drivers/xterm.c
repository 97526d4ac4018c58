// SPDX-License-Identifier: GPL-2.0
/*
 * xterm.c - the channel "xterm": a console or serial line in a window of its own. It
 * takes the place of the kernel's own.
 *
 * The emulator runs ./linux itself as a helper (os-Linux/terminal_helper.c), which
 * sends back the terminal it has been given.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
#include <init.h>
#include <os.h>
#include <um_malloc.h>
#include <uml/start.h>
#include "chan_user.h"
#include "xterm.h"

struct xterm_chan {
	int emulator, helper;	/* processes, or -1 */
	int device;
	int raw;
	const char *title;
};

static char *emulator = CONFIG_XTERM_CHAN_DEFAULT_EMULATOR;
static char *title_switch = "-T";
static char *exec_switch = "-e";

static int __init xterm_setup(char *line, int *add)
{
	char **values[] = { &emulator, &title_switch, &exec_switch };
	unsigned int i;
	char *value;

	*add = 0;
	for (i = 0; i < ARRAY_SIZE(values) && line; i++) {
		value = strsep(&line, ",");
		if (*value)
			*values[i] = value;
	}
	return 0;
}

__uml_setup("xterm=", xterm_setup,
"xterm=<emulator>,<title switch>,<exec switch>\n"
"    The terminal emulator for consoles and serial lines that are on xterm, how it\n"
"    is told its title, and how it is told to run a program. It is started as\n"
"        <emulator> <title switch> <title> <exec switch> <program> <arguments>\n"
"    The default is xterm=" CONFIG_XTERM_CHAN_DEFAULT_EMULATOR ",-T,-e. For gnome-terminal it is\n"
"    xterm=gnome-terminal,-t,--\n\n"
);

static void *xterm_init(char *text, int device, const struct chan_opts *opts)
{
	struct xterm_chan *chan;

	if (*text) {
		printk(UM_KERN_ERR "xterm%s: xterm alone is wanted\n", text);
		return NULL;
	}
	chan = uml_kmalloc(sizeof(*chan), UM_GFP_KERNEL);
	if (chan)
		*chan = (struct xterm_chan){ .emulator = -1, .helper = -1, .device = device,
					     .raw = opts->raw, .title = opts->xterm_title };
	return chan;
}

/* A socket with a name, in the machine's folder if it has one. Returns its descriptor or -errno. */
static int socket_open(char *name, size_t size)
{
	int fd, err;

	if (umid_file_name("xterm-XXXXXX", name, size))
		snprintf(name, size, "/tmp/uml-xterm-XXXXXX");
	/* finds a name that is free */
	fd = mkstemp(name);
	if (fd < 0)
		return -errno;
	close(fd);
	if (unlink(name) < 0)
		return -errno;
	fd = os_create_unix_socket(name, strlen(name) + 1, 1);
	if (fd < 0)
		return fd;
	err = os_set_fd_block(fd, 0);
	if (!err)
		return fd;
	close(fd);
	unlink(name);
	return err;
}

int xterm_ended(int process)
{
	int status, n;

	CATCH_EINTR(n = waitpid(process, &status, WNOHANG));
	if (n == 0)
		return 0;
	if (n > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 1;
	return -ECHILD;
}

static void processes_end(struct xterm_chan *chan)
{
	if (chan->emulator != -1)
		os_kill_process(chan->emulator, 1);
	chan->emulator = -1;
	if (chan->helper != -1)
		os_kill_process(chan->helper, 0);
	chan->helper = -1;
}

/* Returns the window's terminal, or -errno */
static int window_open(struct xterm_chan *chan)
{
	char title[256], name[108], self[32], machine[16];
	char *argv[] = { emulator, title_switch, title, exec_switch,
			 self, TERMINAL_HELPER, name, machine, NULL };
	int socket = socket_open(name, sizeof(name)), fd;

	if (socket < 0)
		return socket;
	snprintf(title, sizeof(title), chan->title, chan->device);
	snprintf(machine, sizeof(machine), "%d", getpid());
	snprintf(self, sizeof(self), "/proc/%s/exe", machine);
	fd = run_helper(NULL, NULL, argv);
	if (fd >= 0) {
		chan->emulator = fd;
		fd = xterm_wait(socket, &chan->emulator, &chan->helper);
	}
	close(socket);
	unlink(name);
	return fd;
}

static int terminal_prepare(struct xterm_chan *chan, int fd)
{
	int err = os_set_fd_block(fd, 0);

	return err || !chan->raw ? err : raw(fd);
}

static int xterm_open(int input, int output, int primary, void *data, char **dev_out)
{
	struct xterm_chan *chan = data;
	int fd = -ENODEV, err;

	*dev_out = NULL;
	if (!getenv("DISPLAY") && !getenv("WAYLAND_DISPLAY")) {
		printk(UM_KERN_ERR "xterm: DISPLAY is not set\n");
		return fd;
	}
	fd = window_open(chan);
	err = fd < 0 ? fd : terminal_prepare(chan, fd);
	if (!err)
		return fd;
	printk(UM_KERN_ERR "xterm: no window from %s: %s\n", emulator,
	       err == -ECHILD ? "it failed" : strerror(-err));
	if (fd >= 0)
		close(fd);
	processes_end(chan);
	return err;
}

static void xterm_close(int fd, void *data)
{
	processes_end(data);
	close(fd);
}

const struct chan_ops xterm_ops = {
	.type		= "xterm",
	.init		= xterm_init,
	.open		= xterm_open,
	.close		= xterm_close,
	.read		= generic_read,
	.write		= generic_write,
	.window_size	= generic_window_size,
	.free		= generic_free,
};
