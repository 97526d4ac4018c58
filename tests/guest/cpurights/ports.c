/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ports.c - iopl and ioperm: arguments, who has no such right, and that OUT faults.
 */
#define _GNU_SOURCE
#include "child.h"
#include "ports.h"
#include "raw.h"

static void out_run(void *arg)
{
	(void)arg;
	asm volatile("outb %%al, $0x80" : : "a" (0));
}

static void nobody_run(void *arg)
{
	long err;

	(void)arg;
	CHECK_SYS(setresuid(65534, 65534, 65534));
	for (long level = 1; level <= 3; level++) {
		err = RAW1(SYS_iopl, level);
		CHECK(err == -EPERM, "iopl(%ld): %ld", level, err);
	}
	err = RAW3(SYS_ioperm, 0x80, 1, 1);
	CHECK(err == -EPERM, "ioperm: %ld", err);
	child_dies("out", out_run, NULL, SIGSEGV);
}

void test_ports(void)
{
	static const struct {
		long from, num, turn_on, error;
	} cases[] = {
		{ 0, 0, 1, -EINVAL }, { 0, 0, 0, -EINVAL }, { 65535, 2, 1, -EINVAL },
		{ 65536, 1, 0, -EINVAL }, { -1, 2, 1, -EINVAL }, { 5, -5, 0, -EINVAL },
		{ 0x80, 1, 0, 0 }, { 0, 65536, 0, 0 }, { 65535, 1, 0, 0 },
	};
	unsigned int i;
	long err;

	/* some native kernels have no such calls */
	if (RAW1(SYS_iopl, 0) == -ENOSYS && access("/proc/um/backend", F_OK)) {
		NOTE("this kernel has neither iopl nor ioperm");
		return;
	}
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err = RAW3(SYS_ioperm, cases[i].from, cases[i].num, cases[i].turn_on);
		CHECK(err == cases[i].error, "ioperm(%ld, %ld, %ld): %ld, not %ld", cases[i].from,
		      cases[i].num, cases[i].turn_on, err, cases[i].error);
	}
	CHECK(RAW1(SYS_iopl, 4) == -EINVAL && RAW1(SYS_iopl, -1) == -EINVAL, "iopl(4)");
	CHECK(RAW1(SYS_iopl, 0) == 0, "iopl(0): %ld", RAW1(SYS_iopl, 0));
	child_dies("out", out_run, NULL, SIGSEGV);
	if (geteuid() == 0)
		child_run("nobody", nobody_run, NULL);
	/* there may be such a right, if not here */
	err = RAW3(SYS_ioperm, 0x80, 1, 1);
	CHECK(err == 0 || err == -EPERM, "ioperm as who I am: %ld", err);
	err = RAW1(SYS_iopl, 3);
	CHECK(err == 0 || err == -EPERM, "iopl as who I am: %ld", err);
}
