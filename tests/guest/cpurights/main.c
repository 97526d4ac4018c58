/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpurights - what of the CPU a program may use and give up: the time stamp counter
 * (prctl(PR_SET_TSC), seccomp), CPUID (arch_prctl(ARCH_SET_CPUID)), ports (iopl, ioperm).
 * What is denied is #GP for that thread and what it begets, for nobody else.
 * Relies on: prctl(2), arch_prctl(2), iopl(2), ioperm(2); Linux on native x86-64 for what
 * fork and exec do with it; Intel SDM vol. 2, RDTSC, CPUID.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <ucontext.h>
#include <asm/prctl.h>
#include <linux/seccomp.h>

#include "cpu.h"
#include "gaps.h"
#include "parts.h"
#include "ports.h"
#include "raw.h"
#include "tinyelf.h"

#define TRAP_GP	13
#define ROUNDS	200

/* ---- an instruction that may fault */

static __thread volatile int faults;
static __thread const void *volatile fault_at;
static const char *volatile wrong;

/* Note it, allow it all again, and go on: the instruction is repeated. */
static void handler(int signo, siginfo_t *info, void *context)
{
	const ucontext_t *uc = context;
	const greg_t *reg = uc->uc_mcontext.gregs;

	(void)signo;
	faults++;
	fault_at = (const void *)reg[REG_RIP];
	if (info->si_code != SI_KERNEL || info->si_addr || reg[REG_TRAPNO] != TRAP_GP ||
	    reg[REG_ERR])
		wrong = "siginfo, trap number or error code";
	RAW2(SYS_prctl, PR_SET_TSC, PR_TSC_ENABLE);
	RAW2(SYS_arch_prctl, ARCH_SET_CPUID, 1);
}

static void handler_set(void)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };

	CHECK_SYS(sigaction(SIGSEGV, &action, NULL));
}

/* Execute it at a place that is known: how often did it fault? */
#define EXECUTE(insn) \
	({ \
		unsigned int eax_ = 0; \
		const void *at_; \
		faults = 0; \
		asm volatile("lea 1f(%%rip), %0\n1:	" insn : "=&S" (at_), "+a" (eax_) \
			     : : "rbx", "rcx", "rdx", "memory"); \
		CHECK(!faults || fault_at == at_, insn ": at %p, not %p", fault_at, at_); \
		CHECK(!wrong, insn ": %s", wrong); \
		faults; \
	})

static int tsc_mode(void)
{
	int mode = -1;

	CHECK_SYS(prctl(PR_GET_TSC, &mode));
	return mode;
}

static long cpuid_allowed(void)
{
	return RAW2(SYS_arch_prctl, ARCH_GET_CPUID, 0);
}

/* ---- the time stamp counter */

static int no_tsd;	/* the host can't deny the TSC */

static void tsc_deny(void)
{
	CHECK_SYS(prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
	CHECK(tsc_mode() == PR_TSC_SIGSEGV, "mode %d", tsc_mode());
}

static int has_rdtscp(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000001, &a, &b, &c, &d) && d & 1u << 27;
}

static void test_tsc_arguments(void)
{
	static const unsigned long bad[] = { 0, 3, 4, 0x80000001, -1 };
	unsigned int i;

	CHECK(tsc_mode() == PR_TSC_ENABLE, "mode %d at first", tsc_mode());
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(prctl(PR_SET_TSC, bad[i]) == -1 && errno == EINVAL, "mode 0x%lx: %s",
		      bad[i], strerror(errno));
	CHECK(prctl(PR_GET_TSC, 8) == -1 && errno == EFAULT, "bad pointer: %s", strerror(errno));
	CHECK_SYS(prctl(PR_SET_TSC, PR_TSC_ENABLE));
	if (no_tsd)
		CHECK(prctl(PR_SET_TSC, PR_TSC_SIGSEGV) == -1 && errno == EINVAL, "%s",
		      strerror(errno));
	CHECK(tsc_mode() == PR_TSC_ENABLE, "mode %d", tsc_mode());
	handler_set();
	CHECK(EXECUTE("rdtsc") == 0);
}

