// SPDX-License-Identifier: GPL-2.0
/*
 * copies.c - buffers that end in the middle: what lies before the bad page is
 * copied, to the byte; vectors with good and bad parts; pages that the kernel
 * is the first to touch.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/uio.h>

#include "uaccess.h"

static const int sizes[] = { 1, 2, 7, 8, 9, 63, 64, 65, 511, 1000, 4095, 4096 };
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static int file;

static char byte_of(int i)
{
	return 1 + i * 7 % 250;
}

static void bytes_put(char *p, int size)
{
	for (int i = 0; i < size; i++)
		p[i] = byte_of(i);
}

static void bytes_check(const char *p, int size, const char *what)
{
	for (int i = 0; i < size; i++)
		CHECK(p[i] == byte_of(i), "%s: byte %d of %d is %d", what, i, size,
		      p[i]);
}

/* write() and read() of `size` bytes, and then 50 more in the bad page */
static void edge_check(char *edge, const char *what)
{
	char copy[PAGE];

	for (unsigned int k = 0; k < SIZES; k++) {
		int size = sizes[k];
		long got;

		CHECK_SYS(ftruncate(file, 0));
		bytes_put(edge - size, size);
		got = pwrite(file, edge - size, size + 50, 0);
		CHECK(got == size, "write over %s = %ld, should be %d", what, got,
		      size);
		CHECK(pread(file, copy, PAGE, 0) == size, "%s", strerror(errno));
		bytes_check(copy, size, "written");
		CHECK_SYS(ftruncate(file, 2 * PAGE));
		memset(edge - size, 0, size);
		got = pread(file, edge - size, size + 50, 0);
		CHECK(got == size, "read over %s = %ld, should be %d", what, got,
		      size);
		bytes_check(edge - size, size, "read");
		got = pread(file, edge - size, size + 50, PAGE); /* of zeros */
		CHECK(got == size, "read of a hole over %s = %ld, should be %d", what,
		      got, size);
		CHECK(edge[-1] == 0, "the last byte is %d", edge[-1]);
	}
	CHECK(pwrite(file, edge, 50, 0) == -1 && errno == EFAULT,
	      "write of %s: %s", what, strerror(errno));
	CHECK(pread(file, edge, 50, 0) == -1 && errno == EFAULT,
	      "read to %s: %s", what, strerror(errno));
}

static void edges_check(void)
{
	char *p = pages_map(3), *edge = p + PAGE;
	int small = CHECK_SYS(memfd_create("small", MFD_CLOEXEC));

	edge_check(p + 3 * PAGE, "an unmapped page");
	CHECK_SYS(mprotect(edge, PAGE, PROT_NONE));
	edge_check(edge, "a closed page");
	CHECK(mmap(edge, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, small,
		   0) == edge, "%s", strerror(errno));
	edge_check(edge, "a page beyond the end of its file");
	CHECK_SYS(close(small));
	CHECK_SYS(munmap(p, 3 * PAGE));
}

/* read() into a read-only page: what lies before it is still copied. */
static void read_only_check(void)
{
	char *p = pages_map(2), *edge = p + PAGE;
	long got;

	memset(p, 'x', 2 * PAGE);
	CHECK_SYS(mprotect(edge, PAGE, PROT_READ));
	CHECK_SYS(ftruncate(file, 0));
	CHECK(pwrite(file, p, 2 * PAGE, 0) == 2 * (long)PAGE, "%s", strerror(errno));
	memset(p, 'y', PAGE);
	got = pread(file, edge - 10, 20, 0);
	CHECK(got == 10, "read over a read-only page = %ld", got);
	CHECK(edge[-1] == 'x' && edge[-11] == 'y' && edge[0] == 'x',
	      "bytes %c %c %c", edge[-11], edge[-1], edge[0]);
	CHECK_SYS(munmap(p, 2 * PAGE));
}

/* Pages that nobody has touched before the kernel does */
static void untouched_check(void)
{
	char *p = pages_map(4);

	CHECK_SYS(ftruncate(file, 0));
	CHECK(pwrite(file, p, 2 * PAGE, 0) == 2 * (long)PAGE, "write of new pages: %s",
	      strerror(errno));
	PAGE_CHECK(p, 0, "written from");
	page_fill(p, 3);
	CHECK(pwrite(file, p, PAGE, 0) == (long)PAGE, "%s", strerror(errno));
	CHECK(pread(file, p + PAGE + 100, 2 * PAGE, 0) == 2 * (long)PAGE,
	      "read into new pages: %s", strerror(errno));
	CHECK(!memcmp(p + PAGE + 100, p, PAGE), "the wrong bytes were read");
	CHECK(p[PAGE + 99] == 0 && p[3 * PAGE + 100] == 0, "too much was read");
	CHECK_SYS(munmap(p, 4 * PAGE));
}

