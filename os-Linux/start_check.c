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
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <init.h>
#include <kern_util.h>
#include <os.h>
#include <uml/cleaner.h>
#include <uml/machine_end.h>
#include <uml/memfile.h>
#include <uml/start.h>

/* Sees an option besides the one that acts on it, and has no help text. */
#define START_CHECK(name, option, check)				\
	static struct uml_param check_##name __uml_init_setup = { option, check }

#define UBD_UNITS 16
#define MIB (1ULL << 20)
#define COW_MAGIC 0x4f4f4f4d

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

/* A file that has to be there. lock: F_RDLCK or F_WRLCK must be free, or -1. */
static void file_check(const char *option, const char *file, int lock)
{
	struct flock held = { .l_type = lock, .l_whence = SEEK_SET };
	struct stat st;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		start_fail("%s=%s: %s", option, file, strerror(errno));
	if (fstat(fd, &st) < 0)
		start_fail("%s=%s: %s", option, file, strerror(errno));
	if (S_ISDIR(st.st_mode))
		start_fail("%s=%s: %s", option, file, strerror(EISDIR));
	if (lock != -1 && !fcntl(fd, F_GETLK, &held) && held.l_type != F_UNLCK)
		start_fail("%s=%s: in use by process %d; a disk that machines share takes the flag c",
			   option, file, held.l_pid);
	close(fd);
}

static int __init initrd_check(char *line, int *add)
{
	file_check("initrd", line, -1);
	return 0;
}

START_CHECK(initrd, "initrd=", initrd_check);

/* A COW file names its backing file (drivers/cow_user.c has the formats). */
static void backing_check(const char *option, const char *file)
{
	static union {
		uint32_t word[8];		/* big endian: magic, version */
		char bytes[32 + PATH_MAX];
	} header;
	const char *backing = header.bytes + 8;
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	memset(&header, 0, sizeof(header));
	if (pread(fd, header.bytes, sizeof(header) - 1, 0) < 0)
		header.word[0] = 0;
	close(fd);
	if (be32toh(header.word[0]) != COW_MAGIC)
		return;
	if (be32toh(header.word[1]) >= 3)
		backing = header.bytes + 32;
	if (access(backing, R_OK) < 0)
		start_fail("%s=%s: its backing file %s: %s", option, file,
			   backing, strerror(errno));
}

/* ---- ubd<n><flags>=<file>[,<backing file>[,<serial>]] */

struct ubd_option {
	char name[32];		/* "ubd0r" */
	char file[PATH_MAX], backing[PATH_MAX];
	int readonly, shared, plain;
};

static char *name_copy(char *to, char *from)
{
	size_t len = strcspn(from, ",:");

	if (len >= PATH_MAX)
		start_fail("%s: %s", from, strerror(ENAMETOOLONG));
	memcpy(to, from, len);
	to[len] = '\0';
	return from[len] ? from + len + 1 : from + len;
}

static void ubd_parse(struct ubd_option *option, char *line)
{
	size_t len = strcspn(line, "=");
	char *p = line, *flag, *end;
	unsigned long unit;

	snprintf(option->name, sizeof(option->name), "ubd%.*s", (int)len, line);
	if (!line[len])
		start_fail("%s: '=' and a file are missing", option->name);
	if (isdigit((unsigned char)*p)) {
		unit = strtoul(p, &end, 0);
		p = end;
	} else {
		unit = *p - 'a';
		p++;
	}
	if (unit >= UBD_UNITS)
		start_fail("%s: there are ubd0 to ubd%d", option->name,
			   UBD_UNITS - 1);
	for (flag = p; *flag != '='; flag++) {
		if (!strchr("rscdt", *flag))
			start_fail("%s: unknown flag '%c'; there are r (read-only), s (synchronous), c (shared), d (no COW), t (no trim)",
				   option->name, *flag);
		option->readonly |= *flag == 'r';
		option->shared |= *flag == 'c';
		option->plain |= *flag == 'd';
	}
	p = name_copy(option->file, line + len + 1);
	name_copy(option->backing, p);
}

static int __init ubd_check(char *line, int *add)
{
	static struct ubd_option option;
	int lock;

	if (*line == '=')	/* ubd=sync: for all of them */
		return 0;
	memset(&option, 0, sizeof(option));
	ubd_parse(&option, line);
	if (!option.file[0])
		start_fail("%s=: a file is missing", option.name);
	lock = option.shared ? -1 : option.readonly ? F_RDLCK : F_WRLCK;
	if (!option.backing[0]) {
		file_check(option.name, option.file, lock);
		if (!option.plain)
			backing_check(option.name, option.file);
		return 0;
	}
	file_check(option.name, option.backing, option.shared ? -1 : F_RDLCK);
	/* a COW file that is not there is made */
	if (access(option.file, F_OK) == 0)
		file_check(option.name, option.file, lock);
	return 0;
}

START_CHECK(ubd, "ubd", ubd_check);

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
	memfile_check_size(physmem_size);
	cleaner_start();
	umid_start();
	end_signals_start();
}
