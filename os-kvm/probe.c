// SPDX-License-Identifier: GPL-2.0
/*
 * probe.c - a few instructions of user code in a vcpu of its own. What depends
 * on the host is found out by trying it; no module's name is looked at.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <uml/kvm_probe.h>
#include <uml/user_abilities.h>
#include "probe.h"

/* user code; each ends with a system call */
static const uint8_t code_syscall[] = { 0x0f, 0x05, 0xeb, 0xfc };	/* again and again */
static const uint8_t code_load[] = { 0x48, 0x8b, 0x07, 0x0f, 0x05 };	/* mov (%rdi),%rax */
static const uint8_t code_xgetbv[] = { 0x0f, 0x01, 0xd0, 0x0f, 0x05 };	/* of %ecx */
static const uint8_t code_rdfsbase[] = { 0xf3, 0x48, 0x0f, 0xae, 0xc0, 0x0f, 0x05 };
static const uint8_t code_state[] = {	/* mov %ds,%eax; pushf; pop %rdx */
	0x8c, 0xd8, 0x9c, 0x5a, 0x0f, 0x05 };
static const uint8_t code_rdtsc[] = {	/* rdtsc; shl $32,%rdx; or %rdx,%rax */
	0x0f, 0x31, 0x48, 0xc1, 0xe2, 0x20, 0x48, 0x09, 0xd0, 0x0f, 0x05 };
static const uint8_t code_cpuid[] = { 0x31, 0xc0, 0x0f, 0xa2, 0x0f, 0x05 };	/* of 0 */
static const uint8_t code_int[] = { 0xcd, 0x17, 0x0f, 0x05 };
static const uint8_t code_andps[] = { 0x0f, 0x54, 0x47, 0x01, 0x0f, 0x05 }; /* 1(%rdi) */
static const uint8_t code_loop[] = { 0xeb, 0xfe };

#define FLAG_NT		0x4000

static void say(FILE *out, const char *what, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(FILE *out, const char *what, const char *fmt, ...)
{
	va_list args;

	if (out == NULL)
		return;
	fprintf(out, "%-22s ", what);
	va_start(args, fmt);
	vfprintf(out, fmt, args);
	va_end(args);
	fputc('\n', out);
}

static unsigned long now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000UL + t.tv_nsec;
}

/* Did the code get to its system call? Also where SYSCALL stays at CPL 3. */
static int was_syscall(struct probe_guest *g)
{
	if (g->vcpu.save->vector == ENTRY_SYSCALL)
		return 1;
	if (!vcpu_entry_fetched(&g->vcpu))
		return 0;
	g->vcpu.features.syscall_faults = 1;
	return 1;
}

static int unexpected(struct probe_guest *g, const char *what)
{
	const struct save_area *s = g->vcpu.save;

	return vm_fail(&g->vm, -ENOTSUP, "%s in the guest ended with vector %#x, error code %#llx at %#llx",
		       what, s->vector, (unsigned long long)s->gp[15],
		       (unsigned long long)s->gp[16]);
}

static int probe_syscall(struct probe_guest *g, FILE *out)
{
	int err = guest_code_run(g, code_syscall, sizeof(code_syscall), 0);

	if (err)
		return err;
	if (!was_syscall(g))
		return unexpected(g, "a system call");
	say(out, "system call", g->vcpu.features.syscall_faults ?
	    "stays at CPL 3, seen as a page fault of the entry" : "enters CPL 0");
	return 0;
}

/* guest-entry itself needs them, old CPUs don't have them */
static int probe_fsgsbase(struct probe_guest *g)
{
	int err;

	if (g->vcpu.features.fsgsbase)
		return 0;
	err = guest_code_run(g, code_rdfsbase, sizeof(code_rdfsbase), 0);
	if (!err && !was_syscall(g))
		err = vm_fail(&g->vm, -ENOTSUP, "the guest's CPU has no FSGSBASE instructions");
	return err;
}

/*
 * Hosts that run CPL 3 natively let it do what their CPUID denies: then the
 * host's own CPUID tells what user code can use.
 */
static int probe_native(struct probe_guest *g, FILE *out)
{
	struct vcpu_features *f = &g->vcpu.features;
	struct save_area *save = g->vcpu.save;
	int err;

	err = probe_fsgsbase(g);
	if (err)
		return err;
	if (f->xcr0) {
		say(out, "user instructions", "as CPUID says");
		return 0;
	}
	save->gp[11] = 0;
	err = guest_code_run(g, code_xgetbv, sizeof(code_xgetbv), 0);
	if (err)
		return err;
	f->native_cpl3 = was_syscall(g);
	if (f->native_cpl3)
		f->xcr0 = save->gp[10] & 0xffffffff;
	entry_segments_skip(g->vcpu.region, 0);
	say(out, "user instructions", f->native_cpl3 ?
	    "the host's, more than KVM's CPUID says" : "as CPUID says");
	return 0;
}