/* A size that goes beyond all addresses */
static void huge_check(void)
{
	char *p = pages_map(1);

	errno = 0;
	CHECK(write(file, p, 1ul << 62) == -1 && errno == EFAULT,
	      "write of 2^62 bytes: %s", strerror(errno));
	errno = 0;
	CHECK(pread(file, p, 1ul << 62, 0) == -1 && errno == EFAULT,
	      "read of 2^62 bytes: %s", strerror(errno));
	CHECK_SYS(munmap(p, PAGE));
}

/* No address of the kernel can be written to a file, whole pages of it or not. */
static void kernel_check(void)
{
	static const unsigned long starts[] = {
		0xffff800000000000, 0xffff888000000000, 0xffffc90000000000,
		0xffffea0000000000, 0xffffffff80000000, 0xffffffff81000000,
		0xffffffffc0000000, 0xfffffe0000000000,
	};

	char copy[PAGE];

	CHECK_SYS(ftruncate(file, 0));
	CHECK_SYS(ftruncate(file, PAGE));
	for (unsigned int i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		for (int k = 0; k < 4; k++) {
			char *addr = (char *)starts[i] + k * 0x1234000ul;
			int seen;

			errno = 0;
			CHECK(pwrite(file, addr, PAGE, 0) == -1 && errno == EFAULT,
			      "write from %p: %s", addr, strerror(errno));
			errno = 0;
			CHECK(pread(file, addr, PAGE, 0) == -1 && errno == EFAULT,
			      "read to %p: %s", addr, strerror(errno));
			seen = k ? PROBE_MAPERR : probe_read(addr);
			CHECK(seen >> 16 == SIGSEGV, "user access to %p: %s", addr,
			      probe_name(seen));
		}
	CHECK(pread(file, copy, PAGE, 0) == (long)PAGE, "%s", strerror(errno));
	PAGE_CHECK(copy, 0, "after the kernel's addresses");
}

void copies_check(void)
{
	file = CHECK_SYS(memfd_create("file", MFD_CLOEXEC));
	edges_check();
	read_only_check();
	untouched_check();
	huge_check();
	kernel_check();
	CHECK_SYS(close(file));
}

static long vector(int fd, int out, struct iovec *iov, int count)
{
	long got = out ? preadv(fd, iov, count, 0) : pwritev(fd, iov, count, 0);

	return got == -1 ? -errno : got;
}

/* Good parts before a bad one are copied, good parts behind it are not. */
void vectors_check(const struct bads *bads)
{
	char *p = pages_map(2), *edge = p + 2 * PAGE;

	file = CHECK_SYS(memfd_create("file", MFD_CLOEXEC));
	CHECK_SYS(ftruncate(file, 2 * PAGE));
	for (int b = 0; b < bads->count; b++)
		for (int out = 0; out < 2; out++) {
			struct iovec iov[3] = {
				{ p, 100 }, { bads->bad[b].addr, 100 }, { p, 100 },
			};
			long got = vector(file, out, iov, 3);

			/* An address that can't be one is refused at once. */
			CHECK(got == 100 || got == -EFAULT,
			      "second part at %s: %ld", bads->bad[b].what, got);
			got = vector(file, out, iov + 1, 2);
			CHECK(got == -EFAULT, "first part at %s: %ld",
			      bads->bad[b].what, got);
			got = process_vm_readv(getpid(), iov, 1, iov + 1, 1, 0);
			CHECK(got == -1 && (errno == EFAULT || errno == ENOSYS),
			      "process_vm_readv from %s: %ld, %s",
			      bads->bad[b].what, got, strerror(errno));
		}
	/* The vector itself ends at the end of the page, or one byte later. */
	for (int late = 0; late < 2; late++) {
		struct iovec iov[2] = { { p, 10 }, { p, 20 } };
		char *at = edge - sizeof(iov) + late;
		long got;

		memcpy(at, iov, sizeof(iov) - late);
		got = RAW3(SYS_writev, file, at, 2);
		CHECK(got == (late ? -EFAULT : 30), "writev, %d bytes over the edge: "
		      "%ld", late, got);
	}
	CHECK_SYS(munmap(p, 2 * PAGE));
	CHECK_SYS(close(file));
}
