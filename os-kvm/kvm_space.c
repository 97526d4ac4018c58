// SPDX-License-Identifier: GPL-2.0
/*
 * kvm_space.c - page tables on the way into the guest: CR3, what the TLB has to
 * forget, and on hosts with shadow paging the entries that have to be stored again.
 *
 * The kernel writes the tables and notes each present entry that it takes away or
 * replaces (tlb_work.h). Nothing of it is done before the next entry to user mode:
 * until then no user code runs that could use an old translation.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>
#include <os.h>
#include <uml/kvm_backend.h>
#include <uml/table_work.h>
#include <uml/user_space.h>

/*
 * Too many entries: have KVM forget all it knows of the memory, by taking the
 * slots away and giving them back.
 */
static int slots_renew(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	unsigned int i;

	vcpu->counts[EXIT_slot_renewals]++;
	for (i = 0; i < vm->slot_count; i++) {
		struct vm_slot *slot = &vm->slots[i];
		struct kvm_userspace_memory_region region = {
			.slot = i,
			.guest_phys_addr = slot->gpa,
			.userspace_addr = (uintptr_t)slot->hva,
		};

		if (slot->hva == vcpu->region)
			continue;
		vcpu->counts[EXIT_host_calls] += 2;
		if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) < 0)
			return -errno;
		region.memory_size = slot->size;
		if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) < 0)
			return -errno;
	}
	return 0;
}

static int entries_load(struct vcpu *vcpu, unsigned int *work)
{
	unsigned int count = table_work.count;
	int err;

	if (count == 0)
		return 0;
	if (table_work_overflow(&table_work)) {
		err = slots_renew(vcpu);
		if (err)
			return err;
	} else {
		memcpy(vcpu->region + ENTRY_LIST, table_work.entry, count * sizeof(uint64_t));
		vcpu->save->entries = count;
		vcpu->counts[EXIT_entry_stores] += count;
		*work |= WORK_ENTRIES;
	}
	/* KVM looks at the entries of a table again when CR3 is loaded */
	*work |= WORK_CR3;
	table_work_clear(&table_work);
	return 0;
}

int kvm_space_load(struct vcpu *vcpu, unsigned int *work)
{
	struct tlb_work *tlb = user_space_tlb();
	struct save_area *save = vcpu->save;
	int err;

	err = entries_load(vcpu, work);
	if (err)
		return err;
	save->cr3 = user_space_root();
	if (save->cr3 != vcpu->root || tlb->count > TLB_WORK_PAGES)
		*work |= WORK_CR3;
	if (*work & WORK_CR3) {
		vcpu->counts[EXIT_cr3_loads]++;
		vcpu->root = save->cr3;
	} else if (tlb->count) {
		memcpy(save->page, tlb->page, tlb->count * sizeof(uint64_t));
		save->pages = tlb->count;
		vcpu->counts[EXIT_page_flushes] += tlb->count;
		*work |= WORK_PAGES;
	}
	tlb_work_clear(tlb);
	return 0;
}
