// SPDX-License-Identifier: GPL-2.0
/*
 * console_check.c - the channels of consoles and serial lines are looked at when the
 * machine starts, see start_check.c. The drivers open them later, when a line is.
 *
 * What can't be right ends the process. A terminal of the host that is not there may
 * come, so only the machine's own console has to have it; for other lines a warning
 * is enough.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <init.h>
#include <kern_util.h>
#include <uml/machine_end.h>
#include <uml/start.h>

#define LINES_MAX 64
#define CHANNELS "fd:<n> null port:<n> pts tty:<file> xterm, or none"

/* What was said of the lines of a driver; what comes last counts. */
struct lines {
	const char *name;	/* con, ssl */
	const char *device;	/* as console= has it */
	int count;
	char *all;		/* con=...: a channel or two */
	char *one[LINES_MAX];	/* con<n>=... */
};

/* One line and what it is to be on, or what all are on */
struct place {
	const char *name, *text;
	int unit;		/* -1: all */
	bool console;		/* it is the machine's console */
};

static const char serial_device[] = "ttyS";

static struct lines consoles __initdata = { .name = "con", .device = "tty", .count = 16 };
static struct lines serial __initdata = { .name = "ssl", .device = serial_device, .count = 64 };

/* The line that is the machine's console: con0, unless console= says what is */
static struct lines *console_lines __initdata = &consoles;
static int console_unit __initdata;

static const char *place_name(const struct place *place)
{
	static char name[PATH_MAX + 64];

	if (place->unit < 0)
		snprintf(name, sizeof(name), "%s=%s", place->name, place->text);
	else
		snprintf(name, sizeof(name), "%s%d=%s", place->name, place->unit, place->text);
	return name;
}

#define refuse(place, format, ...) \
	start_fail("%s: " format, place_name(place), ##__VA_ARGS__)

/* What only the machine's console can't do without */
static void __init lack(const struct place *place, const char *what, const char *why)
{
	if (place->console)
		refuse(place, "%s%s", what, why);
	fprintf(stderr, "linux: warning: %s: %s%s\n", place_name(place), what, why);
}

static void __init fd_check(const struct place *place, const char *text, int mode)
{
	unsigned long fd;
	char *end;
	int flags;

	fd = strtoul(text, &end, 0);
	if (!isdigit((unsigned char)*text) || *end || fd > INT_MAX)
		refuse(place, "fd:<number of a descriptor> is wanted");
	flags = fcntl(fd, F_GETFD);
	/* those that end with an exec are not the caller's but the machine's own, which
	 * opens 0, 1 and 2 if the caller has not
	 */
	if (fd > 2 && (flags < 0 || (flags & FD_CLOEXEC)))
		refuse(place, "descriptor %lu is not open", fd);
	flags = fcntl(fd, F_GETFL);
	if (place->console && (mode & W_OK) && flags >= 0 && (flags & O_ACCMODE) == O_RDONLY)
		refuse(place, "descriptor %lu can't be written to", fd);
}

static void __init tty_check(const struct place *place, const char *file, int mode)
{
	struct stat st;

	if (!*file)
		refuse(place, "tty:<terminal of the host> is wanted");
	if (stat(file, &st) || faccessat(AT_FDCWD, file, mode, AT_EACCESS))
		lack(place, "", strerror(errno));
	else if (S_ISDIR(st.st_mode))
		lack(place, "", strerror(EISDIR));
}

static void __init port_check(const struct place *place, const char *text)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	unsigned long port;
	int fd, on = 1;
	char *end;

	port = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || !port || port > 65535)
		refuse(place, "port:<1 to 65535> is wanted");
	address.sin_port = htons(port);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1))
		refuse(place, "%s", strerror(errno));
	close(fd);
}

static void __init channel_check(const struct place *place, const char *text, int mode)
{
	if (!strncmp(text, "fd:", 3))
		fd_check(place, text + 3, mode);
	else if (!strncmp(text, "tty:", 4))
		tty_check(place, text + 4, mode);
	else if (!strncmp(text, "port:", 5))
		port_check(place, text + 5);
	else if (!strcmp(text, "xterm")) {
		if (!getenv("DISPLAY"))
			lack(place, "DISPLAY is not set", "");
	} else if (strcmp(text, "null") && strcmp(text, "pts") && strcmp(text, "pty"))
		refuse(place, "unknown channel '%s'; there are " CHANNELS, text);
}

