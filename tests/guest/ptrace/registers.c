/* SPDX-License-Identifier: GPL-2.0 */
/* registers.c - general registers, read and set in every way there is. */
#define _GNU_SOURCE
#include <elf.h>

#include "../regs/regs.h"
#include "cpu.h"
#include "ptrace.h"
#include "raw.h"
#include "tracee.h"

#define FLAGS_SETTABLE	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | \
			 FLAG_DF | FLAG_OF | FLAG_NT | FLAG_AC)

/* Where each register of union regs is in user_regs_struct. */
static const size_t offsets[REGS_COUNT] = {
	USER_REG(rax), USER_REG(rcx), USER_REG(rdx), USER_REG(rbx),
	USER_REG(rsp), USER_REG(rbp), USER_REG(rsi), USER_REG(rdi),
	USER_REG(r8), USER_REG(r9), USER_REG(r10), USER_REG(r11),
	USER_REG(r12), USER_REG(r13), USER_REG(r14), USER_REG(r15),
	USER_REG(eflags),
};

static union regs pattern(unsigned int seed)
{
	uint64_t x = 0x9e3779b97f4a7c15 * (seed + 1);
	union regs regs;
	int i;

	for (i = 0; i < REGS_COUNT; i++)
		regs.r[i] = x = x * 6364136223846793005 + 1442695040888963407;
	regs.flags = (seed & 1 ? 0xaaaaaaaa : 0x55555555) & FLAGS_SETTABLE;
	return regs;
}

static uint64_t *reg_at(struct user_regs_struct *user, int i)
{
	return (uint64_t *)((char *)user + offsets[i]);
}

static uint64_t reg_mask(int i)
{
	return i == REGS_COUNT - 1 ? FLAGS_SETTABLE : ~0ul;
}

static void compare(const char *what, const union regs *want,
		    struct user_regs_struct *got)
{
	int i;

	for (i = 0; i < REGS_COUNT; i++)
		CHECK(!((*reg_at(got, i) ^ want->r[i]) & reg_mask(i)),
		      "%s: register at %zu is 0x%lx, expected 0x%lx", what,
		      offsets[i], *reg_at(got, i), want->r[i]);
}

/* Stops with pattern 0 in its registers, goes on with pattern 1. */
static void pattern_tracee(void *arg)
{
	union regs want = pattern(1);
	int i;

	(void)arg;
	regs_in = pattern(0);
	regs_run(event_trap);
	for (i = 0; i < REGS_COUNT; i++)
		CHECK(!((regs_out.r[i] ^ want.r[i]) & reg_mask(i)),
		      "tracee: register %d is 0x%lx, expected 0x%lx", i,
		      regs_out.r[i], want.r[i]);
}

void test_registers(void)
{
	pid_t pid = tracee_start_stopped(pattern_tracee, NULL);
	struct user_regs_struct user = regs_get(pid);
	union regs now = pattern(0), next = pattern(1);
	uint16_t cs, ss;
	int i;

	compare("GETREGS", &now, &user);
	CHECK(user.rip == (uint64_t)event_trap + 1, "rip is 0x%llx", user.rip);
	asm("mov %%cs, %0" : "=r" (cs));
	asm("mov %%ss, %0" : "=r" (ss));
	CHECK(user.cs == cs && user.ss == ss, "cs 0x%llx, ss 0x%llx", user.cs,
	      user.ss);
	CHECK(!user.ds && !user.es && !user.fs && !user.gs,
	      "ds, es, fs, gs: %llx, %llx, %llx, %llx", user.ds, user.es,
	      user.fs, user.gs);
	CHECK(user.orig_rax == -1ull, "orig_rax is 0x%llx", user.orig_rax);

	/* Privileged flags are left alone, IF stays. */
	for (i = 0; i < REGS_COUNT; i++)
		*reg_at(&user, i) = next.r[i];
	user.eflags |= FLAG_IOPL | 0x20000 /* VM */;
	regs_set(pid, &user);
	user = regs_get(pid);
	compare("SETREGS, GETREGS", &next, &user);
	CHECK((user.eflags & (FLAG_IOPL | FLAG_IF | 0x20000)) == FLAG_IF,
	      "eflags is 0x%llx", user.eflags);
	tracee_end(pid, "SETREGS");
}

void test_regsets(void)
{
	pid_t pid = tracee_start_stopped(pattern_tracee, NULL);
	struct user_regs_struct user;
	struct iovec io = { &user, sizeof(user) };
	union regs now = pattern(0), next = pattern(1);
	int i;

	memset(&user, 0x77, sizeof(user));
	TRACE(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io);
	CHECK(io.iov_len == sizeof(user), "NT_PRSTATUS has %zu bytes", io.iov_len);
	compare("GETREGSET", &now, &user);
	CHECK(user.rip == (uint64_t)event_trap + 1, "rip is 0x%llx", user.rip);
	for (i = 0; i < REGS_COUNT; i++)
		*reg_at(&user, i) = next.r[i];
	TRACE(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io);
	user = regs_get(pid);
	compare("SETREGSET, GETREGS", &next, &user);
	tracee_end(pid, "SETREGSET");
}

