// SPDX-License-Identifier: GPL-2.0
/*
 * exceptions.c - each exception that user code can raise: vector, error code,
 * CR2, and the frame. Intel SDM vol. 3, 6.15; AMD APM vol. 2, 8.2.
 */
#include "guest.h"

/* As user.S makes them. */
struct exception {
	const char *name;
	uint32_t code, rip;	/* offsets in user.S */
	uint32_t vector, error;
	int32_t cr2;		/* the save area's offset of the register with it */
	uint32_t kind, flags, unused;
};

#define KIND_AT_CR2	1
#define KIND_UD		2
#define KIND_NATIVE	4
#define KIND_UMIP	8
#define KIND_FOREIGN	16
#define KIND_MAYBE_P	128

extern const struct exception exceptions[], exceptions_end[];
extern const char at_call[];

#define READ_ONLY	(USER_FREE + 0x00000)
#define RESERVED	(1UL << 40)	/* has a top-level entry of its own */
#define NO_EXECUTE	(USER_FREE + 0x20000)
#define SUPERVISOR	(USER_FREE + 0x30000)
#define NOTHING		(USER_FREE + 0x40000)
#define NOT_CANONICAL	0x0100000000000000UL	/* nor with five levels */
#define FLAGS_SEEN	0x3f7700UL	/* not what arithmetic leaves */
#define KERNEL_HALF	0xffff800000000000UL

/* a breakpoint hits no instruction of this kind before it: RF is not set */
static int is_trap(unsigned int vector)
{
	return vector == VECTOR_DB || vector == VECTOR_BP || vector == VECTOR_OF;
}

static void environment_make(struct guest *g)
{
	uint64_t page = page_take(g);

	*entry_at(g, g->root, READ_ONLY, 1) = page | PTE_P | PTE_U | PTE_AD | PTE_NX;
	*entry_at(g, g->root, RESERVED, 4) = page | PTE_TABLE | PTE_RESERVED;
	*entry_at(g, g->root, NO_EXECUTE, 1) = page | PTE_DATA;
	*entry_at(g, g->root, SUPERVISOR, 1) = page | PTE_P | PTE_W | PTE_AD;
}

static void registers_set(struct vcpu *vcpu)
{
	struct save_area *save = vcpu->save;

	REG(save, RAX) = REG(save, RCX) = REG(save, RDX) = REG(save, RBP) = 0;
	REG(save, RBX) = 0xb0b0;
	REG(save, R11) = 0x1111;
	REG(save, RDI) = USER_DATA;
	REG(save, RSI) = NOTHING;
	REG(save, R8) = NOT_CANONICAL;
	REG(save, R9) = KERNEL_HALF;
	REG(save, R10) = READ_ONLY;
	REG(save, R12) = vcpu->region_gva;
	REG(save, R13) = RESERVED;
	REG(save, R14) = NO_EXECUTE;
	REG(save, R15) = SUPERVISOR;
}

/* The exceptions that some host does not have. */
static int is_missing(const struct exception *e, const struct save_area *save,
		      const struct native_event *native)
{
	if (save->vector != ENTRY_SYSCALL)
		return 0;
	if (e->kind & KIND_NATIVE)
		return !native->happened;
	/* UMIP is the host's affair where CPL 3 runs natively */
	if (e->kind & KIND_UMIP)
		return !probe->features.umip || probe->features.native_cpl3;
	return 0;
}

/* Where KVM has its user code below the host's page tables, those show in the kernel half. */
static int error_agrees(const struct exception *e, const struct save_area *save)
{
	uint64_t ignore = 0;

	if (e->kind & KIND_FOREIGN && probe->features.syscall_faults)
		ignore = 9;
	if (e->kind & KIND_MAYBE_P && host_is_qemu())
		ignore = 1;
	return (REG(save, ERROR) | ignore) == (e->error | ignore);
}