/* One channel, or one for input and one for output */
static void __init place_check(const struct place *place)
{
	static char in[PATH_MAX];
	const char *comma = strchr(place->text, ',');

	if (strlen(place->text) >= sizeof(in))
		start_fail("%s: the name is too long", place->name);
	if (!strcmp(place->text, "none")) {
		if (place->console)
			refuse(place, "the machine's console has to be somewhere; null shows nothing");
		return;
	}
	if (!comma) {
		channel_check(place, place->text, R_OK | W_OK);
		return;
	}
	snprintf(in, sizeof(in), "%.*s", (int)(comma - place->text), place->text);
	channel_check(place, in, R_OK);
	channel_check(place, comma + 1, W_OK);
}

static void __init lines_check(struct lines *lines)
{
	bool used = false;
	int i;

	for (i = 0; i < lines->count; i++) {
		struct place place = {
			.name = lines->name, .unit = i,
			.text = lines->one[i] ?: lines->all,
			.console = lines == console_lines && i == console_unit,
		};

		/* what all are on need be looked at once */
		if (!place.text || (!lines->one[i] && used && !place.console))
			continue;
		if (!lines->one[i]) {
			place.unit = -1;
			used = true;
		}
		place_check(&place);
	}
}

void console_refuse(const char *line, int unit, const char *channel, int err)
{
	fprintf(stderr, "linux: %s%d=%s: the machine's console can't be opened: %s\n",
		strcmp(line, serial_device) ? "con" : "ssl", unit, channel,
		err == -ECHILD ? "the terminal emulator failed" : strerror(-err));
	end_now(1);
}

void __init console_check(void)
{
	lines_check(&consoles);
	lines_check(&serial);
}

/* What follows con or ssl: =... for all, or <n>=... */
static int __init line_take(struct lines *lines, char *line)
{
	unsigned long unit;
	char *end;

	if (*line == '=') {
		lines->all = line + 1;
		return 0;
	}
	if (!isdigit((unsigned char)*line))	/* another word */
		return 0;
	errno = 0;
	unit = strtoul(line, &end, 10);
	if (*end != '=')
		start_fail("%s%s: %s<n>=<channel> is wanted", lines->name, line, lines->name);
	if (errno || unit >= (unsigned long)lines->count)
		start_fail("%s%s: there are %s0 to %s%d", lines->name, line, lines->name,
			   lines->name, lines->count - 1);
	lines->one[unit] = end + 1;
	return 0;
}

static int __init con_check(char *line, int *add)
{
	return line_take(&consoles, line);
}

START_CHECK(con, "con", con_check);

static int __init ssl_check(char *line, int *add)
{
	return line_take(&serial, line);
}

START_CHECK(ssl, "ssl", ssl_check);

/* Returns whether console=text names one of these lines */
static bool __init console_is(struct lines *lines, const char *text)
{
	size_t len = strlen(lines->device);
	const char *digits = text + len;
	unsigned long unit;
	char *end;

	if (strncmp(text, lines->device, len) || (*digits && !isdigit((unsigned char)*digits)))
		return false;
	unit = strtoul(digits, &end, 10);
	if ((*end && *end != ',') || unit >= (unsigned long)lines->count)
		start_fail("console=%s: there are %s0 to %s%d", text, lines->device,
			   lines->device, lines->count - 1);
	console_lines = lines;
	console_unit = unit;
	return true;
}

/* Consoles that are no line here: the kernel's, or none on purpose */
static const char *const other_consoles[] = {
	"ttynull", "null", "netcon", "hvc", "stderr", "mc", NULL
};

static int __init console_choice(char *line, int *add)
{
	const char *const *other;

	if (console_is(&consoles, line) || console_is(&serial, line))
		return 0;
	console_lines = NULL;
	for (other = other_consoles; *line && *other; other++)
		if (!strncmp(line, *other, strlen(*other)))
			return 0;
	if (*line)
		start_fail("console=%s: there are tty<n>, which is con<n>, and ttyS<n>, which is ssl<n>",
			   line);
	return 0;
}

START_CHECK(console, "console=", console_choice);