static void test_tsc(void)
{
	int i;

	handler_set();
	for (i = 0; i < 3; i++) {
		tsc_deny();
		CHECK(EXECUTE("rdtsc") == 1, "RDTSC: %d faults", faults);
		CHECK(tsc_mode() == PR_TSC_ENABLE, "the handler's prctl: mode %d", tsc_mode());
		CHECK(EXECUTE("rdtsc") == 0, "RDTSC, allowed again: %d faults", faults);
	}
	if (has_rdtscp()) {
		tsc_deny();
		CHECK(EXECUTE("rdtscp") == 1, "RDTSCP: %d faults", faults);
	}
	/* it goes on through system calls and switches, and CPUID has nothing to do with it */
	tsc_deny();
	sched_yield();
	CHECK(EXECUTE("cpuid") == 0 && tsc_mode() == PR_TSC_SIGSEGV, "CPUID");
	CHECK(EXECUTE("rdtsc") == 1, "RDTSC later: %d faults", faults);
}

static void rdtsc_run(void *arg)
{
	(void)arg;
	asm volatile("rdtsc" : : : "rax", "rdx");
}

static void denied_run(void *arg)
{
	CHECK(tsc_mode() == PR_TSC_SIGSEGV, "a child's mode is %d", tsc_mode());
	rdtsc_run(arg);
}

static void test_tsc_fork(void)
{
	tsc_deny();
	child_dies("a child of a process without TSC", denied_run, NULL, SIGSEGV);
	CHECK_SYS(prctl(PR_SET_TSC, PR_TSC_ENABLE));
	child_run("a child of one that has it again", rdtsc_run, NULL);
}

/* rdtsc; mov $60, %eax; xor %edi, %edi; syscall */
static const uint8_t rdtsc_program[] = {
	0x0f, 0x31, 0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05,
};
/* xor %eax, %eax; cpuid; and the same */
static const uint8_t cpuid_program[] = {
	0x31, 0xc0, 0x0f, 0xa2, 0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05,
};

static void exec_run(void *arg)
{
	static char *none[] = { NULL };

	CHECK_SYS(RAW5(SYS_execveat, *(int *)arg, "", none, none, AT_EMPTY_PATH));
}

static void test_tsc_exec(void)
{
	int fd = tinyelf_create(rdtsc_program, sizeof(rdtsc_program));

	child_run("exec", exec_run, &fd);
	tsc_deny();
	child_dies("exec without TSC", exec_run, &fd, SIGSEGV);
}

static pthread_barrier_t both;

/* One thread of two has no TSC, or no CPUID: each gets its own, in one address space. */
static void *thread_run(void *arg)
{
	const char *what = arg;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&both);
		if (!what)
			CHECK(EXECUTE("rdtsc") == 0 && EXECUTE("cpuid") == 0, "round %d", i);
		else if (*what == 't')
			CHECK(EXECUTE("rdtsc") == 1, "round %d: %d faults", i, faults);
		else
			CHECK(EXECUTE("cpuid") == 1, "round %d: %d faults", i, faults);
		if (!what)
			continue;
		if (*what == 't')
			CHECK_SYS(RAW2(SYS_prctl, PR_SET_TSC, PR_TSC_SIGSEGV));
		else
			CHECK(RAW2(SYS_arch_prctl, ARCH_SET_CPUID, 0) == 0, "ARCH_SET_CPUID");
	}
	return NULL;
}

static void threads_run(char *what)
{
	pthread_t thread;

	handler_set();
	CHECK(pthread_barrier_init(&both, NULL, 2) == 0);
	CHECK(pthread_create(&thread, NULL, thread_run, NULL) == 0);
	if (*what == 't')
		tsc_deny();
	else
		CHECK(RAW2(SYS_arch_prctl, ARCH_SET_CPUID, 0) == 0, "ARCH_SET_CPUID");
	thread_run(what);
	CHECK(pthread_join(thread, NULL) == 0);
}

static void test_tsc_threads(void)
{
	threads_run("tsc");
}

static int clock_is_tsc(void)
{
	char name[32] = "";
	FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");

	if (!file)
		return 0;
	if (!fgets(name, sizeof(name), file))
		name[0] = 0;
	fclose(file);
	return !strcmp(name, "tsc\n");
}

/* The vdso reads the counter by the same instruction, in the name of the program. */
static void clock_run(void *arg)
{
	struct timespec now;

	(void)arg;
	tsc_deny();
	clock_gettime(CLOCK_MONOTONIC, &now);
}

