/* SPDX-License-Identifier: GPL-2.0 */
/* swapdev.h - make a swap area of a block device (or a file), and use it. */
#ifndef TESTS_SWAPDEV_H
#define TESTS_SWAPDEV_H

#include <fcntl.h>
#include <stdint.h>
#include <sys/swap.h>
#include <unistd.h>

#include "maps.h"
#include "page.h"

/* The header on the first page, as mkswap writes it */
struct swap_header {
	char boot[1024];
	uint32_t version;
	uint32_t last_page;
	uint32_t bad_pages;
	char uuid[16];
	char label[16];
	char unused[PAGE - 1024 - 12 - 32 - 10];
	char magic[10];
};

_Static_assert(sizeof(struct swap_header) == PAGE, "the header is a page");

/* The result is the size in bytes. */
static inline unsigned long device_format(const char *device)
{
	int fd = CHECK_SYS(open(device, O_RDWR | O_CLOEXEC));
	long size = CHECK_SYS(lseek(fd, 0, SEEK_END));
	static struct swap_header header;

	CHECK(size >= (4 << 20), "%s has only %ld bytes", device, size);
	header.version = 1;
	header.last_page = size / PAGE - 1;
	memcpy(header.label, "guest test", 10);
	memcpy(header.magic, "SWAPSPACE2", 10);
	CHECK(pwrite(fd, &header, PAGE, 0) == (long)PAGE, "write to %s: %s", device,
	      strerror(errno));
	CHECK_SYS(fsync(fd));
	CHECK_SYS(close(fd));
	return size;
}

static inline void swap_on(const char *device)
{
	CHECK_SYS(swapon(device, 0));
	CHECK(strstr(proc_text("/proc/swaps"), device), "%s is not in /proc/swaps",
	      device);
}

static inline void swap_off(const char *device)
{
	CHECK_SYS(swapoff(device));
	CHECK(!strstr(proc_text("/proc/swaps"), device), "%s is still in /proc/swaps",
	      device);
}

#endif
