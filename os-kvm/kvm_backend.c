// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_backend.c - the machine that the kvm backend runs user code in: made at the
 * start, memory added when the kernel knows it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <init.h>
#include <os.h>
#include <uml/aio.h>
#include <uml/kvm_backend.h>
#include <uml/interrupts.h>
#include <uml/kvm_probe.h>
#include <uml/task_regs.h>
#include <uml/table_work.h>
#include <uml/tsc.h>
#include <uml/user_abilities.h>
#include <uml/xstate.h>

/* An exit that costs so many ptrace round trips makes skas worth a try. */
#define DEAR_EXIT	3

#define PTE_TABLE_KERNEL 0x23	/* present, writable, accessed; not for user code */

struct vm kvm_vm = { .kvm = -1, .fd = -1 };
struct vcpu kvm_vcpu = { .fd = -1 };

static char report[300];

/* What user code can tell from a native CPU: tests leave these parts out by name */
static void gaps_add(const struct vcpu_features *f)
{
	const struct {
		int native;
		const char *name;
	} parts[] = {
		{ f->selectors, "selectors" },
		{ f->flag_nt, "nt" },
		{ f->breakpoints, "breakpoints" },
		{ f->int_faults, "int" },
		{ f->gp_faults, "gp" },
		{ f->tsc_denied, "tsd" },
	};
	size_t len = strlen(report);
	unsigned int i, gaps = 0;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!parts[i].native) {
			gaps++;
			len += snprintf(report + len, sizeof(report) - len, " %s",
					parts[i].name);
		}
	snprintf(report + len, sizeof(report) - len, gaps ? "\n" : " nothing known\n");
}

static void report_make(const struct kvm_probe *p)
{
	const struct vcpu_features *f = &p->features;

	snprintf(report, sizeof(report), "backend: %s paging, %s, %s, an exit costs %lu.%lu us, ptrace %lu.%lu us\nnot as native:",
		 f->shadow_paging ? "shadow" : "nested",
		 f->syscall_faults ? "system calls by page fault" : "system calls by SYSCALL",
		 f->xsave_cpl0 ? "extended state switched in the guest" :
		 "extended state switched by ioctl",
		 p->exit_ns / 1000, p->exit_ns / 100 % 10, p->ptrace_ns / 1000,
		 p->ptrace_ns / 100 % 10);
	gaps_add(f);
}

static void kvm_kick(void)
{
	vcpu_kick(&kvm_vcpu);
}

const char *kvm_report(void)
{
	return report;
}

/* The region's place: the last GiB that 39 address bits can reach, or fewer. */
static uint64_t region_place(const struct kvm_probe *p)
{
	unsigned int bits = p->features.address_bits < 39 ? p->features.address_bits : 39;

	return (1ULL << bits) - (1ULL << 30);
}

int kvm_start(char *why, unsigned int size)
{
	struct kvm_probe probe;
	int err = kvm_probe(&probe, NULL);

	if (err) {
		snprintf(why, size, "%s", probe.why);
		return err;
	}
	err = vm_open(&kvm_vm);
	if (!err)
		err = vcpu_create(&kvm_vcpu, &kvm_vm, 0, region_place(&probe), &probe.features);
	if (err) {
		snprintf(why, size, "%s", kvm_vm.why);
		vm_close(&kvm_vm);
		return err;
	}
	kvm_vcpu.save->features = kvm_vcpu.features.xcr0;
	report_make(&probe);
	xstate_info_set(kvm_vcpu.features.xcr0, kvm_vcpu.features.xstate_size);
	task_regs_init(ENTRY_USER_CS, ENTRY_USER_SS);
	host_kick = kvm_kick;
	aio_exit_cost(probe.exit_ns);
	user_abilities = (kvm_vcpu.features.breakpoints ? CAN_BREAK : 0) |
		(kvm_vcpu.features.tsc_denied ? CAN_DENY_TSC : 0) |
		(kvm_vcpu.features.cpuid_denied ? CAN_DENY_CPUID : 0);
	user_tsc_usable = kvm_vcpu.features.tsc_aligned;
	table_work_wanted = kvm_vcpu.features.shadow_paging;
	if (probe.exit_ns > DEAR_EXIT * probe.ptrace_ns && probe.ptrace_ns)
		snprintf(why, size, "an exit costs %lu us on this host, ptrace %lu.%lu us: backend=skas may be faster",
			 probe.exit_ns / 1000, probe.ptrace_ns / 1000,
			 probe.ptrace_ns / 100 % 10);
	return 0;
}

int kvm_memory_add(unsigned long gpa, unsigned long size, void *hva, const char *kind)
{
	int err = vm_slot_add(&kvm_vm, gpa, size, hva, kind);

	if (err)
		os_warn("backend kvm: %s\n", kvm_vm.why);
	return err;
}

void kvm_root_init(unsigned long *root)
{
	root[ENTRY_PML4_SLOT] = kvm_vm.entry_table_gpa | PTE_TABLE_KERNEL;
}

void kvm_entry_region(unsigned long *start, unsigned long *end)
{
	*start = kvm_vcpu.region_gva;
	*end = kvm_vcpu.region_gva + ENTRY_MEMORY_SIZE;
}

const char *kvm_count(unsigned int i, unsigned long *value)
{
	static const char *const names[] = {
#define X(name)	#name,
		EXIT_LIST(X)
#undef X
	};

	if (i >= EXIT_KINDS)
		return NULL;
	*value = kvm_vcpu.counts[i];
	return names[i];
}

static int __init probe_print(char *line, int *add)
{
	struct kvm_probe probe;
	int err = kvm_probe(&probe, stdout);

	if (err)
		printf("backend kvm: not possible: %s\n", probe.why);
	else
		printf("backend kvm: possible\n");
	exit(err ? 1 : 0);
}

__uml_setup("--probe", probe_print,
"--probe\n"
"    Finds out what the KVM of this host can do, prints it, and exits with\n"
"    status 0 if backend=kvm is possible, with 1 if not.\n\n"
);