static void exception_check(struct guest *g, const struct exception *e)
{
	struct save_area *save = g->vcpu.save;
	uint64_t rip = USER_CODE + e->rip, flags = FLAGS_PLAIN | e->flags, seen;
	unsigned int vector = e->vector;
	uint64_t cr2 = e->cr2 < 0 ? 0 : save->gp[(e->cr2 - SAVE_R15) / 8];
	struct native_event native;

	if (e->kind & KIND_NATIVE)
		native_run(save, &native);
	user_run(&g->vcpu);
	if (is_missing(e, save, &native)) {
		NOTE("%s: not on this host", e->name);
		return;
	}
	if (e->kind & KIND_NATIVE) {
		CHECK(native.happened, "%s: %s, natively there is none", e->name,
		      event_name(save));
		if (native.vector != vector || native.rip != rip)
			NOTE("%s: natively vector %#lx, rip %#lx", e->name, native.vector,
			     native.rip);
		vector = native.vector;
		rip = native.rip;
	}
	if (e->kind & KIND_UD && probe->features.syscall_faults && save->vector == VECTOR_UD) {
		vector = VECTOR_UD;
		rip = USER_CODE + e->code;
	}
	if (e->kind & KIND_AT_CR2)
		rip = cr2;
	CHECK(save->vector == vector, "%s: %s", e->name, event_name(save));
	CHECK(error_agrees(e, save), "%s: %s", e->name, event_name(save));
	CHECK(REG(save, RIP) == rip, "%s: %s, rip not %#lx", e->name, event_name(save), rip);
	CHECK(e->cr2 < 0 || save->cr2 == cr2, "%s: %s, cr2 not %#lx", e->name,
	      event_name(save), cr2);
	CHECK(REG(save, CS) == ENTRY_USER_CS && REG(save, SS) == ENTRY_USER_SS,
	      "%s: cs %#lx ss %#lx", e->name, REG(save, CS), REG(save, SS));
	seen = REG(save, RFLAGS) & FLAGS_SEEN;
	CHECK(seen == (flags & FLAGS_SEEN) ||
	      ((!is_trap(vector) || e->kind & KIND_NATIVE) &&
	       seen == ((flags | FLAG_RF) & FLAGS_SEEN)), "%s: %s", e->name, event_name(save));
	CHECK(REG(save, RBX) == 0xb0b0 && REG(save, R11) == 0x1111 &&
	      REG(save, RDI) == USER_DATA && REG(save, RSI) == NOTHING &&
	      REG(save, R8) == NOT_CANONICAL && REG(save, R15) == SUPERVISOR,
	      "%s: registers have changed", e->name);
}

void case_exceptions(void)
{
	const struct exception *e;
	struct guest g;

	guest_start(&g);
	environment_make(&g);
	CHECK(exceptions_end - exceptions > 40);
	for (e = exceptions; e < exceptions_end; e++) {
		registers_set(&g.vcpu);
		user_set(&g.vcpu, USER_CODE + e->code);
		REG(g.vcpu.save, RFLAGS) |= e->flags;
		exception_check(&g, e);
		user_call(&g.vcpu, CODE(call));	/* it goes on working */
	}
}

/*
 * Where CPL 3 runs on the host's own IDT `int @n` is #UD, or a #GP behind it. qemu
 * has another error code if there is no gate (its gates count double), and KVM on
 * it sometimes another RIP.
 */
static int interrupt_is_foreign(const struct save_area *save, unsigned int n)
{
	uint64_t error = REG(save, ERROR);

	if (REG(save, RIP) != USER_SCRATCH && REG(save, RIP) != USER_SCRATCH + 2)
		return 0;
	if (probe->features.syscall_faults)
		return error == 0 && (save->vector == VECTOR_UD || save->vector == VECTOR_GP);
	return host_is_qemu() && save->vector == VECTOR_GP &&
		(error == n * 8 + 2 || error == n * 16 + 2);
}

/* `int n`: only 3 and 4 are for everyone. */
void case_interrupts(void)
{
	struct save_area *save;
	struct guest g;
	unsigned int n;

	guest_start(&g);
	save = g.vcpu.save;
	for (n = 0; n < 256; n++) {
		uint8_t code[] = { 0xcd, n, 0x0f, 0x0b };
		unsigned int open = n == VECTOR_BP || n == VECTOR_OF;

		memcpy(page_at(&g, g.scratch), code, sizeof(code));
		user_set(&g.vcpu, USER_SCRATCH);
		user_run(&g.vcpu);
		CHECK(REG(save, CS) == ENTRY_USER_CS, "int %u: %s", n, event_name(save));
		if (interrupt_is_foreign(save, n))
			continue;
		CHECK(save->vector == (open ? n : VECTOR_GP), "int %u: %s", n, event_name(save));
		CHECK(REG(save, ERROR) == (open ? 0 : n * 8 + 2), "int %u: %s", n,
		      event_name(save));
		CHECK(REG(save, RIP) == USER_SCRATCH + (open ? 2 : 0), "int %u: %s", n,
		      event_name(save));
	}
}
