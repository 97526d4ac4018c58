// SPDX-License-Identifier: GPL-2.0
/* timens.c - in a time namespace the vdso adds its offsets. */
#define _GNU_SOURCE
#include "vdso.h"

#include <fcntl.h>
#include <sched.h>

#include "child.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define OFFSET_S  100000
#define BOOTTIME_S 300000

static long outside;	/* CLOCK_MONOTONIC, before */

static void inside_body(void *arg)
{
	long now = vdso_ns(CLOCK_MONOTONIC), boot = vdso_ns(CLOCK_BOOTTIME);

	(void)arg;
	CHECK(now >= outside + OFFSET_S * SECOND, "CLOCK_MONOTONIC %ld, %ld outside",
	      now, outside);
	CHECK(boot - now > (BOOTTIME_S - OFFSET_S - 1) * SECOND,
	      "CLOCK_BOOTTIME %ld, CLOCK_MONOTONIC %ld", boot, now);
	agree_check();
}

static void namespace_body(void *arg)
{
	char text[100];
	int fd, length;

	(void)arg;
	if (unshare(CLONE_NEWTIME)) {
		CHECK(errno == EPERM, "unshare: %s", strerror(errno));
		NOTE("no time namespaces: %s", strerror(errno));
		return;
	}
	fd = CHECK_SYS(open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC));
	length = snprintf(text, sizeof(text), "monotonic %d 0\nboottime %d 0\n", OFFSET_S,
			  BOOTTIME_S);
	CHECK(write(fd, text, length) == length, "timens_offsets: %s",
	      strerror(errno));
	CHECK_SYS(close(fd));
	/* touched in the old namespace: these pages have to go */
	outside = vdso_ns(CLOCK_MONOTONIC);
	child_run("in the namespace", inside_body, NULL);
	CHECK(vdso_ns(CLOCK_MONOTONIC) < outside + OFFSET_S * SECOND,
	      "CLOCK_MONOTONIC has the namespace's offset outside");
}

void timens_check(void)
{
	child_run("time namespace", namespace_body, NULL);
}
