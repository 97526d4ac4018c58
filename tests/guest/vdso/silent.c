// SPDX-License-Identifier: GPL-2.0
/* silent.c - the functions of the vdso make no system call. */
#define _GNU_SOURCE
#include "vdso.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

#include "child.h"
#include "raw.h"

static long rounds;

/* From here on the kernel only ends this process: every other call kills it. */
static void calls_forbid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };

	CHECK_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK_SYS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
}

/* The exit status says what is wrong: it can't print. */
static void silent_body(void *arg)
{
	static const clockid_t clocks[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_TAI,
		CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE, CLOCK_REALTIME_COARSE,
	};
	const int count = sizeof(clocks) / sizeof(clocks[0]);
	struct timespec ts, res, last[7] = { { 0, 0 } };
	unsigned int cpu, node;
	struct timeval tv;
	int wrong = 0;

	(void)arg;
	calls_forbid();
	for (long i = 0; i < rounds && !wrong; i++) {
		int c = i % count;

		if (vdso.clock(clocks[c], &ts) || vdso.res(clocks[c], &res) ||
		    vdso.timeofday(&tv, NULL) || vdso.cpu(&cpu, &node, NULL) ||
		    !vdso.time(NULL))
			wrong = 2;
		if (clocks[c] != CLOCK_REALTIME && clocks[c] != CLOCK_REALTIME_COARSE &&
		    clocks[c] != CLOCK_TAI &&
		    (ts.tv_sec < last[c].tv_sec ||
		     (ts.tv_sec == last[c].tv_sec && ts.tv_nsec < last[c].tv_nsec)))
			wrong = 3;
		last[c] = ts;
	}
	RAW1(SYS_exit_group, wrong);
}

static void asking_body(void *arg)
{
	(void)arg;
	calls_forbid();
	vdso.clock(CLOCK_PROCESS_CPUTIME_ID, &(struct timespec){ 0, 0 });
	RAW1(SYS_exit_group, 0);
}

void clocksource_read(char *name, size_t size)
{
	FILE *file = fopen(CLOCKSOURCE, "re");

	CHECK(file, "%s: %s", CLOCKSOURCE, strerror(errno));
	CHECK(fgets(name, size, file), "%s is empty", CLOCKSOURCE);
	CHECK(fclose(file) == 0, "fclose");
	name[strcspn(name, "\n")] = 0;
}

void silent_check(long count)
{
	char name[32];

	clocksource_read(name, sizeof(name));
	rounds = count;
	/* the CPU time of a process is the kernel's: this proves the filter */
	child_dies("CPU time without a system call", asking_body, NULL, SIGSYS);
	if (!strcmp(name, "tsc"))
		child_run("without a system call", silent_body, NULL);
	else
		NOTE("the vdso asks the kernel: the clock is %s", name);
}
