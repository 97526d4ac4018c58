// SPDX-License-Identifier: GPL-2.0
/*
 * registers.c - what goes through guest-entry unchanged: the general registers
 * by both ways in and out, flags, segments and their bases.
 */
#include "guest.h"

extern const char at_not_ud2[], at_not_ud2_end[], at_not_call[], at_not_call_end[];
extern const char at_call[], at_flags[], at_segments[];

static void round_iret(struct guest *g, uint64_t seed)
{
	struct save_area *save = g->vcpu.save;

	registers_fill(save, seed);
	user_set(&g->vcpu, CODE(not_ud2));
	user_run(&g->vcpu);
	CHECK(save->vector == VECTOR_UD && REG(save, RIP) == CODE(not_ud2_end), "%s",
	      event_name(save));
	registers_check(save, seed, ~0UL, 0, "IRETQ, exception");
	CHECK(REG(save, RSP) == USER_STACK, "rsp %#lx", REG(save, RSP));
}

/* In by IRETQ or SYSRET, out by SYSCALL, which takes RCX and R11. */
static void round_call(struct guest *g, uint64_t seed, unsigned int leave)
{
	struct save_area *save = g->vcpu.save;
	unsigned int except = EXCEPT(RCX) | EXCEPT(R11);

	registers_fill(save, seed);
	user_set(&g->vcpu, CODE(not_call));
	save->leave = leave;
	REG(save, RSP) = USER_STACK - 8 * (seed % 100);
	user_run(&g->vcpu);
	CHECK(save->vector == ENTRY_SYSCALL, "%s", event_name(save));
	registers_check(save, seed, ~0UL, except, leave == LEAVE_SYSRET ?
			"SYSRET, SYSCALL" : "IRETQ, SYSCALL");
	CHECK(REG(save, RIP) == CODE(not_call_end) && REG(save, RCX) == REG(save, RIP),
	      "rip %#lx rcx %#lx", REG(save, RIP), REG(save, RCX));
	CHECK(REG(save, R11) == REG(save, RFLAGS) && REG(save, R11) == FLAGS_PLAIN,
	      "r11 %#lx rflags %#lx", REG(save, R11), REG(save, RFLAGS));
	CHECK(REG(save, RSP) == USER_STACK - 8 * (seed % 100), "rsp %#lx", REG(save, RSP));
}

void case_registers(void)
{
	struct guest g;
	unsigned int i;

	guest_start(&g);
	for (i = 0; i < rounds(2000, 100); i++) {
		round_iret(&g, i);
		round_call(&g, 3 * i + 1, i & 1 ? LEAVE_SYSRET : LEAVE_IRET);
		if (i % 7 == 0)
			round_call(&g, 5 * i, LEAVE_SYSRET);
	}
}

/* CF PF AF ZF SF DF OF AC ID, one by one and all; NT would change IRETQ itself. */
void case_flags(void)
{
	static const uint64_t flags[] = { 1, 4, 0x10, 0x40, 0x80, 0x400, 0x800, 0x200000, 0x200cd5 };
	struct save_area *save;
	struct guest g;
	unsigned int i;

	guest_start(&g);
	save = g.vcpu.save;
	for (i = 0; i < 2 * sizeof(flags) / sizeof(flags[0]); i++) {
		uint64_t want = FLAGS_PLAIN | flags[i / 2];

		user_set(&g.vcpu, CODE(flags));
		save->leave = i & 1 ? LEAVE_SYSRET : LEAVE_IRET;
		REG(save, RFLAGS) = want;
		user_run(&g.vcpu);
		CHECK(save->vector == ENTRY_SYSCALL, "%s", event_name(save));
		CHECK(REG(save, RAX) == want, "in: %#lx, not %#lx", REG(save, RAX), want);
		CHECK(REG(save, RFLAGS) == want, "out: %#lx, not %#lx", REG(save, RFLAGS), want);
	}
}

static const uint16_t selectors[] = {
	0, ENTRY_USER_SS, ENTRY_USER_CS, ENTRY_USER32_CS, ENTRY_CPU_SELECTOR | 3,
};

#define SELECTORS (sizeof(selectors) / sizeof(selectors[0]))

/* Where CPL 3 runs natively selectors are not brought there, bases are. */
static void segments_check(struct guest *g, unsigned int i)
{
	struct save_area *save = g->vcpu.save;
	uint64_t fs_base = i * 0x1234567UL, gs_base = 0x7fffffff0000UL - i * 0x1000;
	unsigned int ds = selectors[i % SELECTORS], fs = selectors[i / SELECTORS], j;

	user_set(&g->vcpu, CODE(segments));
	save->work = WORK_SELECTORS | WORK_BASES;
	REG(save, DS) = ds;
	REG(save, ES) = fs;
	REG(save, FS) = fs;
	REG(save, GS) = ds;
	REG(save, FS_BASE) = fs_base;
	REG(save, GS_BASE) = gs_base;
	user_run(&g->vcpu);
	CHECK(save->vector == ENTRY_SYSCALL, "%s", event_name(save));
	CHECK(REG(save, RAX) == fs_base && REG(save, RBX) == gs_base,
	      "bases in user code: %#lx %#lx", REG(save, RAX), REG(save, RBX));
	CHECK(REG(save, FS_BASE) == fs_base && REG(save, GS_BASE) == gs_base,
	      "bases saved: %#lx %#lx", REG(save, FS_BASE), REG(save, GS_BASE));
	CHECK((REG(save, RSI) == ds && REG(save, RDI) == fs && REG(save, R8) == fs &&
	       REG(save, R9) == ds) || probe->features.native_cpl3, "selectors in user code: %#lx %#lx %#lx %#lx",
	      REG(save, RSI), REG(save, RDI), REG(save, R8), REG(save, R9));
	CHECK(REG(save, DS) == ds && REG(save, ES) == fs && REG(save, FS) == fs &&
	      REG(save, GS) == ds, "selectors saved: %#lx %#lx %#lx %#lx",
	      REG(save, DS), REG(save, ES), REG(save, FS), REG(save, GS));
	/* without work they stay, and are saved again */
	save->work = 0;
	for (j = (SAVE_FS_BASE - SAVE_R15) / 8; j <= (SAVE_GS - SAVE_R15) / 8; j++)
		save->gp[j] = 0xffff;
	user_call(&g->vcpu, CODE(segments));
	CHECK(REG(save, RAX) == fs_base && REG(save, RBX) == gs_base &&
	      REG(save, FS_BASE) == fs_base && REG(save, GS_BASE) == gs_base &&
	      REG(save, DS) == ds && REG(save, ES) == fs && REG(save, FS) == fs &&
	      REG(save, GS) == ds, "segments have changed on the way");
}

void case_segments(void)
{
	struct guest g;
	unsigned int i;

	if (!probe->features.fsgsbase && !probe->features.native_cpl3)
		SKIP("no FSGSBASE");
	guest_start(&g);
	for (i = 0; i < SELECTORS * SELECTORS; i++)
		segments_check(&g, i);
}
