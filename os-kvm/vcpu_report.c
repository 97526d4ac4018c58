// SPDX-License-Identifier: GPL-2.0
/*
 * vcpu_report.c - what is printed about a vcpu that can't go on.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include <uml/vcpu.h>

static const char *const exit_names[] = {
	[KVM_EXIT_UNKNOWN] = "UNKNOWN", [KVM_EXIT_EXCEPTION] = "EXCEPTION",
	[KVM_EXIT_IO] = "IO", [KVM_EXIT_HYPERCALL] = "HYPERCALL",
	[KVM_EXIT_DEBUG] = "DEBUG", [KVM_EXIT_HLT] = "HLT", [KVM_EXIT_MMIO] = "MMIO",
	[KVM_EXIT_IRQ_WINDOW_OPEN] = "IRQ_WINDOW_OPEN", [KVM_EXIT_SHUTDOWN] = "SHUTDOWN",
	[KVM_EXIT_FAIL_ENTRY] = "FAIL_ENTRY", [KVM_EXIT_INTR] = "INTR",
	[KVM_EXIT_INTERNAL_ERROR] = "INTERNAL_ERROR",
};

#define EXIT_NAMES (sizeof(exit_names) / sizeof(exit_names[0]))

static int regs_read(struct vcpu *vcpu, struct kvm_regs *r, struct kvm_sregs *s)
{
	if (ioctl(vcpu->fd, KVM_GET_REGS, r) == 0 && ioctl(vcpu->fd, KVM_GET_SREGS, s) == 0)
		return 0;
	fprintf(stderr, "  its registers can't be read: %s\n", strerror(errno));
	return -EIO;
}

static void regs_print(const struct kvm_regs *r, const struct kvm_sregs *s)
{
	fprintf(stderr, "  rip %016llx rsp %016llx rflags %08llx cs %x ss %x\n",
		r->rip, r->rsp, r->rflags, s->cs.selector, s->ss.selector);
	fprintf(stderr, "  rax %016llx rbx %016llx rcx %016llx rdx %016llx\n",
		r->rax, r->rbx, r->rcx, r->rdx);
	fprintf(stderr, "  rsi %016llx rdi %016llx rbp %016llx\n", r->rsi, r->rdi, r->rbp);
	fprintf(stderr, "  cr0 %llx cr2 %llx cr3 %llx cr4 %llx efer %llx\n",
		s->cr0, s->cr2, s->cr3, s->cr4, s->efer);
}

static void entry_print(const struct vcpu *vcpu)
{
	const struct save_area *save = vcpu->save;

	fprintf(stderr, "  the last entry: vector %#x work %#x leave %u rip %llx cs %llx error %llx cr3 %llx\n",
		save->vector, save->work, save->leave, (unsigned long long)save->gp[16],
		(unsigned long long)save->gp[17], (unsigned long long)save->gp[15],
		(unsigned long long)vcpu->root);
}

void vcpu_report(struct vcpu *vcpu, const char *what)
{
	const struct kvm_run *run = vcpu->run;
	unsigned int reason = run->exit_reason;
	struct kvm_sregs s;
	struct kvm_regs r;

	if (vcpu->quiet)
		return;
	fprintf(stderr, "the vcpu can't go on: %s; exit reason %u (%s)", what, reason,
		reason < EXIT_NAMES && exit_names[reason] ? exit_names[reason] : "?");
	if (reason == KVM_EXIT_INTERNAL_ERROR)
		fprintf(stderr, ", suberror %u", run->internal.suberror);
	if (reason == KVM_EXIT_FAIL_ENTRY)
		fprintf(stderr, ", hardware reason %#llx",
			(unsigned long long)run->fail_entry.hardware_entry_failure_reason);
	if (reason == KVM_EXIT_MMIO)
		fprintf(stderr, ", guest-physical address %#llx",
			(unsigned long long)run->mmio.phys_addr);
	fprintf(stderr, "\n");
	if (regs_read(vcpu, &r, &s) == 0)
		regs_print(&r, &s);
	entry_print(vcpu);
}

void vcpu_abort_report(struct vcpu *vcpu)
{
	static const struct {
		unsigned int vector, ist;
		const char *name;
	} aborts[] = {
		{ VECTOR_NMI, ENTRY_IST_NMI, "an NMI" },
		{ VECTOR_DF, ENTRY_IST_DF, "a double fault" },
		{ VECTOR_MC, ENTRY_IST_MC, "a machine check" },
	};
	unsigned int i = 0, vector = vcpu->save->abort;
	const uint64_t *gp;
	struct kvm_sregs s;
	struct kvm_regs r;

	if (vcpu->quiet)
		return;
	while (i < 2 && aborts[i].vector != vector)
		i++;
	gp = (const uint64_t *)(vcpu->region + ENTRY_STACK_END(aborts[i].ist)) - ENTRY_ABORT_WORDS;
	fprintf(stderr, "the vcpu can't go on: %s (vector %u, error code %#llx) in %s\n",
		aborts[i].name, vector, (unsigned long long)gp[15],
		gp[17] & 3 ? "user code" : "guest-entry");
	if (regs_read(vcpu, &r, &s) == 0) {
		r.rbp = gp[4];
		r.rbx = gp[5];
		r.rax = gp[10];
		r.rcx = gp[11];
		r.rdx = gp[12];
		r.rsi = gp[13];
		r.rdi = gp[14];
		r.rip = gp[16];
		s.cs.selector = gp[17];
		r.rflags = gp[18];
		r.rsp = gp[19];
		s.ss.selector = gp[20];
		regs_print(&r, &s);
	}
	entry_print(vcpu);
}
