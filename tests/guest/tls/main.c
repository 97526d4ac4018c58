/* SPDX-License-Identifier: GPL-2.0 */
/*
 * tls - the bases of fs and gs, and the segment selectors, belong to a task:
 * set by arch_prctl, by WRFSBASE and WRGSBASE (if HWCAP2 says so), by
 * CLONE_SETTLS; kept across system calls, faults, signals, other processes and
 * threads; inherited by fork.
 * Relies on: arch_prctl(2), clone(2); Linux Documentation/arch/x86/x86_64/
 * fsgs.rst; Intel SDM vol. 3 3.4.4 (segment registers in 64-bit mode).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>

#include "cpu.h"
#include "parts.h"
#include "raw.h"
#include "ticks.h"
#include "tls.h"

static int use_instructions;	/* WRFSBASE, WRGSBASE instead of arch_prctl */

/* A block for fs or gs to point to: its first word says which it is. */
#define BLOCKS 16
static struct tls_block {
	uint64_t id, spare[7];
} blocks[BLOCKS];

static volatile int bases_valid;	/* fs and gs point to blocks */
static volatile int handler_runs;	/* while they do */
static volatile uint64_t handler_saw[2];

/*
 * From here to bases_restore fs is not libc's: no libc call, no errno, and
 * no vector registers, as libc's memcpy and the like would come with them.
 */
static uint64_t fs_word(void) NO_VECTORS;
static uint64_t fs_word(void)
{
	uint64_t word;

	asm volatile("movq %%fs:0, %0" : "=r" (word));
	return word;
}

static uint64_t gs_word(void) NO_VECTORS;
static uint64_t gs_word(void)
{
	uint64_t word;

	asm volatile("movq %%gs:0, %0" : "=r" (word));
	return word;
}

static void bases_set(uint64_t fs, uint64_t gs) NO_VECTORS;
static void bases_set(uint64_t fs, uint64_t gs)
{
	if (use_instructions) {
		asm volatile("wrfsbase %0" : : "r" (fs));
		asm volatile("wrgsbase %0" : : "r" (gs));
	} else {
		RAW2(SYS_arch_prctl, TLS_SET_FS, fs);
		RAW2(SYS_arch_prctl, TLS_SET_GS, gs);
	}
}

struct seen {
	uint64_t fs_before, gs_before, fs_after, gs_after;
	uint64_t fs_base, gs_base;	/* by arch_prctl */
	uint64_t rd_fs_base, rd_gs_base;	/* by RDFSBASE, if there */
};

/* Point fs and gs to blocks, let the event happen, look before and after. */
static void bases_run(uint64_t fs, uint64_t gs, void (*event)(void *), void *arg,
		      struct seen *seen) NO_VECTORS;
static void bases_run(uint64_t fs, uint64_t gs, void (*event)(void *), void *arg,
		      struct seen *seen)
{
	uint64_t old_fs, old_gs;

	RAW2(SYS_arch_prctl, TLS_GET_FS, &old_fs);
	RAW2(SYS_arch_prctl, TLS_GET_GS, &old_gs);
	bases_set(fs, gs);
	bases_valid = 1;
	seen->fs_before = fs_word();
	seen->gs_before = gs_word();
	event(arg);
	seen->fs_after = fs_word();
	seen->gs_after = gs_word();
	RAW2(SYS_arch_prctl, TLS_GET_FS, &seen->fs_base);
	RAW2(SYS_arch_prctl, TLS_GET_GS, &seen->gs_base);
	seen->rd_fs_base = fs;
	seen->rd_gs_base = gs;
	if (use_instructions) {
		asm volatile("rdfsbase %0" : "=r" (seen->rd_fs_base));
		asm volatile("rdgsbase %0" : "=r" (seen->rd_gs_base));
	}
	bases_valid = 0;
	RAW2(SYS_arch_prctl, TLS_SET_FS, old_fs);
	RAW2(SYS_arch_prctl, TLS_SET_GS, old_gs);
}

