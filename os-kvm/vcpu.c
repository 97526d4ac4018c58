// SPDX-License-Identifier: GPL-2.0
/*
 * vcpu.c - create a vcpu and put it into 64-bit mode at guest-entry's door. All
 * registers are set here, once; from then on the guest loads what it needs.
 *
 * KVM api.rst; Intel SDM vol. 3, 2.5 (CR0, CR4), 9.8.5 (64-bit mode), vol. 4 (MSRs).
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <linux/kvm.h>
#include <uml/vcpu.h>

#define CR0_ON	0x80050033	/* PG AM WP NE ET MP PE */
#define CR4_ON	0x00000620	/* OSXMMEXCPT OSFXSR PAE */
#define CR4_UMIP	(1 << 11)
#define CR4_FSGSBASE	(1 << 16)
#define CR4_OSXSAVE	(1 << 18)
#define CR4_SMEP	(1 << 20)
#define EFER_ON	0xd01		/* NX LMA LME SCE */

#define MSR_STAR	0xc0000081
#define MSR_LSTAR	0xc0000082
#define MSR_SFMASK	0xc0000084
#define MSR_TSC_AUX	0xc0000103
/* all that a system call can bring in but the bit that is always 1 */
#define SFMASK_ALL	0x003f7fd5

static struct kvm_segment segment(uint16_t selector, uint64_t base, uint32_t limit,
				  uint8_t type)
{
	return (struct kvm_segment){
		.selector = selector, .base = base, .limit = limit, .type = type,
		.present = 1, .dpl = selector & 3,
	};
}

/*
 * Where user code can use XSAVE whatever CR4 says, the bit still makes CPUID tell
 * so, if KVM takes it.
 */
static int native_osxsave_set(struct vcpu *vcpu, const struct kvm_sregs *s)
{
	struct kvm_sregs with = *s;

	if (!vcpu->features.native_cpl3 || !vcpu->features.xcr0)
		return 0;
	with.cr4 |= CR4_OSXSAVE;
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &with) < 0)
		return 0;
	vcpu->root = s->cr3;
	return 1;
}

static int sregs_set(struct vcpu *vcpu)
{
	struct kvm_sregs s;
	int err;

	if (ioctl(vcpu->fd, KVM_GET_SREGS, &s) < 0)
		goto fail;
	s.cs = segment(ENTRY_KERNEL_CS, 0, ~0u, 11);
	s.cs.l = s.cs.s = s.cs.g = 1;
	s.ss = segment(ENTRY_KERNEL_SS, 0, ~0u, 3);
	s.ss.db = s.ss.s = s.ss.g = 1;
	s.ds = segment(0, 0, 0, 0);
	s.ds.present = 0;
	s.ds.unusable = 1;
	s.es = s.fs = s.gs = s.ds;
	s.ldt = s.ds;
	s.tr = segment(ENTRY_TSS_SELECTOR, vcpu->region_gva + ENTRY_TSS, 103, 11);
	s.gdt.base = vcpu->region_gva + ENTRY_GDT;
	s.gdt.limit = ENTRY_GDT_SIZE - 1;
	s.idt.base = vcpu->region_gva + ENTRY_IDT;
	s.idt.limit = ENTRY_VECTORS * 16 - 1;
	s.cr0 = CR0_ON;
	s.cr3 = vcpu->region_gpa + ENTRY_ROOT;
	s.cr4 = CR4_ON;
	if (vcpu->features.xcr0 && !vcpu->features.native_cpl3)
		s.cr4 |= CR4_OSXSAVE;
	if (vcpu->features.fsgsbase)
		s.cr4 |= CR4_FSGSBASE;
	if (vcpu->features.smep)
		s.cr4 |= CR4_SMEP;
	if (vcpu->features.umip)
		s.cr4 |= CR4_UMIP;
	s.efer = EFER_ON;
	if (native_osxsave_set(vcpu, &s))
		return 0;
	if (ioctl(vcpu->fd, KVM_SET_SREGS, &s) < 0)
		goto fail;
	vcpu->root = s.cr3;
	return 0;
fail:
	err = -errno;
	return vm_fail(vcpu->vm, err, "KVM_SET_SREGS: %s", strerror(-err));
}

