// SPDX-License-Identifier: GPL-2.0
/*
 * ops.c - requests by hand, for scripts: each prints a line, how it ended.
 *
 *   diskio ops DISK OP...
 *
 *   w:OFFSET:LENGTH:SEED  write the pattern of that seed (seed 0: zeros)
 *   r:OFFSET:LENGTH:SEED  read, and see that it is there
 *   z:OFFSET:LENGTH       BLKZEROOUT: zeros, what they take stays allocated
 *   p:OFFSET:LENGTH       fallocate: zeros that need take no room
 *   d:OFFSET:LENGTH       BLKDISCARD
 *   f  fsync		   s  size in bytes
 *   +direct +buffered +sync  how the disk is opened from here on
 *
 * The line is the operation and "ok", the error ("EIO"), "short N", or
 * "wrong at N" (byte) and the 16 bytes found there. Status 1 if not all are ok.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "diskio.h"

/* Each sector is its seed and number, over and over: tests/machine/lib/disks.py has the same. */
static void pattern_fill(unsigned char *data, uint64_t offset, size_t length,
			 unsigned int seed)
{
	char text[17];
	size_t i;

	for (i = 0; i < length; i += 16) {
		if (i % SECTOR == 0)
			snprintf(text, sizeof(text), "%08x%08x", seed,
				 (unsigned int)((offset + i) / SECTOR));
		if (seed)
			memcpy(data + i, text, 16);
		else
			memset(data + i, 0, 16);
	}
}

static void line_end(long result, size_t wanted)
{
	if (result < 0)
		printf("%s\n", strerrorname_np(errno));
	else if ((size_t)result != wanted)
		printf("short %ld\n", result);
	else
		printf("ok\n");
}

static int data_check(const unsigned char *data, const unsigned char *want,
		      size_t length)
{
	size_t i = 0, k;

	while (i < length && data[i] == want[i])
		i++;
	if (i == length)
		return 0;
	printf("wrong at %zu: ", i);
	for (k = i - i % 16; k % 16 || k == i - i % 16; k++)
		putchar(data[k] >= ' ' && data[k] < 0x7f ? data[k] : '.');
	putchar('\n');
	return 1;
}

/* Returns 0 if it went well; the line is written. */
static int transfer_run(int fd, char kind, uint64_t offset, size_t length,
			unsigned int seed)
{
	unsigned char *data = buffer_get(length), *want = buffer_get(length);
	long n;
	int wrong;

	pattern_fill(want, offset, length, seed);
	if (kind == 'w')
		n = pwrite(fd, want, length, offset);
	else
		n = pread(fd, data, length, offset);
	wrong = kind == 'r' && n == (long)length && data_check(data, want, length);
	if (!wrong)
		line_end(n, length);
	free(data);
	free(want);
	return wrong || n != (long)length;
}

static int op_run(int fd, const char *op)
{
	unsigned long long offset = 0, length = 0, size;
	uint64_t range[2];
	unsigned int seed = 0;
	char kind;
	long n;

	CHECK(sscanf(op, "%c:%llu:%llu:%u", &kind, &offset, &length, &seed) >= 1);
	printf("%s ", op);
	range[0] = offset;
	range[1] = length;
	switch (kind) {
	case 'w':
	case 'r':
		return transfer_run(fd, kind, offset, length, seed);
	case 'z':
		n = ioctl(fd, BLKZEROOUT, range);
		break;
	case 'd':
		n = ioctl(fd, BLKDISCARD, range);
		break;
	case 'p':
		n = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      offset, length);
		break;
	case 'f':
		n = fsync(fd);
		break;
	case 's':
		n = ioctl(fd, BLKGETSIZE64, &size);
		if (!n)
			return printf("%llu\n", size) < 0;
		break;
	default:
		FAIL("operation '%s' is not known", op);
	}
	line_end(n, 0);
	return n != 0;
}

/* O_RDONLY where it can't be written: its reads can still be tried */
static int disk_open(const char *path, int flags)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | flags);

	if (fd < 0 && (errno == EROFS || errno == EACCES))
		fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	if (fd < 0) {
		printf("open %s\n", strerrorname_np(errno));
		exit(TEST_FAILED);
	}
	return fd;
}

int ops_run(char **argv)
{
	const char *path = *argv++;
	int fd = disk_open(path, O_DIRECT), flags, wrong = 0;

	for (; *argv; argv++) {
		if (**argv != '+') {
			wrong |= op_run(fd, *argv);
			continue;
		}
		flags = !strcmp(*argv, "+direct") ? O_DIRECT :
			!strcmp(*argv, "+sync") ? O_DIRECT | O_DSYNC : 0;
		CHECK_SYS(close(fd));
		fd = disk_open(path, flags);
	}
	if (close(fd)) {
		printf("close %s\n", strerrorname_np(errno));
		wrong = 1;
	}
	return wrong ? TEST_FAILED : 0;
}
