/* SPDX-License-Identifier: GPL-2.0 */
/* limits.c - values that are refused, selectors, and bases in the kernel half. */
#define _GNU_SOURCE
#include "child.h"
#include "cpu.h"
#include "gaps.h"
#include "raw.h"
#include "tls.h"

/* Bases need not point to anything; those that user code can't have are EPERM. */
void test_arch_prctl(void)
{
	static const struct {
		uint64_t base;
		long result;
	} cases[] = {
		{ 0x12345678, 0 },
		{ 0x7ffffffff000 - 8, 0 },
		{ 3, 0 },
		{ 0xffff888000000000, -EPERM },
		{ 0x4141414141414141, -EPERM },
		{ 0, 0 },
	};
	uint64_t expected = 0, got;
	unsigned int i;
	long ret;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ret = RAW2(SYS_arch_prctl, TLS_SET_GS, cases[i].base);
		CHECK(ret == cases[i].result, "ARCH_SET_GS 0x%lx: %ld",
		      cases[i].base, ret);
		if (!ret)
			expected = cases[i].base;
		RAW0(SYS_sched_yield);
		CHECK(!RAW2(SYS_arch_prctl, TLS_GET_GS, &got), "ARCH_GET_GS");
		CHECK(got == expected, "ARCH_GET_GS: 0x%lx, expected 0x%lx", got,
		      expected);
		if (cases[i].result) {
			ret = RAW2(SYS_arch_prctl, TLS_SET_FS, cases[i].base);
			CHECK(ret == cases[i].result, "ARCH_SET_FS 0x%lx: %ld",
			      cases[i].base, ret);
		}
	}
	ret = RAW2(SYS_arch_prctl, 0x9999, 0);
	CHECK(ret == -EINVAL, "unknown code: %ld", ret);
	ret = RAW2(SYS_arch_prctl, TLS_GET_GS, 8);
	CHECK(ret == -EFAULT, "bad pointer: %ld", ret);
}

#define SELECTOR(name) \
	({ \
		uint16_t value_; \
		asm volatile("mov %%" #name ", %0" : "=r" (value_)); \
		value_; \
	})
#define SELECTOR_SET(name, value) \
	asm volatile("mov %0, %%" #name : : "r" ((uint32_t)(value)))

static void check_selectors(const char *what, int data, int gs)
{
	CHECK(SELECTOR(cs) == 0x33 && SELECTOR(ss) == 0x2b, "%s: cs 0x%x, ss 0x%x",
	      what, SELECTOR(cs), SELECTOR(ss));
	CHECK((SELECTOR(ds) == data && SELECTOR(es) == data) || host_gap("selectors"), "%s: ds 0x%x, es 0x%x",
	      what, SELECTOR(ds), SELECTOR(es));
	CHECK(SELECTOR(gs) == gs || host_gap("selectors"), "%s: gs 0x%x", what, SELECTOR(gs));
}

static void check_child(void *arg)
{
	(void)arg;
	check_selectors("fork", 0x2b, 0x2b);
	SELECTOR_SET(ds, 0);
	RAW0(SYS_sched_yield);
}

static void empty_handler(int signo)
{
	(void)signo;
}

/* A selector that user code may load stays loaded. */
void test_selectors(void)
{
	uint64_t base;

	check_selectors("start", 0, 0);
	CHECK(SELECTOR(fs) == 0, "start: fs 0x%x", SELECTOR(fs));
	CHECK(signal(SIGUSR1, empty_handler) != SIG_ERR, "signal");
	CHECK(!RAW2(SYS_arch_prctl, TLS_SET_GS, 0x123000), "ARCH_SET_GS");
	SELECTOR_SET(ds, 0x2b);
	SELECTOR_SET(es, 0x2b);
	SELECTOR_SET(gs, 0x2b);		/* and with it the base 0 */
	check_selectors("loaded", 0x2b, 0x2b);
	RAW0(SYS_sched_yield);
	child_run("child", check_child, NULL);
	check_selectors("other task", 0x2b, 0x2b);
	CHECK_SYS(raise(SIGUSR1));
	check_selectors("signal", 0x2b, 0x2b);
	CHECK(!RAW2(SYS_arch_prctl, TLS_GET_GS, &base) && base == 0,
	      "gs base 0x%lx", base);
	CHECK(!RAW2(SYS_arch_prctl, TLS_SET_GS, 0x123000), "ARCH_SET_GS");
	check_selectors("ARCH_SET_GS", 0x2b, 0);
	CHECK(!RAW2(SYS_arch_prctl, TLS_SET_GS, 0), "ARCH_SET_GS");
}

/* WRGSBASE takes any canonical address. */
static void write_kernel_base(void *arg)
{
	uint64_t base = 0xffff888000000000, got;

	asm volatile("wrgsbase %0" : : "r" (base));
	RAW0(SYS_sched_yield);
	RAW0(SYS_getpid);
	asm volatile("rdgsbase %0" : "=r" (got));
	CHECK(got == base, "gs base 0x%lx, expected 0x%lx", got, base);
	/* And a fork, so that it is switched to and from. */
	if (arg)
		child_run("child", write_kernel_base, NULL);
}

/*
 * Natively the task keeps that base. A backend that can't switch to it may end
 * the task, but no more than that.
 */
void test_kernel_half(void)
{
	int status;

	if (!cpu_has_fsgsbase()) {
		NOTE("no FSGSBASE in AT_HWCAP2");
		return;
	}
	status = child_wait(child_start(write_kernel_base, ""));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		NOTE("a gs base in the kernel half kills the task here");
	else
		CHECK(status == 0, "wait status 0x%x", status);
}
