// SPDX-License-Identifier: GPL-2.0
/*
 * abort.c - NMI, #DF and #MC: the vcpu is given up, the report has the registers that
 * they hit, and what another entry has stored is still there. Intel SDM vol. 3, 6.15.
 */
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include "guest.h"

extern const char at_call[], at_privileged[];

#define GATE_TYPE	5	/* offset in a gate; without its bit 7 there is none */

/* The report says so: a name, where, and a register's value */
static void said(const char *text, const char *name, const char *where)
{
	CHECK(strstr(text, name) && strstr(text, where), "no '%s', '%s': %s", name, where, text);
}

static void said_register(const char *text, const char *name, uint64_t value)
{
	char words[40];

	snprintf(words, sizeof(words), "%s %016lx", name, value);
	CHECK(strstr(text, words), "no '%s': %s", words, text);
}

/* Run it to its end, and see that all else in the save area is as it was before. */
static const char *abort_run(struct guest *g, unsigned int vector)
{
	struct save_area *save = g->vcpu.save, before = *save;
	const char *text;
	int err;

	stderr_catch();
	err = vcpu_run(&g->vcpu);
	text = stderr_text();
	CHECK(err == -EIO, "vcpu_run: %d: %s; %s", err, event_name(save), text);
	CHECK(save->abort == vector, "abort %u, not %u: %s", save->abort, vector, text);
	before.abort = vector;
	CHECK(!memcmp(save, &before, sizeof(before)), "the save area has changed: %s", text);
	return text;
}

static void gate_take(struct guest *g, unsigned int vector)
{
	((uint8_t *)g->vcpu.region)[ENTRY_IDT + 16 * vector + GATE_TYPE] &= 0x7f;
}

/* User code: a #GP without a gate */
static void double_fault(void)
{
	struct save_area *save;
	struct guest g;
	const char *text;

	guest_start(&g);
	save = g.vcpu.save;
	user_call(&g.vcpu, CODE(call));
	gate_take(&g, VECTOR_GP);
	gate_take(&g, VECTOR_NP);	/* in qemu the want of a gate is not yet a second exception */
	registers_fill(save, 7);
	user_set(&g.vcpu, CODE(privileged));
	text = abort_run(&g, VECTOR_DF);
	said(text, "a double fault (vector 8, error code 0)", "in user code");
	said(text, "cs 33", "ss 2b");
	said_register(text, "rip", CODE(privileged));
	said_register(text, "rsp", USER_STACK);
	said_register(text, "rax", REG(save, RAX));
	said_register(text, "rbx", REG(save, RBX));
	said_register(text, "rcx", REG(save, RCX));
	said_register(text, "rdx", REG(save, RDX));
	said_register(text, "rsi", REG(save, RSI));
	said_register(text, "rdi", REG(save, RDI));
	said_register(text, "rbp", REG(save, RBP));
}

static int nmi_make(struct vcpu *vcpu)
{
	return ioctl(vcpu->fd, KVM_NMI, 0);
}

static int machine_check_make(struct vcpu *vcpu)
{
	struct kvm_vcpu_events events;

	if (ioctl(vcpu->fd, KVM_GET_VCPU_EVENTS, &events) < 0)
		return -1;
	events.exception.injected = 1;
	events.exception.nr = VECTOR_MC;
	events.exception.has_error_code = 0;
	return ioctl(vcpu->fd, KVM_SET_VCPU_EVENTS, &events);
}

/* Behind the `out`, when the save area has a system call that nobody has looked at yet */
static void injected(const char *name, unsigned int vector, int (*make)(struct vcpu *vcpu))
{
	const char *text;
	struct guest g;
	char words[40];

	guest_start(&g);
	user_call(&g.vcpu, CODE(call));
	if (make(&g.vcpu) < 0) {
		NOTE("no %s can be made here: %s", name, strerror(errno));
		return;
	}
	text = abort_run(&g, vector);
	snprintf(words, sizeof(words), "%s (vector %u,", name, vector);
	said(text, words, "in guest-entry");
	snprintf(words, sizeof(words), "rip %08lx", g.vcpu.region_gva >> 32);
	said(text, words, "cs 10");
}

void case_abort(void)
{
	double_fault();
	injected("an NMI", VECTOR_NMI, nmi_make);
	injected("a machine check", VECTOR_MC, machine_check_make);
}
