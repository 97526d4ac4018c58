// SPDX-License-Identifier: GPL-2.0
/*
 * option_check.c - numbers and choices in options are looked at when the machine
 * starts, see start_check.c: the kernel itself says nothing, or only in its log,
 * and goes on as if the option was not there.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <init.h>
#include <uml/start.h>
#include <uml/vector_host.h>

/* As the kernel reads a number: also 0x10 and 010. Returns whether all of it is one. */
static bool __init number_is(const char *text, size_t len, unsigned long long max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	return isdigit((unsigned char)*text) && end == text + len && !errno && value <= max;
}

static int __init stderr_check(char *line, int *add)
{
	if (strcmp(line, "0") && strcmp(line, "1"))
		start_fail("stderr=%s: 0 or 1 is wanted", line);
	return 0;
}

START_CHECK(stderr_console, "stderr=", stderr_check);
__uml_help(stderr_check,
"stderr=1\n"
"    Kernel messages go to standard error, from when consoles can be had until the\n"
"    machine's own console is there. For a machine that dies before that.\n\n"
"earlyprintk\n"
"    Kernel messages go to standard output from the very first one on.\n\n"
);

static int __init mconsole_check(char *line, int *add)
{
	if (strncmp(line, "notify:", 7) || !line[7])
		start_fail("mconsole=%s: notify:<socket> is wanted", line);
	return 0;
}

START_CHECK(mconsole, "mconsole=", mconsole_check);

/* ---- time-travel, time-travel=..., time-travel-start=... */

static bool time_travels __initdata;
static char *time_start __initdata;

static int __init time_travel_check(char *line, int *add)
{
	if (!strncmp(line, "-start", 6)) {
		if (line[6] != '=' || !number_is(line + 7, strlen(line + 7), ~0ULL))
			start_fail("time-travel%s: time-travel-start=<nanoseconds> is wanted", line);
		time_start = line + 7;
	} else if (!*line || !strcmp(line, "=inf-cpu") ||
		   (!strncmp(line, "=ext:", 5) && line[5])) {
		time_travels = true;
	} else if (*line == '=') {
		start_fail("time-travel%s: inf-cpu or ext:[<ID>:]<socket> is wanted", line);
	}
	return 0;
}

START_CHECK(time_travel, "time-travel", time_travel_check);

void __init option_check(void)
{
	if (time_start && !time_travels)
		start_fail("time-travel-start=%s needs time-travel, time-travel=inf-cpu or time-travel=ext:<socket>",
			   time_start);
}

/* ---- virtio_uml.device=<socket>:<virtio_id>[:<platform_id>] */

static int __init virtio_check(char *line, int *add)
{
	char *id = strchr(line, ':'), *second;

	if (!id || id == line)
		goto wrong;
	second = strchr(++id, ':');
	if (!number_is(id, second ? (size_t)(second - id) : strlen(id), ~0U))
		goto wrong;
	if (second && !number_is(second + 1, strlen(second + 1), ~0U >> 1))
		goto wrong;
	return 0;

wrong:
	start_fail("virtio_uml.device=%s: <socket>:<virtio_id>[:<platform_id>] is wanted", line);
}

START_CHECK(virtio, "virtio_uml.device=", virtio_check);

/* ---- network devices */

/* Which fields behind the transport's name are numbers, and what they are */
static const struct {
	const char *transport;
	unsigned int field;
	const char *what;
} eth_fields[] = {
	{ "mcast", 3, "port" }, { "mcast", 4, "ttl" },
	{ "ucast", 3, "listen port" }, { "ucast", 4, "remote port" },
	{ "vde", 3, "port" }, { "vde", 5, "mode" },
};

/* The text behind n commas, NULL: there are not so many */
static const char *__init field_find(const char *text, unsigned int n)
{
	while (text && n--) {
		text = strchr(text, ',');
		text = text ? text + 1 : NULL;
	}
	return text;
}

static int __init eth_number_check(char *line, int *add)
{
	size_t len = strcspn(line, "="), name_len, field_len;
	const char *transport = line + len + 1, *field;
	unsigned int i;

	if (!isdigit((unsigned char)*line) || !line[len])
		return 0;
	if (!number_is(line, len, ~0U >> 1))
		start_fail("eth%.*s: eth<number> is wanted", (int)len, line);
	name_len = strcspn(transport, ",");
	for (i = 0; i < sizeof(eth_fields) / sizeof(eth_fields[0]); i++) {
		if (strlen(eth_fields[i].transport) != name_len ||
		    strncmp(eth_fields[i].transport, transport, name_len))
			continue;
		field = field_find(transport, eth_fields[i].field);
		field_len = field ? strcspn(field, ",") : 0;
		if (field_len && strspn(field, "0123456789") != field_len)
			start_fail("eth%.*s: %s %.*s: a number is wanted", (int)len, line,
				   eth_fields[i].what, (int)field_len, field);
	}
	return 0;
}

START_CHECK(eth_number, "eth", eth_number_check);

static const char *const vec_numbers[] = {
	"bpfflash", "cookie64", "counter", "depth", "fd", "gro", "headroom", "mtu",
	"rx_cookie", "rx_key", "rx_session", "sequence", "tx_cookie", "tx_key",
	"tx_session", "udp", "v6", "vec", NULL
};

/* One <name>=<value> of a vector device. 1, or 0 for a word that is passed over. */
static int __init vec_value_check(const char *unit, int unit_len, const char *pair,
				  size_t len)
{
	const char *sign = memchr(pair, '=', len);
	const char *const *name;
	size_t name_len;

	if (!sign)
		return 0;
	if (memchr(sign + 1, '=', pair + len - sign - 1))
		start_fail("vec%.*s: %.*s: <option>=<value> is wanted", unit_len, unit,
			   (int)len, pair);
	for (name = vec_numbers; *name; name++) {
		name_len = strlen(*name);
		if (name_len < len && !strncmp(pair, *name, name_len) &&
		    pair[name_len] == '=' &&
		    !number_is(pair + name_len + 1, len - name_len - 1, ~0ULL))
			start_fail("vec%.*s: %.*s: a number is wanted", unit_len, unit,
				   (int)len, pair);
	}
	return 1;
}

static int __init vec_number_check(char *line, int *add)
{
	size_t len = strcspn(line, ":"), pair_len;
	const char *pair;
	int count = 0;

	if (!isdigit((unsigned char)*line))	/* another word */
		return 0;
	if (!line[len] || !number_is(line, len, ~0U >> 1))
		start_fail("vec%.*s: vec<number>:<option>=<value>,... is wanted", (int)len, line);
	for (pair = line + len; *pair; pair += pair_len) {
		pair++;		/* the ':' or ',' */
		pair_len = strcspn(pair, ",");
		count += vec_value_check(line, len, pair, pair_len);
	}
	if (count > VECTOR_OPTIONS)
		start_fail("vec%.*s: %d options, there can be %d", (int)len, line, count,
			   VECTOR_OPTIONS);
	return 0;
}

START_CHECK(vec_number, "vec", vec_number_check);