static int load_page(struct probe_guest *g, unsigned int work, uint64_t *value)
{
	struct save_area *save = g->vcpu.save;
	int err;

	save->gp[14] = PROBE_DATA;
	err = guest_code_run(g, code_load, sizeof(code_load), work);
	*value = save->gp[10];
	if (err)
		return err;
	return was_syscall(g) ? 0 : unexpected(g, "a load");
}

static int probe_fault(struct probe_guest *g, FILE *out)
{
	struct save_area *save = g->vcpu.save;
	int err;

	save->gp[14] = PROBE_HOLE;
	err = guest_code_run(g, code_load, sizeof(code_load), 0);
	if (err)
		return err;
	if (save->vector != VECTOR_PF || save->cr2 != PROBE_HOLE || save->gp[15] != 4)
		return unexpected(g, "a load of a page that isn't there");
	say(out, "page fault", "has address and error code");
	return 0;
}

/* Replace a page behind the CPU's back. */
static int probe_coherence(struct probe_guest *g, FILE *out)
{
	struct save_area *save = g->vcpu.save;
	uint64_t value, *list = (uint64_t *)(g->vcpu.region + ENTRY_LIST);
	int err;

	guest_map(g, PROBE_DATA, g->page[0]);
	err = load_page(g, WORK_CR3, &value);
	if (err)
		return err;
	if (value != PROBE_TAG(0))
		return vm_fail(&g->vm, -EIO, "the guest reads %#llx where memory has %#llx",
			       (unsigned long long)value, (unsigned long long)PROBE_TAG(0));
	guest_map(g, PROBE_DATA, g->page[1]);
	err = load_page(g, WORK_CR3, &value);
	if (err)
		return err;
	if (value == PROBE_TAG(1)) {
		say(out, "page tables", "coherent (nested paging)");
		return 0;
	}
	g->vcpu.features.shadow_paging = 1;
	list[0] = guest_entry_gpa(g, PROBE_DATA);
	save->entries = 1;
	err = load_page(g, WORK_ENTRIES | WORK_CR3, &value);
	if (err)
		return err;
	if (value != PROBE_TAG(1))
		return vm_fail(&g->vm, -ENOTSUP, "the guest goes on with page-table entries that were replaced");
	say(out, "page tables", "shadowed: entries are stored again by the guest");
	return 0;
}

/* What little of a process's state some hosts do not keep. */
static int probe_state(struct probe_guest *g, FILE *out)
{
	struct vcpu_features *f = &g->vcpu.features;
	struct save_area *save = g->vcpu.save;
	int err;

	save->gp[19] = PROBE_DATA + 4096;
	save->gp[23] = ENTRY_USER_SS;
	g->flags = FLAG_NT;
	err = guest_code_run(g, code_state, sizeof(code_state), WORK_SELECTORS | WORK_BASES);
	g->flags = 0;
	if (err)
		return err;
	if (!was_syscall(g))
		return unexpected(g, "reading selectors and flags");
	f->selectors = (save->gp[10] & 0xffff) == ENTRY_USER_SS;
	f->flag_nt = (save->gp[12] & FLAG_NT) != 0;
	say(out, "DS and ES", f->selectors ? "switched" : "not switched between processes");
	say(out, "flag NT", f->flag_nt ? "kept" : "lost on the way to user code");
	err = guest_code_run(g, code_int, sizeof(code_int), 0);
	if (err)
		return err;
	f->int_faults = save->gp[16] == PROBE_CODE;
	say(out, "INT without a gate", f->int_faults ? "faults" : "does nothing for some vectors");
	save->gp[14] = PROBE_DATA;
	err = guest_code_run(g, code_andps, sizeof(code_andps), 0);
	if (err)
		return err;
	f->gp_faults = save->vector == VECTOR_GP;
	say(out, "#GP", f->gp_faults ? "reported" : "of some instructions is reported as #UD");
	save->gp[23] = 0;
	return guest_code_run(g, code_syscall, sizeof(code_syscall), WORK_SELECTORS | WORK_BASES);
}

static int probe_debug(struct probe_guest *g, FILE *out)
{
	struct save_area *save = g->vcpu.save;
	int err;

	save->dr[0] = PROBE_CODE;
	save->dr7 = 1;
	err = guest_code_run(g, code_syscall, sizeof(code_syscall), WORK_DEBUG);
	if (err)
		return err;
	g->vcpu.features.breakpoints = save->vector == VECTOR_DB;
	save->dr[0] = 0;
	save->dr7 = 0;
	err = guest_code_run(g, code_syscall, sizeof(code_syscall), WORK_DEBUG);
	say(out, "debug registers", g->vcpu.features.breakpoints ? "work" :
	    "do not work: no hardware breakpoints in guest processes");
	return err;
}

static int probe_kick(struct probe_guest *g, FILE *out)
{
	int err;

	vcpu_kick(&g->vcpu);
	err = guest_code_run(g, code_loop, sizeof(code_loop), 0);
	if (err)
		return err;
	if (g->vcpu.save->vector != ENTRY_VECTOR_KICK)
		return unexpected(g, "an interrupt");
	say(out, "interrupt", "stops user code");
	return 0;
}

