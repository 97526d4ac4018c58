// SPDX-License-Identifier: GPL-2.0
/*
 * debug.c - single steps, breakpoints, and what MOV SS delays, which can bring a
 * #DB to the first instruction of guest-entry. Intel SDM vol. 3, 6.8.3, 17.2, 17.3;
 * and faults of guest-entry's own IRETQ.
 */
#include "guest.h"

#define DR6_BP		1UL
#define DR6_BS		0x4000UL
#define DR6_CAUSE	0xe00fUL
#define DR7_EXEC	0x001UL		/* breakpoint 0, one kind each */
#define DR7_WRITE	0xd0001UL	/* 4 bytes */
#define DR7_ACCESS	0xf0001UL

extern const char at_call[], at_nops[], at_store[], at_store_end[];
extern const char at_movss_syscall[], at_movss_int3[], at_movss_int3_end[];

void case_step(void)
{
	struct save_area *save;
	struct guest g;
	unsigned int i;

	guest_start(&g);
	save = g.vcpu.save;
	/* once before: bochs with EPT takes fetching a page for the first time as a step */
	user_call(&g.vcpu, CODE(nops));
	user_set(&g.vcpu, CODE(nops));
	for (i = 1; i <= 2; i++) {
		REG(save, RFLAGS) |= FLAG_TF;
		user_run(&g.vcpu);
		CHECK(save->vector == VECTOR_DB && REG(save, RIP) == CODE(nops) + i, "%s",
		      event_name(save));
		CHECK((save->dr6 & DR6_CAUSE) == DR6_BS, "dr6 %#lx", save->dr6);
		CHECK(REG(save, RFLAGS) == (FLAGS_PLAIN | FLAG_TF), "%s", event_name(save));
		CHECK(REG(save, ERROR) == 0 && REG(save, RSP) == USER_STACK, "%s",
		      event_name(save));
	}
	/* SYSCALL clears TF, R11 has it */
	user_run(&g.vcpu);
	CHECK(save->vector == ENTRY_SYSCALL && REG(save, R11) == (FLAGS_PLAIN | FLAG_TF) &&
	      REG(save, RIP) == CODE(nops) + 4, "%s", event_name(save));
	/* no DR6 bit remains for the next #DB, no step for the next code */
	user_call(&g.vcpu, CODE(nops));
}

static void breakpoint_set(struct save_area *save, uint64_t address, uint64_t dr7)
{
	save->dr[0] = address;
	save->dr7 = dr7;
	save->work |= WORK_DEBUG;
}

void case_breakpoints(void)
{
	struct save_area *save;
	struct guest g;

	if (!probe->features.breakpoints)
		SKIP("the probe says that they don't work here");
	guest_start(&g);
	save = g.vcpu.save;
	user_set(&g.vcpu, CODE(nops));
	breakpoint_set(save, CODE(nops) + 1, DR7_EXEC);
	user_run(&g.vcpu);
	CHECK(save->vector == VECTOR_DB && REG(save, RIP) == CODE(nops) + 1, "%s",
	      event_name(save));
	CHECK((save->dr6 & DR6_CAUSE) == DR6_BP, "dr6 %#lx", save->dr6);
	/* RF, which IRETQ loads, gets over it */
	save->work = 0;
	REG(save, RFLAGS) |= FLAG_RF;
	user_run(&g.vcpu);
	CHECK(save->vector == ENTRY_SYSCALL && REG(save, RIP) == CODE(nops) + 4, "%s",
	      event_name(save));

	user_set(&g.vcpu, CODE(store));
	breakpoint_set(save, USER_DATA, DR7_WRITE);
	REG(save, RDI) = USER_DATA;
	user_run(&g.vcpu);
	CHECK(save->vector == VECTOR_DB && REG(save, RIP) == CODE(store_end), "%s",
	      event_name(save));
	CHECK((save->dr6 & DR6_CAUSE) == DR6_BP, "dr6 %#lx", save->dr6);

	breakpoint_set(save, 0, 0);
	REG(save, RDI) = USER_DATA;
	user_call(&g.vcpu, CODE(store));
	CHECK(save->entry_dr6 == 0, "entry_dr6 %#lx", save->entry_dr6);
}

static void movss_run(struct guest *g, uint64_t code, uint64_t dr7, uint64_t flags)
{
	struct save_area *save = g->vcpu.save;

	*(uint64_t *)page_at(g, g->data) = ENTRY_USER_SS;
	user_set(&g->vcpu, code);
	REG(save, RFLAGS) |= flags;
	REG(save, RDI) = USER_DATA;
	breakpoint_set(save, USER_DATA, dr7);
	save->entry_dr6 = 0;
	user_run(&g->vcpu);
}

/* A real CPU does, and bochs; in qemu a data breakpoint of MOV SS is not delayed. */
static int movss_delays(void)
{
	return probe->features.breakpoints && !host_is_qemu();
}

