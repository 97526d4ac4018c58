// SPDX-License-Identifier: GPL-2.0
/*
 * xstate.c - the extended state of two owners takes turns in the vcpu, each time
 * seen by user code's own XSAVE; and state that the CPU refuses.
 * Intel SDM vol. 1, 13.4 (the area), 10.5.1 (its legacy part).
 */
#include <cpuid.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include "guest.h"

#define AREA_PAGES	4	/* as ENTRY_XSTATE_SIZE */
#define AREA_SIZE	(AREA_PAGES * PAGE)
#define AREA_OUT	(USER_FREE + 0x00000)	/* what user code had */
#define AREA_NEXT	(USER_FREE + 0x10000)	/* what it loads then */
#define OWNERS		2

#define FCW		0
#define MXCSR		24
#define MXCSR_MASK	28
#define ST(n)		(32 + 16 * (n))
#define XMM(n)		(160 + 16 * (n))
#define HEADER		512

extern const char at_xstate[], at_xstate_fx[], at_call[];

static struct guest g;
static char *out, *next;	/* the areas above */
static char state[OWNERS][AREA_SIZE] __attribute__((aligned(64)));	/* what each should have */

static char *area_make(uint64_t address)
{
	uint64_t *entry = entry_at(&g, g.root, address, 1);
	unsigned int i;

	for (i = 0; i < AREA_PAGES; i++)
		entry[i] = page_take(&g) | PTE_DATA;
	return page_at(&g, entry[0]);	/* they follow each other */
}

static void bytes_fill(char *p, unsigned int size, unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		p[i] = (seed = seed * 1103515245 + 12345) >> 16;
}

static uint64_t features(void)
{
	return g.vcpu.features.xcr0;
}

/* Where feature @i above SSE is in an area. */
static unsigned int feature_place(unsigned int i, unsigned int *size)
{
	unsigned int offset, ecx, edx;

	__cpuid_count(0xd, i, *size, offset, ecx, edx);
	return offset;
}

/* A state with another pattern in each register, none of them in its initial state. */
static void area_fill(char *area, unsigned int seed)
{
	uint16_t fcw = seed & 1 ? 0x37f : 0x27f, exponent = 0x3fff + seed % 100;
	uint32_t mxcsr = seed & 1 ? 0x1fa0 : 0x9f80;
	unsigned int i, offset, size;

	memset(area, 0, AREA_SIZE);
	memcpy(area + FCW, &fcw, sizeof(fcw));
	area[4] = (char)0xff;		/* all x87 registers are in use */
	memcpy(area + MXCSR, &mxcsr, sizeof(mxcsr));
	for (i = 0; i < 8; i++) {
		bytes_fill(area + ST(i), 8, seed * 31 + i);
		area[ST(i) + 7] |= 0x80;	/* a normal number */
		memcpy(area + ST(i) + 8, &exponent, sizeof(exponent));
	}
	bytes_fill(area + XMM(0), 256, seed * 37);
	if (features() == 0)
		return;
	for (i = 2; i < 63; i++) {
		if (!(features() & 1UL << i))
			continue;
		offset = feature_place(i, &size);
		CHECK(offset + size <= AREA_SIZE && size, "feature %u", i);
		bytes_fill(area + offset, size, seed * 41 + i);
	}
	memcpy(area + HEADER, &g.vcpu.features.xcr0, sizeof(uint64_t));
}

static void area_check(const char *have, const char *want, const char *what)
{
	unsigned int i, offset, size;

	CHECK(!memcmp(have + FCW, want + FCW, 2), "%s: FCW", what);
	CHECK(!memcmp(have + MXCSR, want + MXCSR, 4), "%s: MXCSR", what);
	for (i = 0; i < 8; i++)
		CHECK(!memcmp(have + ST(i), want + ST(i), 10), "%s: ST(%u)", what, i);
	for (i = 0; i < 16; i++)
		CHECK(!memcmp(have + XMM(i), want + XMM(i), 16), "%s: XMM%u", what, i);
	for (i = 2; i < 63; i++) {
		if (!(features() & 1UL << i))
			continue;
		offset = feature_place(i, &size);
		CHECK(!memcmp(have + offset, want + offset, size), "%s: feature %u", what, i);
	}
}

