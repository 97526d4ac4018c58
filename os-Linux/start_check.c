// SPDX-License-Identifier: GPL-2.0
/*
 * start_check.c - options that can't work are refused when the machine starts,
 * with a line that says what is wrong, and not by a panic for want of a root
 * file system some seconds later.
 *
 * The drivers parse their options themselves, later; what is known here is what
 * can be wrong with them. An option that is right is left to its driver.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <init.h>
#include <kern_util.h>
#include <os.h>
#include <uml/cleaner.h>
#include <uml/host_limits.h>
#include <uml/machine_end.h>
#include <uml/memfile.h>
#include <uml/start.h>

#define MIB (1ULL << 20)

extern char __binary_start[], _end[];
extern long long physmem_size;

void start_fail(const char *format, ...)
{
	va_list list;

	fflush(stdout);
	fputs("linux: ", stderr);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputs("\n", stderr);
	exit(1);
}

/* ---- mem= */

/* The least that boots: what the image takes, and something to work with. */
static unsigned long long mem_size_least(void)
{
	unsigned long long image = _end - __binary_start;

	return (image + 24 * MIB) & ~(MIB - 1);
}

long long mem_size_parse(const char *text)
{
	static const char units[] = "kmgt";
	unsigned long long value, size;
	const char *unit;
	int shift = 0;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (end != text && *end) {
		unit = strchr(units, tolower((unsigned char)*end));
		if (unit) {
			shift = 10 * (unit - units + 1);
			end++;
		}
	}
	if (end == text || *end || !isdigit((unsigned char)*text))
		start_fail("mem=%s: a size is wanted, like 256M or 2G", text);
	size = value << shift;
	if (errno || size >> shift != value || size > LLONG_MAX)
		start_fail("mem=%s is more than can be counted", text);
	if (size < mem_size_least())
		start_fail("mem=%s is too small for this ./linux, it needs %lluM",
			   text, mem_size_least() / MIB);
	return size & ~(unsigned long long)(UM_KERN_PAGE_SIZE - 1);
}

/* ---- files */

/* A file that has to be there */
static void file_check(const char *option, const char *file)
{
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		start_fail("%s=%s: %s", option, file, strerror(errno));
	if (fstat(fd, &st) < 0)
		start_fail("%s=%s: %s", option, file, strerror(errno));
	if (S_ISDIR(st.st_mode))
		start_fail("%s=%s: %s", option, file, strerror(EISDIR));
	close(fd);
}

static int __init initrd_check(char *line, int *add)
{
	file_check("initrd", line);
	return 0;
}

START_CHECK(initrd, "initrd=", initrd_check);

/* ---- transports: what 6.12 has, be it in this binary or not */

static void transport_check(const char *option, const char *name, size_t len,
			    const char *const *known)
{
	const char *const *p;

	for (p = known; *p; p++)
		if (strlen(*p) == len && !strncmp(*p, name, len))
			return;
	fprintf(stderr, "linux: %s: unknown transport '%.*s'; there are", option,
		(int)len, name);
	for (p = known; *p; p++)
		fprintf(stderr, " %s", *p);
	fprintf(stderr, "\n");
	exit(1);
}

static int __init eth_check(char *line, int *add)
{
	static const char *const known[] = {
		"tuntap", "ethertap", "daemon", "vde", "mcast", "ucast", "slip",
		"slirp", NULL
	};
	size_t len = strcspn(line, "=");
	char name[16];

	if (!isdigit((unsigned char)*line))	/* another word */
		return 0;
	snprintf(name, sizeof(name), "eth%.*s", (int)len, line);
	if (!line[len] || strspn(line, "0123456789") != len)
		start_fail("%s: eth<n>=<transport>,... is wanted", name);
	line += len + 1;
	transport_check(name, line, strcspn(line, ","), known);
	return 0;
}

START_CHECK(eth, "eth", eth_check);

static int __init vec_check(char *line, int *add)
{
	static const char *const known[] = {
		"raw", "tap", "hybrid", "gre", "l2tpv3", "fd", "vde", "bess",
		NULL
	};
	size_t len = strcspn(line, ":");
	char name[16], *p = strstr(line, "transport=");

	if (!isdigit((unsigned char)*line) || !p)
		return 0;
	snprintf(name, sizeof(name), "vec%.*s", (int)len, line);
	p += strlen("transport=");
	transport_check(name, p, strcspn(p, ","), known);
	return 0;
}

START_CHECK(vec, "vec", vec_check);

void __init machine_start(void)
{
	host_limits_check(physmem_size);
	memfile_check_size(physmem_size);
	option_check();
	console_check();
	ubd_check_files();
	cleaner_start();
	umid_start();
	end_signals_start();
}