static int probe_tsc(struct probe_guest *g, FILE *out)
{
	struct vcpu_features *f = &g->vcpu.features;
	uint64_t before = __builtin_ia32_rdtsc(), seen;
	int err;

	err = guest_code_run(g, code_rdtsc, sizeof(code_rdtsc), 0);
	if (err)
		return err;
	if (!was_syscall(g))
		return unexpected(g, "RDTSC");
	seen = g->vcpu.save->gp[10];
	f->tsc_aligned = seen >= before && seen <= __builtin_ia32_rdtsc();
	say(out, "TSC", f->tsc_aligned ? "the host's" : "another than the host's: not used by the vdso");
	return 0;
}

/* What only few programs ask for: that RDTSC, that CPUID be denied to them */
static int right_denied(struct probe_guest *g, unsigned int what, const uint8_t *code,
			unsigned int size, uint8_t *works)
{
	int err;

	if (vcpu_rights_set(&g->vcpu, what) < 0)
		return 0;
	err = guest_code_run(g, code, size, 0);
	*works = !err && g->vcpu.save->vector == VECTOR_GP;
	if (!err && vcpu_rights_set(&g->vcpu, 0) < 0)
		err = vm_fail(&g->vm, -EIO, "what was denied to user code can't be allowed again");
	return err;
}

static int probe_rights(struct probe_guest *g, FILE *out)
{
	struct vcpu_features *f = &g->vcpu.features;
	int err = right_denied(g, DENY_TSC, code_rdtsc, sizeof(code_rdtsc), &f->tsc_denied);

	if (!err)
		err = right_denied(g, DENY_CPUID, code_cpuid, sizeof(code_cpuid),
				   &f->cpuid_denied);
	if (!err)
		say(out, "denied on demand", "%s, %s", f->tsc_denied ? "RDTSC" : "RDTSC can't be",
		    f->cpuid_denied ? "CPUID" : "CPUID can't be");
	return err;
}

static int probe_cost(struct probe_guest *g, struct kvm_probe *p, FILE *out)
{
	unsigned int i, rounds = 20;
	unsigned long start;
	int err = 0;

	start = now_ns();
	for (i = 0; i < rounds && !err; i++)
		err = guest_code_run(g, code_syscall, sizeof(code_syscall), 0);
	p->exit_ns = (now_ns() - start) / rounds;
	p->ptrace_ns = ptrace_cost();
	say(out, "an exit", "%lu.%lu us; a ptrace round trip: %lu.%lu us", p->exit_ns / 1000,
	    p->exit_ns / 100 % 10, p->ptrace_ns / 1000, p->ptrace_ns / 100 % 10);
	return err;
}

/* Last: where it does not work the vcpu is lost. */
static int probe_xsave(struct probe_guest *g, FILE *out)
{
	struct vcpu_features *f = &g->vcpu.features;
	int err;

	guest_xstate_fill(g);
	g->vcpu.quiet = 1;
	g->vcpu.save->leave = LEAVE_DONE;
	g->vcpu.save->work = WORK_XSAVE | WORK_XRSTOR | (f->xcr0 ? 0 : WORK_FXSR);
	g->vcpu.save->features = f->xcr0;
	err = vcpu_run(&g->vcpu);
	f->xsave_cpl0 = err == 0 && g->vcpu.save->vector == ENTRY_DONE;
	say(out, "extended state", "XCR0 %#llx, %s", (unsigned long long)f->xcr0, f->xsave_cpl0 ? "switched in the guest" :
	    "switched by KVM_GET_XSAVE2 and KVM_SET_XSAVE: not possible at CPL 0");
	return err == -EIO ? 0 : err;
}

static int probe_steps(struct probe_guest *g, struct kvm_probe *p, FILE *out)
{
	int err;

	say(out, "virtual machine", "API 12, %u address bits, one vcpu", g->vm.address_bits);
	if (!g->vcpu.features.fsgsbase)
		entry_segments_skip(g->vcpu.region, 1);
	err = probe_syscall(g, out);
	if (!err)
		err = probe_native(g, out);
	if (!err)
		err = probe_fault(g, out);
	if (!err)
		err = probe_coherence(g, out);
	if (!err)
		err = probe_state(g, out);
	if (!err)
		err = probe_debug(g, out);
	if (!err)
		err = probe_kick(g, out);
	if (!err)
		err = probe_tsc(g, out);
	if (!err)
		err = probe_rights(g, out);
	if (!err)
		err = probe_cost(g, p, out);
	if (!err)
		err = probe_xsave(g, out);
	return err;
}

int kvm_probe(struct kvm_probe *p, FILE *out)
{
	struct probe_guest g;
	int err;

	memset(p, 0, sizeof(*p));
	err = guest_make(&g);
	if (!err) {
		err = probe_steps(&g, p, out);
		p->features = g.vcpu.features;
		guest_destroy(&g);
	}
	if (err)
		snprintf(p->why, sizeof(p->why), "%s", g.vm.why[0] ? g.vm.why : strerror(-err));
	return err;
}