/* Load @area into the vcpu; the state that is there comes to ENTRY_XSTATE_OUT. */
static unsigned int state_switch(const char *area)
{
	struct vcpu *vcpu = &g.vcpu;
	char *from = vcpu->region + ENTRY_XSTATE_IN, *to = vcpu->region + ENTRY_XSTATE_OUT;

	memcpy(from, area, AREA_SIZE);
	if (probe->features.xsave_cpl0) {
		vcpu->save->features = features();
		return WORK_XSAVE | WORK_XRSTOR | (features() ? 0 : WORK_FXSR);
	}
	CHECK_SYS(ioctl(vcpu->fd, KVM_GET_XSAVE2, to));
	CHECK_SYS(ioctl(vcpu->fd, KVM_SET_XSAVE, from));
	return 0;
}

/* A stretch of user code that tells what state it has, and loads the one in next. */
static void user_stretch(unsigned int work)
{
	struct save_area *save = g.vcpu.save;

	memset(out, 0, AREA_SIZE);
	REG(save, RDI) = AREA_OUT;
	REG(save, RSI) = AREA_NEXT;
	REG(save, RAX) = features() & 0xffffffff;
	REG(save, RDX) = features() >> 32;
	save->work = work;
	user_call(&g.vcpu, features() ? CODE(xstate) : CODE(xstate_fx));
}

void case_xstate(void)
{
	unsigned int i, owner = 0, last = OWNERS, seed = 1;

	guest_start(&g);
	out = area_make(AREA_OUT);
	next = area_make(AREA_NEXT);
	printf("features %#lx\n", features());
	for (i = 0; i < OWNERS; i++)
		area_fill(state[i], seed++);
	for (i = 0; i < rounds(1000, 60); i++) {
		owner = i % 5 == 4 ? owner : (owner + 1) % OWNERS;	/* sometimes the same */
		area_fill(next, seed++);
		user_stretch(owner == last ? 0 : state_switch(state[owner]));
		area_check(out, state[owner], "in user code");
		if (owner != last && last != OWNERS)
			area_check(g.vcpu.region + ENTRY_XSTATE_OUT, state[last], "saved");
		memcpy(state[owner], next, AREA_SIZE);
		last = owner;
	}
}

static const struct {
	const char *what;
	unsigned int offset, needs_xsave;
	uint32_t value;
} wrongs[] = {
	{ "XSTATE_BV with a feature that isn't there", HEADER + 4, 1, 1u << 30 },
	{ "XCOMP_BV", HEADER + 8, 1, 1 },
	{ "XSTATE_BV's reserved words", HEADER + 16, 1, 1 },
	{ "MXCSR", MXCSR, 0, 0xffff0000 },
};

/* It faults in guest-entry; nothing has been lost, neither the vcpu nor the old state. */
void case_xstate_bad(void)
{
	struct save_area *save;
	unsigned int i, work;
	uint64_t offset;

	if (!probe->features.xsave_cpl0)
		SKIP("KVM_SET_XSAVE loads the state here, before guest-entry");
	guest_start(&g);
	save = g.vcpu.save;
	out = area_make(AREA_OUT);
	next = area_make(AREA_NEXT);
	area_fill(state[0], 77);
	area_fill(next, 77);
	user_stretch(state_switch(state[0]));
	for (i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		if (wrongs[i].needs_xsave ? !features() : host_is_qemu())
			continue;	/* qemu takes any MXCSR */
		memcpy(state[1], state[0], AREA_SIZE);
		memcpy(state[1] + wrongs[i].offset, &wrongs[i].value, sizeof(wrongs[i].value));
		work = state_switch(state[1]);
		user_set(&g.vcpu, CODE(call));
		save->work = work;
		user_run(&g.vcpu);
		offset = REG(save, RIP) - g.vcpu.region_gva;
		CHECK(save->vector == VECTOR_GP && REG(save, CS) == ENTRY_KERNEL_CS &&
		      offset >= guest_entry_offset_load && offset < guest_entry_offset_load_end,
		      "%s: %s", wrongs[i].what, event_name(save));
		area_check(g.vcpu.region + ENTRY_XSTATE_OUT, state[0], wrongs[i].what);
		user_stretch(state_switch(state[0]));
		area_check(out, state[0], wrongs[i].what);
	}
}
