// SPDX-License-Identifier: GPL-2.0
/*
 * cpuid.c - what the vcpu's CPUID says: what the host's does, less what does
 * not work in the guest. The extended state (XCR0) follows from it.
 *
 * Intel SDM vol. 2, CPUID; KVM api.rst, KVM_GET_SUPPORTED_CPUID.
 */
#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include <uml/vcpu.h>

#define ENTRIES		256

/* XCR0 bits */
#define XCR0_FPSSE	3ULL
#define XCR0_KNOWN	(XCR0_FPSSE | 1ULL << 2 | 7ULL << 5)	/* and AVX, AVX-512 */

/*
 * Not offered: protection keys and shadow stacks need state that the kernel
 * does not switch, tile registers need a permission of the host; what is of
 * the supervisor is no use.
 */
#define LEAF1_ECX_OFF	(1u << 3 | 1u << 5 | 1u << 21 | 1u << 24) /* MONITOR VMX x2APIC TSC-deadline */
#define LEAF7_ECX_OFF	(1u << 3 | 1u << 4 | 1u << 7)	/* PKU OSPKE SHSTK */
#define LEAF7_EDX_OFF	(1u << 20 | 1u << 22 | 1u << 24 | 1u << 25) /* IBT AMX */
#define LEAF81_ECX_OFF	(1u << 2)			/* SVM */

#define ADDRESS_BITS	36	/* of a CPU that does not say how many (SDM vol. 3, 4.1.4) */

#define LEAF_HYPERVISOR		0x40000000u
#define LEAF_HYPERVISOR_MAX	16u	/* leaves at most; hosts have a few */

struct cpuid_list {
	struct kvm_cpuid2 head;
	struct kvm_cpuid_entry2 entry[ENTRIES];
};

static struct kvm_cpuid_entry2 *entry_find(struct cpuid_list *list, uint32_t leaf,
					   uint32_t subleaf)
{
	unsigned int i;

	for (i = 0; i < list->head.nent; i++)
		if (list->entry[i].function == leaf && list->entry[i].index == subleaf)
			return &list->entry[i];
	return NULL;
}

/* The XCR0 features offered, and the bytes that they take, non-compacted. */
static void xstate_choose(struct vcpu *vcpu, struct cpuid_list *list)
{
	struct vcpu_features *f = &vcpu->features;
	struct kvm_cpuid_entry2 *e = entry_find(list, 0xd, 0);
	struct kvm_cpuid_entry2 *one = entry_find(list, 1, 0);
	unsigned int i;

	f->xcr0 = 0;
	f->xstate_size = 512;
	if (e == NULL || one == NULL || !(one->ecx & 1u << 26))
		return;
	f->xcr0 = (e->eax | (uint64_t)e->edx << 32) & XCR0_KNOWN;
	if ((f->xcr0 & XCR0_FPSSE) != XCR0_FPSSE) {
		f->xcr0 = 0;
		return;
	}
	f->xstate_size = 576;
	for (i = 2; i < 63; i++) {
		if (!(f->xcr0 & 1ULL << i))
			continue;
		e = entry_find(list, 0xd, i);
		if (e && e->eax + e->ebx > f->xstate_size)
			f->xstate_size = e->eax + e->ebx;
	}
}

static void leaf_mask(struct vcpu *vcpu, struct kvm_cpuid_entry2 *e)
{
	const struct vcpu_features *f = &vcpu->features;

	switch (e->function) {
	case 1:
		e->ebx &= 0x0000ffff;	/* one logical processor, APIC 0 */
		e->ebx |= 1 << 16;
		e->ecx &= ~LEAF1_ECX_OFF;
		break;
	case 7:
		if (e->index == 0) {
			e->ecx &= ~LEAF7_ECX_OFF;
			e->edx &= ~LEAF7_EDX_OFF;
		}
		break;
	case 0xb:
	case 0x1f:
		e->edx = 0;
		break;
	case 0xd:
		if (e->index == 0) {
			e->eax &= f->xcr0;
			e->edx &= f->xcr0 >> 32;
			e->ebx = e->ecx = f->xstate_size;
		} else if (e->index == 1) {
			e->eax &= ~(1u << 3);	/* XSAVES is of the supervisor */
			e->ecx = e->edx = 0;
		} else if (e->index < 63 && !(f->xcr0 & 1ULL << e->index)) {
			e->eax = e->ebx = e->ecx = e->edx = 0;
		}
		break;
	case 0x1d:
	case 0x1e:
		e->eax = e->ebx = e->ecx = e->edx = 0;
		break;
	case 0x80000001:
		e->ecx &= ~LEAF81_ECX_OFF;
		break;
	}
}

static int xcr0_set(struct vcpu *vcpu)
{
	struct kvm_xcrs xcrs = { .nr_xcrs = 1 };

	/* else XCR0 is the host's and not ours to set */
	if (vcpu->features.xcr0 == 0 || vcpu->features.native_cpl3)
		return 0;
	xcrs.xcrs[0].value = vcpu->features.xcr0;
	if (ioctl(vcpu->fd, KVM_SET_XCRS, &xcrs) < 0) {
		int err = -errno;

		return vm_fail(vcpu->vm, err, "KVM_SET_XCRS(%#llx): %s",
			       (unsigned long long)vcpu->features.xcr0, strerror(-err));
	}
	return 0;
}

