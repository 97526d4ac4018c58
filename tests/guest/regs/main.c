/* SPDX-License-Identifier: GPL-2.0 */
/*
 * regs - general registers, stack pointer and flags across everything that may
 * interrupt user code: system calls (6 arguments; all but rax, rcx, r11 kept),
 * page faults, synchronous and asynchronous signals, preemption, fork, and
 * sigreturn with changed registers (all kept or set, rcx and r11 too).
 * Relies on: System V ABI AMD64 supplement A.2.1 (what a system call keeps),
 * Intel SDM vol. 3 chapter 6 (an interrupt keeps every register).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <time.h>

#include "child.h"
#include "cpu.h"
#include "parts.h"
#include "raw.h"
#include "regs.h"
#include "ticks.h"

#define SYSCALL_LOST	(BIT(R_RCX) | BIT(R_R11))

static void test_syscalls(void)
{
	union regs in;
	int seed;

	for (seed = 0; seed < 2 * PATTERNS; seed++) {
		in = regs_pattern(seed);
		in.rax = SYS_getpid;
		regs_keep("getpid", event_syscall, &in, SYSCALL_LOST | BIT(R_RAX));
		CHECK(regs_out.rax == (uint64_t)getpid(), "getpid: %ld",
		      regs_out.rax);
		in.rax = 0x7ffffff0;
		regs_keep("ENOSYS", event_syscall, &in, SYSCALL_LOST | BIT(R_RAX));
		CHECK((long)regs_out.rax == -ENOSYS, "got %ld", regs_out.rax);
	}
}

/* A file of four pages filled with 'a' to 'd', used by the mmap tests. */
static int file_create(void)
{
	char file_name[] = "/tmp/regs.XXXXXX";
	char page[4096];
	int fd, i;

	fd = CHECK_SYS(mkostemp(file_name, O_CLOEXEC));
	CHECK_SYS(unlink(file_name));
	for (i = 0; i < 4; i++) {
		memset(page, 'a' + i, sizeof(page));
		CHECK(write(fd, page, sizeof(page)) == (long)sizeof(page), "write");
	}
	return fd;
}

static void test_six_arguments(void)
{
	static const struct timespec zero;
	static const uint64_t no_signals;
	const struct { const void *set; size_t size; } mask = { &no_signals, 8 };
	sigset_t usr1, old;
	union regs in;
	int fd = file_create();
	int i;

	for (i = 0; i < 4; i++) {
		in = regs_pattern(i);
		in.rax = SYS_mmap;
		in.rdi = EVENT_PAGE;
		in.rsi = 4096;
		in.rdx = PROT_READ;
		in.r10 = MAP_PRIVATE | MAP_FIXED;
		in.r8 = fd;
		in.r9 = i * 4096;
		regs_keep("mmap", event_syscall, &in, SYSCALL_LOST | BIT(R_RAX));
		CHECK(regs_out.rax == EVENT_PAGE, "mmap: 0x%lx", regs_out.rax);
		CHECK(*(volatile char *)EVENT_PAGE == 'a' + i, "page %d is '%c'",
		      i, *(volatile char *)EVENT_PAGE);
	}
	CHECK_SYS(close(fd));

	/* The sixth argument of pselect6 opens the mask for a blocked signal. */
	CHECK_SYS(sigemptyset(&usr1));
	CHECK_SYS(sigaddset(&usr1, SIGUSR1));
	CHECK_SYS(sigprocmask(SIG_BLOCK, &usr1, &old));
	CHECK_SYS(raise(SIGUSR1));
	in = regs_pattern(5);
	in.rax = SYS_pselect6;
	in.rdi = in.rsi = in.rdx = in.r10 = 0;
	in.r8 = (uint64_t)&zero;
	in.r9 = (uint64_t)&mask;
	plan_set(1, 0);
	regs_keep("pselect6", event_syscall, &in, SYSCALL_LOST | BIT(R_RAX));
	CHECK((long)regs_out.rax == -EINTR, "pselect6: %ld", regs_out.rax);
	plan_check("pselect6", &in, 1, SYSCALL_LOST | BIT(R_RAX));
	CHECK_SYS(sigprocmask(SIG_SETMASK, &old, NULL));
}