void test_peekuser(void)
{
	static const size_t bad_offsets[] = {
		1, USER_REG(rax) + 4, 4096, 1 << 20, -8ul
	};
	pid_t pid = tracee_start_stopped(pattern_tracee, NULL);
	union regs now = pattern(0), next = pattern(1);
	unsigned int i;
	uint64_t value;

	for (i = 0; i < REGS_COUNT; i++) {
		value = peek(pid, PTRACE_PEEKUSER, (void *)offsets[i]);
		CHECK(!((value ^ now.r[i]) & reg_mask(i)),
		      "PEEKUSER %zu: 0x%lx, expected 0x%lx", offsets[i], value,
		      now.r[i]);
		TRACE(PTRACE_POKEUSER, pid, offsets[i], next.r[i]);
	}
	for (i = 0; i < sizeof(bad_offsets) / sizeof(bad_offsets[0]); i++) {
		errno = 0;
		CHECK(ptrace(PTRACE_PEEKUSER, pid, bad_offsets[i], &value) == -1 &&
		      errno == EIO, "PEEKUSER %zu: %s", bad_offsets[i],
		      strerror(errno));
		CHECK(ptrace(PTRACE_POKEUSER, pid, bad_offsets[i], 0) == -1 &&
		      errno == EIO, "POKEUSER %zu: %s", bad_offsets[i],
		      strerror(errno));
	}
	tracee_end(pid, "POKEUSER");
}

/* Stops, loads through fs and gs, stops again with rax and rdx loaded. */
asm(".pushsection .text\n"
    "bases_code:\n"
    "	int3\n"
    "	movq	%fs:0, %rax\n"
    "	movq	%gs:8, %rdx\n"
    "	int3\n"
    "	ret\n"
    ".popsection\n");
void bases_code(void);

static uint64_t bases_data[2] = { 0x123456789abcdef0, 0x0fedcba987654321 };

static void bases_tracee(void *arg)
{
	(void)arg;
	bases_code();
}

void test_segment_bases(void)
{
	pid_t pid = tracee_start_stopped(bases_tracee, NULL);
	struct user_regs_struct user = regs_get(pid), before = user;
	uint64_t fs_base;

	CHECK(!RAW2(SYS_arch_prctl, 0x1003 /* ARCH_GET_FS */, &fs_base),
	      "arch_prctl");
	CHECK(user.fs_base == fs_base, "fs_base is 0x%llx, expected 0x%lx",
	      user.fs_base, fs_base);
	CHECK(user.gs_base == 0, "gs_base is 0x%llx", user.gs_base);
	user.fs_base = (uint64_t)&bases_data[0];
	user.gs_base = (uint64_t)&bases_data[0];
	regs_set(pid, &user);
	TRACE(PTRACE_CONT, pid, 0, 0);
	tracee_expect(pid, "second stop", SIGTRAP);
	user = regs_get(pid);
	CHECK(user.rax == bases_data[0], "fs:0 is 0x%llx", user.rax);
	CHECK(user.rdx == bases_data[1], "gs:8 is 0x%llx", user.rdx);
	user.fs_base = before.fs_base;
	user.gs_base = 0;
	regs_set(pid, &user);
	tracee_end(pid, "fs_base and gs_base");
}

static void stopping_tracee(void *arg)
{
	(void)arg;
	STOP_HERE();
}

/* Refused values change nothing; accepted ones kill the tracee, no one else. */
void test_bad_registers(void)
{
	static const struct {
		const char *name;
		size_t offset;
		uint64_t value;
		int refused;
	} cases[] = {
		{ "cs null",		USER_REG(cs), 0,		1 },
		{ "cs of the kernel",	USER_REG(cs), 0x10,		1 },
		{ "cs beyond the GDT",	USER_REG(cs), 0xfff3,		0 },
		{ "ss null",		USER_REG(ss), 0,		1 },
		{ "ss of the kernel",	USER_REG(ss), 0x18,		1 },
		{ "ss beyond the GDT",	USER_REG(ss), 0xfff3,		0 },
		{ "ss is code",		USER_REG(ss), 0x33,		0 },
		{ "ds of the kernel",	USER_REG(ds), 0x18,		1 },
		{ "fs_base in the kernel", USER_REG(fs_base),
					0xffff888000000000,		1 },
		{ "gs_base not canonical", USER_REG(gs_base),
					0x4141414141414141,		1 },
		{ "rip not canonical",	USER_REG(rip),
					0x4141414141414141,		0 },
		{ "rip in the kernel",	USER_REG(rip),
					0xffff888000000000,		0 },
		{ "rip 0",		USER_REG(rip), 0,		0 },
	};
	unsigned int i, failed = 0;
	uint64_t before, after;
	long ret;
	pid_t pid;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid = tracee_start_stopped(stopping_tracee, NULL);
		before = peek(pid, PTRACE_PEEKUSER, (void *)cases[i].offset);
		ret = ptrace(PTRACE_POKEUSER, pid, cases[i].offset,
			     cases[i].value);
		if (cases[i].refused != (ret == -1 && errno == EIO)) {
			printf("%s: POKEUSER returned %ld\n", cases[i].name, ret);
			failed++;
			TRACE(PTRACE_KILL, pid, 0, 0);
			child_wait(pid);
			continue;
		}
		after = peek(pid, PTRACE_PEEKUSER, (void *)cases[i].offset);
		if (cases[i].refused) {
			CHECK(before == after, "%s: refused, but now 0x%lx",
			      cases[i].name, after);
			tracee_end(pid, cases[i].name);
			continue;
		}
		TRACE(PTRACE_CONT, pid, 0, 0);
		tracee_expect(pid, cases[i].name, SIGSEGV);
		tracee_dies(pid, cases[i].name, SIGSEGV);
	}
	CHECK(!failed, "%d values", failed);
}