/* User code sees the host's CPU anyway: tell so. */
static void leaf_native(struct kvm_cpuid_entry2 *e)
{
	/* behind the last leaf that it has a CPU answers with another one's */
	if (e->function > __get_cpuid_max(e->function & 0x80000000, NULL))
		return;
	switch (e->function) {
	case 1:
	case 7:
	case 0xd:
	case 0x80000001:
	case 0x80000007:
	case 0x80000008:
		__cpuid_count(e->function, e->index, e->eax, e->ebx, e->ecx, e->edx);
	}
}

/*
 * A process sees what its host sees: whether that is a virtual machine, and whose,
 * not that KVM stands in between; nothing here uses what KVM offers to kernels.
 */
static void hypervisor_leaves(struct cpuid_list *list)
{
	uint32_t a, b, c, d, leaf, last;
	unsigned int i, kept = 0;
	int virtual;

	__cpuid(1, a, b, c, d);
	virtual = c >> 31;
	for (i = 0; i < list->head.nent; i++) {
		if (list->entry[i].function >> 16 == LEAF_HYPERVISOR >> 16)
			continue;
		list->entry[kept] = list->entry[i];
		if (list->entry[kept].function == 1)
			list->entry[kept].ecx = (list->entry[kept].ecx & ~(1u << 31)) |
				(uint32_t)virtual << 31;
		kept++;
	}
	if (virtual) {
		__cpuid(LEAF_HYPERVISOR, last, b, c, d);
		if (last < LEAF_HYPERVISOR)	/* some say 0 and have the next one */
			last = LEAF_HYPERVISOR + 1;
		if (last - LEAF_HYPERVISOR > LEAF_HYPERVISOR_MAX)
			last = LEAF_HYPERVISOR + LEAF_HYPERVISOR_MAX;
		for (leaf = LEAF_HYPERVISOR; leaf <= last && kept < ENTRIES; leaf++) {
			__cpuid(leaf, a, b, c, d);
			list->entry[kept++] = (struct kvm_cpuid_entry2){
				.function = leaf, .eax = a, .ebx = b, .ecx = c, .edx = d,
			};
		}
	}
	list->head.nent = kept;
}

/* What guest-entry and 64-bit user code can't do without. */
static int needed_check(struct vcpu *vcpu, struct cpuid_list *list)
{
	struct kvm_cpuid_entry2 *e = entry_find(list, 0x80000001, 0);
	struct kvm_cpuid_entry2 *seven = entry_find(list, 7, 0);	/* old CPUs: none */

	if (e == NULL || !(e->edx & 1u << 29) || !(e->edx & 1u << 11))
		return vm_fail(vcpu->vm, -ENOTSUP, "the guest's CPU has no 64-bit mode");
	if (!(e->edx & 1u << 20))
		return vm_fail(vcpu->vm, -ENOTSUP, "the guest's CPU has no NX");
	e = entry_find(list, 0x80000008, 0);
	vcpu->features.address_bits = vcpu->vm->address_bits =
		e && e->eax & 0xff ? e->eax & 0xff : ADDRESS_BITS;
	if (seven == NULL)
		return 0;
	if (seven->ebx & 1u)
		vcpu->features.fsgsbase = 1;
	if (seven->ebx & 1u << 7)
		vcpu->features.smep = 1;
	if (seven->ecx & 1u << 2)
		vcpu->features.umip = 1;
	return 0;
}

int vcpu_cpuid_set(struct vcpu *vcpu)
{
	struct cpuid_list *list = calloc(1, sizeof(*list));
	unsigned int i;
	int err = 0;

	if (list == NULL)
		return vm_fail(vcpu->vm, -ENOMEM, "no memory for CPUID");
	list->head.nent = ENTRIES;
	if (ioctl(vcpu->vm->kvm, KVM_GET_SUPPORTED_CPUID, list) < 0) {
		err = -errno;
		vm_fail(vcpu->vm, err, "KVM_GET_SUPPORTED_CPUID: %s", strerror(-err));
		goto out;
	}
	err = needed_check(vcpu, list);
	if (err)
		goto out;
	for (i = 0; i < list->head.nent && vcpu->features.native_cpl3; i++)
		leaf_native(&list->entry[i]);
	hypervisor_leaves(list);
	xstate_choose(vcpu, list);
	for (i = 0; i < list->head.nent; i++)
		leaf_mask(vcpu, &list->entry[i]);
	if (ioctl(vcpu->fd, KVM_SET_CPUID2, list) < 0) {
		err = -errno;
		vm_fail(vcpu->vm, err, "KVM_SET_CPUID2: %s", strerror(-err));
	}
out:
	free(list);
	return err ? err : xcr0_set(vcpu);
}
