// SPDX-License-Identifier: GPL-2.0
/*
 * image_direct.c - can a disk's file do direct, asynchronous I/O?
 *
 * The host says what it wants where it knows (statx, Linux 6.1). Else, and to be
 * sure, a sector is read.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include "image_parts.h"

#ifndef STATX_DIOALIGN		/* Linux 6.1 */
#define STATX_DIOALIGN 0x2000U
#endif
/* its answers, as the number of a 32-bit word of struct statx */
#define DIO_MEM_ALIGN 38
#define DIO_OFFSET_ALIGN 39

#define BUFFER_ALIGN 4096

/* Where io_submit() waits for the I/O although the file is O_DIRECT */
static const struct {
	uint32_t magic;
	uint32_t memory;	/* there is nothing that direct I/O could go to */
	const char *name;
} waits[] = {
	{ TMPFS_MAGIC, 1, "tmpfs" },
	{ RAMFS_MAGIC, 1, "ramfs" },
	{ HUGETLBFS_MAGIC, 1, "hugetlbfs" },
	{ 0x65735546, 0, "FUSE" },
	{ V9FS_MAGIC, 0, "9p" },
	{ 0x2fc12fc1, 0, "ZFS" },
};

/* 0, or -EOPNOTSUPP and the reason */
static int file_system_check(int fd, int insist, char *reason, size_t size)
{
	struct statfs fs;
	unsigned int i;

	if (fstatfs(fd, &fs) < 0)
		return 0;
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		if ((uint32_t)fs.f_type != waits[i].magic || (insist && !waits[i].memory))
			continue;
		return image_say(-EOPNOTSUPP, reason, size, "%s has no asynchronous direct I/O",
				 waits[i].name);
	}
	return 0;
}

/*
 * What the host wants memory and offsets to be a multiple of; 0: no direct I/O. 1
 * if it says, 0 if it does not.
 */
static int align_ask(const struct image_file *file, uint32_t *mem, uint32_t *offset)
{
	union {
		struct statx st;
		uint32_t word[64];
	} answer;
	int sector;

	memset(&answer, 0, sizeof(answer));
	if (statx(file->fd, "", AT_EMPTY_PATH, STATX_DIOALIGN, &answer.st) == 0 &&
	    (answer.st.stx_mask & STATX_DIOALIGN)) {
		*mem = answer.word[DIO_MEM_ALIGN];
		*offset = answer.word[DIO_OFFSET_ALIGN];
		return 1;
	}
	if (file->block_device && ioctl(file->fd, BLKSSZGET, &sector) == 0) {
		*mem = sector;
		*offset = sector;
		return 1;
	}
	return 0;
}

/* Read a unit. The file is O_DIRECT. 0 or -errno. */
static int read_try(int fd, uint32_t unit, uint32_t mem_align)
{
	static char buffer[2 * BUFFER_ALIGN] __attribute__((aligned(BUFFER_ALIGN)));
	char *to = buffer + (mem_align < BUFFER_ALIGN ? mem_align : 0);
	ssize_t n;

	/* a file that ends earlier gives less, and that is no error */
	do {
		n = pread(fd, to, unit, 0);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* The file is O_DIRECT: does it work, and with which memory? 0, or -errno and the reason. */
static int direct_check(struct image_file *file, uint32_t unit, char *reason, size_t size)
{
	uint32_t mem = 0, offset = 0;
	int known = align_ask(file, &mem, &offset);
	int err = 0;

	if (known && (!mem || !offset))
		return image_say(-EOPNOTSUPP, reason, size, "the host has none for this file");
	/* memory, too: requests are split at the disk's sectors */
	if (known && (offset > unit || mem > unit))
		return image_say(-EINVAL, reason, size,
				 "the host wants it in units of %u bytes, the disk's are %u",
				 offset > mem ? offset : mem, unit);
	if (!known) {
		mem = 512;
		err = read_try(file->fd, unit, mem);
		if (err == -EINVAL)
			mem = unit;
	}
	if (known || err)
		err = read_try(file->fd, unit, mem);
	if (err)
		return image_say(err, reason, size, "a direct read of %u bytes: %s", unit,
				 strerror(-err));
	file->mem_align = mem;
	return 0;
}

int image_direct_set(struct image_file *file, uint32_t unit, int insist,
		     char *reason, size_t size)
{
	int flags = fcntl(file->fd, F_GETFL), err = 0;

	/* of a block device this would be the file system with its name */
	if (!file->block_device)
		err = file_system_check(file->fd, insist, reason, size);
	if (err)
		return err;
	if (flags < 0 || fcntl(file->fd, F_SETFL, flags | O_DIRECT) < 0)
		return image_say(-errno, reason, size, "O_DIRECT: %s", strerror(errno));
	err = direct_check(file, unit, reason, size);
	if (err && fcntl(file->fd, F_SETFL, flags) < 0)
		return image_say(-errno, reason, size, "O_DIRECT can't be taken back: %s",
				 strerror(errno));
	file->direct = !err;
	return err;
}
