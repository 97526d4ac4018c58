// SPDX-License-Identifier: GPL-2.0
/*
 * selftest.c - a disk that lost something is seen. The disk is a file here, and
 * nothing is killed: it is changed as a bad disk would.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "crashload.h"
#include "disk_plan.h"

#define DISK	"disk"
#define SECTORS 8192
#define SEED	42
#define TXNS	20

static unsigned int judged(const char *before, unsigned int round,
			   unsigned int acked)
{
	unsigned int count[TASKS_MAX] = { 0 };
	struct verdict verdict = { .seed = SEED, .round = round, .acked = count };

	for (int i = 0; i < DISK_TASKS; i++)
		count[i] = acked;
	disk_scan(DISK, "after", SEED);
	disk_judge(&verdict, before, "after");
	return verdict.lost;
}

static void sector_swap(int fd, uint32_t number, const char *with, char *old)
{
	CHECK(pread(fd, old, SECTOR, (off_t)number * SECTOR) == SECTOR, "read");
	CHECK(pwrite(fd, with, SECTOR, (off_t)number * SECTOR) == SECTOR, "write");
}

/* A sector of the last write of a transaction that nothing overwrote. */
static uint32_t sector_find(int fd, struct sector_name *name)
{
	char data[SECTOR];

	for (name->number = 0; name->number < SECTORS; name->number++) {
		CHECK(pread(fd, data, SECTOR, (off_t)name->number * SECTOR) == SECTOR,
		      "read");
		name->key = sector_key(data, SEED, PLACE_DISK, name->number);
		if (KEY_ROUND(name->key) == 1)
			return name->number;
	}
	FAIL("no sector was written");
}

static void disk_break(int fd)
{
	struct sector_name name = { .place = PLACE_DISK }, other;
	uint32_t at = sector_find(fd, &name);
	char good[SECTOR], bad[SECTOR], old[SECTOR];

	sector_fill(good, SEED, &name);

	memset(bad, 0, SECTOR);
	sector_swap(fd, at, bad, old);
	CHECK(judged("before", 1, TXNS) == 1, "zeroes are not seen");

	memcpy(bad, good, SECTOR);
	bad[SECTOR - 1]++;
	sector_swap(fd, at, bad, old);
	CHECK(judged("before", 1, TXNS) == 1, "a changed last byte is not seen");

	other = name;
	other.key = 0;
	sector_fill(bad, SEED, &other);
	sector_swap(fd, at, bad, old);
	CHECK(judged("before", 1, TXNS) == 1, "older data is not seen");

	other.number++;
	sector_fill(bad, SEED, &other);
	sector_swap(fd, at, bad, old);
	CHECK(judged("before", 1, TXNS) == 1, "another sector's data is not seen");

	other = name;
	other.key = KEY(1, TXNS + 1000, 200);
	sector_fill(bad, SEED, &other);
	sector_swap(fd, at, bad, old);
	CHECK(judged("before", 1, TXNS) == 1, "a write that never was is not seen");

	sector_swap(fd, at, good, old);
	CHECK(judged("before", 1, TXNS) == 0, "the repaired disk is not good");
}

/* In an empty directory. */
void selftest_run(void)
{
	int fd = CHECK_SYS(open(DISK, O_RDWR | O_CREAT | O_CLOEXEC, 0644));

	CHECK_SYS(ftruncate(fd, (off_t)SECTORS * SECTOR));
	CHECK(SECTORS % WRITE_SECTORS_MAX == 0, "an odd size");
	disk_format(DISK, SEED);
	disk_scan(DISK, "before", SEED);
	CHECK(judged("before", 1, 0) == 0, "nothing was written, and something lost");
	CHECK(judged("before", 1, 1) > 0, "acknowledged, not written: not seen");
	ack_open("/dev/null");
	for (unsigned int task = 0; task < DISK_TASKS; task++)
		disk_task(DISK, SEED, 1, task, TXNS, false);
	CHECK(judged("before", 1, TXNS) == 0, "all was written, and something lost");
	CHECK(judged("before", 1, TXNS - 1) == 0, "more than acknowledged is a loss");
	CHECK(judged("before", 1, TXNS + 5) > 0, "what was not written is not missed");
	CHECK(judged("before", 2, 0) > 0, "a write of another round is not seen");
	disk_break(fd);
	CHECK_SYS(close(fd));
	printf("losses are seen\n");
}