static void test_vdso(void)
{
	int status = child_wait(child_start(clock_run, NULL));

	if (!clock_is_tsc()) {
		NOTE("the clock is not the TSC: wait status 0x%x", status);
		return;
	}
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "wait status 0x%x", status);
}

static void strict_run(void *arg)
{
	CHECK_SYS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	rdtsc_run(arg);
	RAW1(SYS_exit, 0);
}

static void test_strict(void)
{
	child_dies("seccomp strict", strict_run, NULL, SIGSEGV);
}

/* ---- CPUID */

static int no_faulting;

static void test_cpuid_refused(void)
{
	long err;

	CHECK(cpuid_allowed() == 1, "%ld at first", cpuid_allowed());
	err = RAW2(SYS_arch_prctl, ARCH_SET_CPUID, 1);
	CHECK(err == 0 || err == -ENODEV, "%ld", err);
	if (!no_faulting)
		return;
	err = RAW2(SYS_arch_prctl, ARCH_SET_CPUID, 0);
	CHECK(err == -ENODEV, "%ld", err);
	CHECK(cpuid_allowed() == 1, "%ld", cpuid_allowed());
	handler_set();
	CHECK(EXECUTE("cpuid") == 0);
}

static void cpuid_deny(void)
{
	CHECK(RAW2(SYS_arch_prctl, ARCH_SET_CPUID, 0) == 0, "ARCH_SET_CPUID");
	CHECK(cpuid_allowed() == 0, "%ld", cpuid_allowed());
}

static void test_cpuid(void)
{
	int i;

	handler_set();
	for (i = 0; i < 3; i++) {
		cpuid_deny();
		sched_yield();
		CHECK(EXECUTE("rdtsc") == 0, "RDTSC");
		CHECK(EXECUTE("cpuid") == 1, "CPUID: %d faults", faults);
		CHECK(cpuid_allowed() == 1, "%ld", cpuid_allowed());
		CHECK(EXECUTE("cpuid") == 0, "CPUID, allowed again: %d faults", faults);
	}
}

static void cpuid_run(void *arg)
{
	unsigned int a = 0, c = 0;

	(void)arg;
	asm volatile("cpuid" : "+a" (a), "+c" (c) : : "rbx", "rdx");
}

static void test_cpuid_fork(void)
{
	cpuid_deny();
	child_dies("a child of a process without CPUID", cpuid_run, NULL, SIGSEGV);
	CHECK(RAW2(SYS_arch_prctl, ARCH_SET_CPUID, 5) == 0 && cpuid_allowed() == 1);
	child_run("a child of one that has it again", cpuid_run, NULL);
}

/* Else no program could start. */
static void test_cpuid_exec(void)
{
	int fd = tinyelf_create(cpuid_program, sizeof(cpuid_program));

	cpuid_deny();
	child_run("exec", exec_run, &fd);
}

static void test_cpuid_threads(void)
{
	threads_run("cpuid");
}

int main(int argc, char **argv)
{
	static const struct part everywhere[] = {
		{ "tsc-arguments",	test_tsc_arguments },
		{ "cpuid-refused",	test_cpuid_refused },
		{ "ports",		test_ports },
		{ NULL, NULL }
	};
	static const struct part tsc[] = {
		{ "tsc",		test_tsc },
		{ "tsc-fork",		test_tsc_fork },
		{ "tsc-exec",		test_tsc_exec },
		{ "tsc-threads",	test_tsc_threads },
		{ "vdso",		test_vdso },
		{ "strict",		test_strict },
		{ NULL, NULL }
	};
	static const struct part cpuid[] = {
		{ "cpuid",		test_cpuid },
		{ "cpuid-fork",		test_cpuid_fork },
		{ "cpuid-exec",		test_cpuid_exec },
		{ "cpuid-threads",	test_cpuid_threads },
		{ NULL, NULL }
	};

	test_begin(120 * check_rounds(argc, argv, 1));
	no_tsd = host_gap("tsd");
	no_faulting = RAW2(SYS_arch_prctl, ARCH_SET_CPUID, 1) != 0;
	parts_run(argc, argv, everywhere);
	if (!no_tsd)
		parts_run(argc, argv, tsc);
	if (no_faulting)
		NOTE("no CPUID faulting here");
	else
		parts_run(argc, argv, cpuid);
	printf("cpurights: ok\n");
	return 0;
}