static int regs_set(struct vcpu *vcpu)
{
	struct kvm_regs r = {
		.rip = vcpu->region_gva + guest_entry_offset_enter,
		.rflags = 2,
	};
	int err;

	if (ioctl(vcpu->fd, KVM_SET_REGS, &r) == 0)
		return 0;
	err = -errno;
	return vm_fail(vcpu->vm, err, "KVM_SET_REGS: %s", strerror(-err));
}

static int msrs_set(struct vcpu *vcpu)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[4];
	} m = {
		.head.nmsrs = 3,
		.entry = {
			{ .index = MSR_STAR, .data = (uint64_t)(ENTRY_USER_SS - 8) << 48 |
				(uint64_t)ENTRY_KERNEL_CS << 32 },
			{ .index = MSR_LSTAR, .data = vcpu->region_gva + guest_entry_offset_syscall },
			{ .index = MSR_SFMASK, .data = SFMASK_ALL },
		},
	};
	int n = ioctl(vcpu->fd, KVM_SET_MSRS, &m);

	if (n == (int)m.head.nmsrs)
		return 0;
	return vm_fail(vcpu->vm, -EIO, "KVM_SET_MSRS: the guest's CPU refuses MSR %#x",
		       n < 0 ? 0 : m.entry[n].index);
}

/*
 * The guest's TSC is the host's: KVM's default starts it at 0. Whether that has
 * worked the probe finds out (tsc_aligned).
 */
static void tsc_align(struct vcpu *vcpu)
{
	uint64_t offset = 0;
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uintptr_t)&offset,
	};

	if (ioctl(vcpu->fd, KVM_SET_DEVICE_ATTR, &attr) < 0)
		vcpu->features.tsc_aligned = 0;
}

static int state_set(struct vcpu *vcpu)
{
	int err = vcpu_cpuid_set(vcpu);

	if (!err)
		err = sregs_set(vcpu);
	if (!err)
		err = regs_set(vcpu);
	if (!err)
		err = msrs_set(vcpu);
	tsc_align(vcpu);
	return err;
}

static int region_make(struct vcpu *vcpu, unsigned int number, uint64_t gpa)
{
	struct vm *vm = vcpu->vm;

	vcpu->region = mmap(NULL, ENTRY_MEMORY_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (vcpu->region == MAP_FAILED) {
		vcpu->region = NULL;
		return vm_fail(vm, -ENOMEM, "no memory for guest-entry");
	}
	vcpu->region_gpa = gpa;
	vcpu->region_gva = ENTRY_BASE + (uint64_t)number * ENTRY_STRIDE;
	vcpu->save = (struct save_area *)(vcpu->region + ENTRY_SAVE);
	entry_region_fill(vm, vcpu->region, gpa, number);
	return vm_slot_add(vm, gpa, ENTRY_MEMORY_SIZE, vcpu->region, "guest-entry");
}

int vcpu_create(struct vcpu *vcpu, struct vm *vm, unsigned int number, uint64_t gpa,
		const struct vcpu_features *known)
{
	int err, size;

	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->vm = vm;
	if (known) {
		vcpu->features = *known;
		vm->address_bits = known->address_bits;
	}
	do
		vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, number);
	while (vcpu->fd < 0 && errno == EINTR);
	if (vcpu->fd < 0) {
		err = -errno;
		return vm_fail(vm, err, "KVM_CREATE_VCPU: %s", strerror(-err));
	}
	size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (size < (int)sizeof(struct kvm_run)) {
		err = vm_fail(vm, -EIO, "KVM_GET_VCPU_MMAP_SIZE says %d", size);
		goto fail;
	}
	vcpu->run_size = size;
	vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED) {
		vcpu->run = NULL;
		err = vm_fail(vm, -errno, "the vcpu's pages can't be mapped: %s", strerror(errno));
		goto fail;
	}
	err = region_make(vcpu, number, gpa);
	if (!err)
		err = state_set(vcpu);
	if (!err)
		return 0;
fail:
	vcpu_destroy(vcpu);
	return err;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	if (vcpu->run)
		munmap(vcpu->run, vcpu->run_size);
	if (vcpu->region)
		munmap(vcpu->region, ENTRY_MEMORY_SIZE);
	if (vcpu->fd >= 0)
		close(vcpu->fd);
	vcpu->run = NULL;
	vcpu->region = NULL;
	vcpu->fd = -1;
}