void case_movss(void)
{
	uint64_t flags[] = { 0, FLAG_TF };
	struct save_area *save;
	struct guest g;
	unsigned int i;

	guest_start(&g);
	save = g.vcpu.save;
	for (i = 0; i < 4; i++) {
		uint64_t dr7 = i < 2 && movss_delays() ? DR7_ACCESS : 0;

		movss_run(&g, CODE(movss_syscall), dr7, flags[i & 1]);
		CHECK(save->vector == ENTRY_SYSCALL &&
		      REG(save, RIP) == CODE(movss_syscall) + 4 &&
		      REG(save, RSP) == USER_STACK &&
		      REG(save, R11) == (FLAGS_PLAIN | flags[i & 1]), "syscall %u: %s", i,
		      event_name(save));
		CHECK(!dr7 || save->entry_dr6 & DR6_BP,
		      "syscall %u: entry_dr6 %#lx", i, save->entry_dr6);

		movss_run(&g, CODE(movss_int3), dr7, flags[i & 1]);
		CHECK(save->vector == VECTOR_BP && REG(save, ERROR) == 0 &&
		      REG(save, RIP) == CODE(movss_int3_end) &&
		      REG(save, CS) == ENTRY_USER_CS && REG(save, RSP) == USER_STACK &&
		      REG(save, RFLAGS) == (FLAGS_PLAIN | flags[i & 1]), "int3 %u: %s", i,
		      event_name(save));
		/* bochs forgets it on the way through the gate */
		CHECK(!dr7 || save->entry_dr6 & DR6_BP || !strncmp(host, "vmx", 3),
		      "int3 %u: entry_dr6 %#lx", i, save->entry_dr6);
	}
	breakpoint_set(save, 0, 0);
	user_call(&g.vcpu, CODE(call));
}

static const struct {
	const char *what;
	uint64_t rip, cs, ss;
	uint64_t error;
} frames[] = {
	{ "data as CS", 0, 0x7b, ENTRY_USER_SS, 0x78 },
	{ "nothing as CS", 0, 0x53, ENTRY_USER_SS, 0x50 },
	{ "null CS", 0, 3, ENTRY_USER_SS, 0 },
	{ "CS behind the table", 0, 0x8b, ENTRY_USER_SS, 0x88 },
	{ "CS with another level", 0, ENTRY_USER_CS - 3, ENTRY_USER_SS, ENTRY_USER_CS - 3 },
	{ "code as SS", 0, ENTRY_USER_CS, ENTRY_USER_CS, ENTRY_USER_CS - 3 },
	{ "nothing as SS", 0, ENTRY_USER_CS, 0x53, 0x50 },
	{ "rip not canonical", 0x0000800000000000UL, ENTRY_USER_CS, ENTRY_USER_SS, 0 },
	{ "rip not canonical", 0x8000000000000000UL, ENTRY_USER_CS, ENTRY_USER_SS, 0 },
};

/* Does plain user code run to its system call? */
static int call_works(struct guest *g)
{
	int err;

	user_set(&g->vcpu, CODE(call));
	err = vcpu_run(&g->vcpu);
	if (err == 0)
		syscall_adjust(&g->vcpu);
	return err == 0 && g->vcpu.save->vector == ENTRY_SYSCALL;
}

/* Did the IRETQ of guest-entry fault? Then with the right vector and error code. */
static int frame_refused(struct guest *g, unsigned int i)
{
	struct save_area *save = g->vcpu.save;
	uint64_t offset = REG(save, RIP) - g->vcpu.region_gva;
	unsigned int vector = save->vector;

	if (REG(save, CS) & 3 || offset < guest_entry_offset_load ||
	    offset >= guest_entry_offset_load_end)
		return 0;
	/* KVM's own IRETQ says of a descriptor of zeroes that it is not present */
	CHECK((vector == VECTOR_GP || (probe->features.syscall_faults &&
				       (vector == VECTOR_NP || vector == VECTOR_SS))) &&
	      REG(save, ERROR) == frames[i].error, "%s: %s", frames[i].what,
	      event_name(save));
	return 1;
}

/*
 * Where KVM itself does the IRETQ (syscall_faults) it looks at little, and what comes
 * of a frame that it takes is the CPU's and KVM's affair: an event of some kind, maybe
 * the end of the vcpu. os-kvm never lets such a frame through (kvm_run.c).
 */
static void frame_interpreted(struct guest *g, unsigned int i)
{
	const char *what = frames[i].what;
	int err = vcpu_run(&g->vcpu);

	if (err == 0) {
		syscall_adjust(&g->vcpu);
		CHECK(g->vcpu.save->vector != ENTRY_DONE, "%s: %s", what,
		      event_name(g->vcpu.save));
		if (!frame_refused(g, i))
			NOTE("%s: KVM takes it: %s", what, event_name(g->vcpu.save));
		if (call_works(g))
			return;
	}
	NOTE("%s: the vcpu is lost by it", what);
	guest_start(g);
	CHECK(call_works(g), "%s: also the next vcpu", what);
}

/* A CPU does not let such frames through; if it did, nothing breaks. */
void case_iret(void)
{
	struct save_area *save;
	struct guest g;
	unsigned int i;

	guest_start(&g);
	for (i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		uint64_t rip = frames[i].rip;

		save = g.vcpu.save;
		user_set(&g.vcpu, rip ? rip : CODE(call));
		REG(save, CS) = frames[i].cs;
		REG(save, SS) = frames[i].ss;
		if (probe->features.syscall_faults) {
			frame_interpreted(&g, i);
			continue;
		}
		user_run(&g.vcpu);
		if (!frame_refused(&g, i)) {
			/* the CPU looks at rip at CPL 3 */
			CHECK(REG(save, CS) & 3 && rip, "%s: %s", frames[i].what,
			      event_name(save));
			NOTE("%s: not at CPL 0 here: %s", frames[i].what, event_name(save));
		}
		user_call(&g.vcpu, CODE(call));
	}
}