static void event_page_map(int prot, int flags, int fd)
{
	void *p = mmap((void *)EVENT_PAGE, 4096, prot, flags | MAP_FIXED, fd, 0);

	CHECK(p == (void *)EVENT_PAGE, "mmap: %s", strerror(errno));
}

static void test_faults(void)
{
	/* jmp *2(%rip) and, aligned because of AC, the address that it takes */
	struct { uint8_t jump[8]; uint64_t to; } code = {
		{ 0xff, 0x25, 2 }, (uint64_t)regs_store
	};
	union regs in;
	int fd = file_create();
	int seed;

	CHECK(pwrite(fd, &code, sizeof(code), 0) == sizeof(code), "pwrite");
	for (seed = 0; seed < 2 * PATTERNS; seed++) {
		in = regs_pattern(seed);
		event_page_map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		regs_keep("read fault", event_load, &in, BIT(R_RAX));
		CHECK(regs_out.rax == 0, "read 0x%lx", regs_out.rax);
		regs_keep("copy-on-write fault", event_store, &in, 0);
		event_page_map(PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		regs_keep("write fault", event_store, &in, 0);
		CHECK(*(volatile uint64_t *)EVENT_PAGE == 1, "store lost");
		event_page_map(PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
		regs_keep("exec fault", event_exec, &in, 0);
		event_page_map(PROT_READ | PROT_WRITE, MAP_SHARED, fd);
		regs_keep("file read fault", event_load, &in, BIT(R_RAX));
		CHECK(!memcmp(&regs_out.rax, &code, 8), "read 0x%lx", regs_out.rax);
	}
	CHECK_SYS(close(fd));
}

static void test_sync_signals(void)
{
	union regs in;
	int seed;

	for (seed = 0; seed < PATTERNS; seed++) {
		in = regs_pattern(seed);
		plan_set(1, 0);
		regs_keep("int3", event_trap, &in, 0);
		plan_check("int3 frame", &in, 1, 0);
		plan_set(3, 2);		/* twice the same instruction again */
		regs_keep("ud2", event_ud2, &in, 0);
		plan_check("ud2 frame", &in, 3, 0);
		event_page_map(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		plan_set(2, 0);
		plan.unprotect = 1;
		regs_keep("SIGSEGV", event_store, &in, 0);
		plan_check("SIGSEGV frame", &in, 2, 0);
	}
}

static void test_async_signals(void)
{
	union regs in, change;
	timer_t ticks;
	int seed;

	for (seed = 0; seed < PATTERNS; seed++) {
		in = regs_pattern(seed);
		plan_set(4, 2);
		plan.at = event_spin;
		ticks = ticks_start(SIGUSR1, TICK_MS);
		regs_keep("async signals", event_spin, &in, 0);
		ticks_stop(ticks);
		CHECK(plan.runs >= 4, "handler ran %d times", plan.runs);
		regs_compare("async frame", &in, &seen, 0);

		change = regs_change(seed + 1, &in);
		plan_set(2, 2);
		plan.at = event_spin;
		plan.change = &change;
		ticks = ticks_start(SIGUSR1, TICK_MS);
		regs_in = in;
		regs_run(event_spin);
		ticks_stop(ticks);
		regs_compare("changed in the handler", &change, &regs_out, 0);
	}
}

/* A signal that comes out of a system call: kill() of ourselves. */
static void test_syscall_signals(void)
{
	union regs in, change;
	int seed;

	for (seed = 0; seed < PATTERNS; seed++) {
		in = regs_pattern(seed);
		in.rax = SYS_kill;
		in.rdi = getpid();
		in.rsi = SIGUSR1;
		plan_set(1, 0);
		regs_keep("kill", event_syscall, &in, SYSCALL_LOST | BIT(R_RAX));
		plan_check("kill frame", &in, 1, SYSCALL_LOST | BIT(R_RAX));
		CHECK(regs_out.rax == 0, "kill: %ld", regs_out.rax);
		regs_compare("kill, frame and result", &seen, &regs_out, 0);

		change = regs_change(seed + 1, &in);
		plan_set(1, 0);
		plan.change = &change;
		regs_in = in;
		regs_run(event_syscall);
		regs_compare("kill, changed in the handler", &change, &regs_out, 0);
	}
}

/* read() is interrupted, restarted, and ends when the handler has written. */
static void test_restart(void)
{
	union regs in;
	timer_t ticks;
	char byte = 0;
	int fds[2], seed;

	CHECK_SYS(pipe2(fds, O_CLOEXEC));
	for (seed = 0; seed < PATTERNS; seed++) {
		in = regs_pattern(seed);
		in.rax = SYS_read;
		in.rdi = fds[0];
		in.rsi = (uint64_t)&byte;
		in.rdx = 1;
		plan_set(2, 0);
		plan.write_fd = fds[1];
		ticks = ticks_start(SIGUSR1, TICK_MS);
		regs_keep("restarted read", event_syscall, &in,
			  SYSCALL_LOST | BIT(R_RAX));
		ticks_stop(ticks);
		CHECK(plan.runs >= 2, "handler ran %d times", plan.runs);
		CHECK(regs_out.rax == 1 && byte == 'x', "read: %ld", regs_out.rax);
	}
	CHECK_SYS(close(fds[0]));
	CHECK_SYS(close(fds[1]));
}

static void spin_child(void *arg)
{
	union regs in = regs_pattern(*(int *)arg);

	regs_keep("spinning child", event_wait, &in, BIT(R_RCX));
}

/* Others spin with other patterns while this process blocks and runs again. */
static void test_switches(void)
{
	struct timespec pause = { 0, 10000000 };
	int seeds[3] = { 11, 12, 13 };
	union regs in;
	int i;

	wait_word = shared_alloc(4096);
	for (i = 0; i < 3; i++)
		child_start(spin_child, &seeds[i]);
	for (i = 0; i < PATTERNS; i++) {
		in = regs_pattern(i);
		in.rax = SYS_nanosleep;
		in.rdi = (uint64_t)&pause;
		in.rsi = 0;
		regs_keep("nanosleep", event_syscall, &in,
			  SYSCALL_LOST | BIT(R_RAX));
		CHECK(regs_out.rax == 0, "nanosleep: %ld", regs_out.rax);
	}
	*(volatile uint64_t *)wait_word = 1;
	children_check(3, "spinning children");
}

/*
 * A forked child starts with all registers of its parent, but rax. Flag ID means
 * nothing to anybody, and no ptrace can set it: a backend may lose it here.
 */
static void test_fork(void)
{
	union regs in;
	int seed;

	for (seed = 0; seed < PATTERNS; seed++) {
		in = regs_pattern(seed);
		in.flags &= ~(uint64_t)FLAG_ID;
		in.rax = SYS_fork;
		regs_keep("fork", event_syscall, &in, SYSCALL_LOST | BIT(R_RAX));
		CHECK((long)regs_out.rax >= 0, "fork: %ld", regs_out.rax);
		if (regs_out.rax == 0)
			_exit(0);
		child_check(regs_out.rax, "forked child");
	}
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {
		{ "syscalls",		test_syscalls },
		{ "six-arguments",	test_six_arguments },
		{ "faults",		test_faults },
		{ "sync-signals",	test_sync_signals },
		{ "async-signals",	test_async_signals },
		{ "syscall-signals",	test_syscall_signals },
		{ "restart",		test_restart },
		{ "switches",		test_switches },
		{ "fork",		test_fork },
		{ NULL, NULL }
	};

	test_begin(60 * check_rounds(argc, argv, 1));
	signals_set_up();
	parts_run(argc, argv, parts);
	printf("regs: ok\n");
	return 0;
}