/* Blocks 2n and 2n + 1 are n's. */
static void bases_keep(const char *what, int n, void (*event)(void *), void *arg)
{
	uint64_t fs = (uint64_t)&blocks[2 * n], gs = (uint64_t)&blocks[2 * n + 1];
	struct seen seen;

	bases_run(fs, gs, event, arg, &seen);
	CHECK(seen.fs_before == 100u + 2 * n && seen.gs_before == 101u + 2 * n,
	      "%s: task %d, fs:0 is %ld, gs:0 is %ld before", what, n,
	      seen.fs_before, seen.gs_before);
	CHECK(seen.fs_after == 100u + 2 * n && seen.gs_after == 101u + 2 * n,
	      "%s: task %d, fs:0 is %ld, gs:0 is %ld after", what, n,
	      seen.fs_after, seen.gs_after);
	CHECK(seen.fs_base == fs && seen.gs_base == gs,
	      "%s: arch_prctl says 0x%lx, 0x%lx, not 0x%lx, 0x%lx", what,
	      seen.fs_base, seen.gs_base, fs, gs);
	CHECK(seen.rd_fs_base == fs && seen.rd_gs_base == gs,
	      "%s: RDFSBASE 0x%lx, RDGSBASE 0x%lx, not 0x%lx, 0x%lx", what,
	      seen.rd_fs_base, seen.rd_gs_base, fs, gs);
}

static void usr1_handler(int signo) NO_VECTORS;
static void usr1_handler(int signo)
{
	(void)signo;
	if (!bases_valid)
		return;
	handler_saw[0] = fs_word();
	handler_saw[1] = gs_word();
	handler_runs++;
}

static void event_yield(void *arg) NO_VECTORS;
static void event_yield(void *arg)
{
	(void)arg;
	RAW0(SYS_sched_yield);
}

static void event_touch(void *arg) NO_VECTORS;
static void event_touch(void *arg)
{
	*(volatile char *)arg = 1;
}

static void event_kill(void *arg) NO_VECTORS;
static void event_kill(void *arg)
{
	(void)arg;
	RAW2(SYS_kill, RAW0(SYS_getpid), SIGUSR1);
}

static void event_spin(void *arg) NO_VECTORS;
static void event_spin(void *arg)
{
	int until = *(int *)arg;

	while (handler_runs < until)
		;
}

static void run_events(void)
{
	timer_t ticks;
	void *page;
	int until;

	bases_keep("sched_yield", 0, event_yield, NULL);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED, "mmap: %s", strerror(errno));
	bases_keep("page fault", 1, event_touch, page);
	CHECK(signal(SIGUSR1, usr1_handler) != SIG_ERR, "signal");
	bases_keep("signal", 2, event_kill, NULL);
	CHECK(handler_saw[0] == 104 && handler_saw[1] == 105,
	      "handler: fs:0 is %ld, gs:0 is %ld", handler_saw[0],
	      handler_saw[1]);
	until = handler_runs + 3;
	ticks = ticks_start(SIGUSR1, TICK_MS);
	bases_keep("async signals", 3, event_spin, &until);
	ticks_stop(ticks);
}

/* Several tasks, with blocks of their own, wake each other in a ring. */
#define TASKS	4
#define LAPS	8

struct task {
	int nr, in, out;
};

static void event_ring(void *arg) NO_VECTORS;
static void event_ring(void *arg)
{
	struct task *task = arg;
	char token = 'T';

	if (RAW3(SYS_write, task->out, &token, 1) != 1 ||
	    RAW3(SYS_read, task->in, &token, 1) != 1)
		RAW1(SYS_exit_group, TEST_FAILED);
}

static void ring_run(void *arg)
{
	struct task *task = arg;
	char token;
	int lap;

	if (task->nr)
		CHECK_SYS(read(task->in, &token, 1));
	for (lap = 1; lap < LAPS; lap++)
		bases_keep("ring", task->nr, event_ring, task);
	CHECK_SYS(write(task->out, "T", 1));
	if (!task->nr)
		CHECK_SYS(read(task->in, &token, 1));
}

static void *thread_run(void *arg)
{
	static __thread int own;
	int *volatile address = &own;

	own = ((struct task *)arg)->nr + 1;
	ring_run(arg);
	CHECK(own == ((struct task *)arg)->nr + 1 && &own == address,
	      "the thread's variable is %d", own);
	return NULL;
}

static void run_ring(void)
{
	pthread_t threads[TASKS];
	struct task tasks[TASKS];
	int i, err, fds[2];

	for (i = 0; i < TASKS; i++) {
		CHECK_SYS(pipe2(fds, O_CLOEXEC));
		tasks[i].nr = i;
		tasks[i].out = fds[1];
		tasks[(i + 1) % TASKS].in = fds[0];
	}
	for (i = 0; i < TASKS; i++)
		child_start(ring_run, &tasks[i]);
	children_check(TASKS, "ring of processes");
	for (i = 0; i < TASKS; i++) {
		err = pthread_create(&threads[i], NULL, thread_run, &tasks[i]);
		CHECK(!err, "pthread_create: %s", strerror(err));
	}
	for (i = 0; i < TASKS; i++) {
		err = pthread_join(threads[i], NULL);
		CHECK(!err, "pthread_join: %s", strerror(err));
	}
}

/* A forked child has the same bases. */
static void event_fork(void *arg) NO_VECTORS;
static void event_fork(void *arg)
{
	uint64_t *saw = arg;
	long pid = RAW0(SYS_fork);

	if (!pid) {
		saw[0] = fs_word();
		saw[1] = gs_word();
		RAW1(SYS_exit_group, 0);
	}
	if (RAW4(SYS_wait4, pid, 0, 0, 0) != pid)
		RAW1(SYS_exit_group, TEST_FAILED);
}

static void run_fork(void)
{
	uint64_t *saw = shared_alloc(4096);

	bases_keep("parent of a fork", 5, event_fork, saw);
	CHECK(saw[0] == 110 && saw[1] == 111, "child: fs:0 is %ld, gs:0 is %ld",
	      saw[0], saw[1]);
}

/* CLONE_SETTLS: the child has the new fs, and gs of its parent. */
static void event_clone(void *arg) NO_VECTORS;
static void event_clone(void *arg)
{
	struct tls_clone *clone = arg;
	long pid = tls_clone(CLONE_VM | CLONE_SETTLS | SIGCHLD, clone->stack,
			     (uint64_t)&blocks[15], clone->saw);

	if (pid <= 0 || RAW4(SYS_wait4, pid, 0, 0, 0) != pid)
		RAW1(SYS_exit_group, TEST_FAILED);
}

static void run_clone(void)
{
	static char stack[4096] __attribute__((aligned(16)));
	struct tls_clone clone = { .stack = stack + sizeof(stack) };

	bases_keep("parent of a clone", 6, event_clone, &clone);
	CHECK(clone.saw[0] == 115 && clone.saw[2] == 115,
	      "clone: fs:0 is %ld, then %ld", clone.saw[0], clone.saw[2]);
	CHECK(clone.saw[1] == 113, "clone: gs:0 is %ld", clone.saw[1]);
}

/* A base of the kernel half, or none at all, is refused, and there is no child. */
static void test_clone_refused(void)
{
	static const uint64_t bases[] = {
		0x100000000000000, 0x4141414141414141, 0xffff888000000000, -1,
	};
	unsigned int i;
	long err;

	for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		err = RAW5(SYS_clone, CLONE_SETTLS | SIGCHLD, 0, 0, 0, bases[i]);
		if (err == 0)
			RAW1(SYS_exit_group, 0);
		CHECK(err == -EPERM, "fs base 0x%lx: %ld", bases[i], err);
	}
	CHECK(RAW4(SYS_wait4, -1, 0, 0, 0) == -ECHILD, "there is a child");
}

/* Run the part again with the instructions, where there are any. */
static void run_twice(void (*run)(void))
{
	use_instructions = 0;
	run();
	if (!cpu_has_fsgsbase()) {
		NOTE("no FSGSBASE in AT_HWCAP2: not tested with WRFSBASE");
		return;
	}
	use_instructions = 1;
	run();
}

static void test_events(void)
{
	run_twice(run_events);
}

static void test_ring(void)
{
	run_twice(run_ring);
}

static void test_fork(void)
{
	run_twice(run_fork);
}

static void test_clone(void)
{
	run_twice(run_clone);
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "events",	test_events },
		{ "ring",	test_ring },
		{ "fork",	test_fork },
		{ "clone",	test_clone },
		{ "clone-refused", test_clone_refused },
		{ "arch-prctl",	test_arch_prctl },
		{ "selectors",	test_selectors },
		{ "kernel-half", test_kernel_half },
		{ NULL, NULL }
	};
	int i;

	test_begin(60 * check_rounds(argc, argv, 1));
	for (i = 0; i < BLOCKS; i++)
		blocks[i].id = 100 + i;
	parts_run(argc, argv, parts);
	printf("tls: ok\n");
	return 0;
}
