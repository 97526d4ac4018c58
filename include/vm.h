/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vm.h - a virtual machine of KVM and its memory slots. Host objects only.
 *
 * Functions return 0 or -errno, and then vm->why says in words what failed.
 * Documentation/virt/kvm/api.rst has the ioctls.
 */
#ifndef UML_VM_H
#define UML_VM_H

#include <stdint.h>

#define VM_SLOTS	8
#define VM_WHY		200

/**
 * struct vm_slot - guest-physical memory that is memory of this process
 * @gpa:	guest-physical address, a multiple of the page size
 * @size:	bytes, a multiple of the page size
 * @hva:	where it is in this process
 * @kind:	what it is, for messages: "memory", "iomem", "guest-entry"
 */
struct vm_slot {
	uint64_t gpa;
	uint64_t size;
	void *hva;
	const char *kind;
};

/**
 * struct vm - the virtual machine
 * @kvm, @fd:	/dev/kvm and the machine, both O_CLOEXEC
 * @slots:	the memory slots; a slot's number is its index
 * @address_bits: width of a guest-physical address
 * @entry_table: the PDPT of all vcpus' regions, in the first one's memory;
 *		@entry_table_gpa: what PML4 entry ENTRY_PML4_SLOT has to point to
 * @why:	text of the last failure
 */
struct vm {
	int kvm;
	int fd;
	struct vm_slot slots[VM_SLOTS];
	unsigned int slot_count;
	unsigned int address_bits;
	uint64_t *entry_table;
	uint64_t entry_table_gpa;
	char why[VM_WHY];
};

/**
 * vm_open() - open /dev/kvm, check that it offers what is needed, create a
 *		machine without memory
 *
 * The texts in vm->why tell what to do where the user can do something: no
 * device, no permission, in use by another hypervisor, capability missing.
 */
extern int vm_open(struct vm *vm);

/* Close both descriptors: the machine and its vcpus (if closed too) are gone. */
extern void vm_close(struct vm *vm);

/**
 * vm_slot_add() - add a memory slot
 */
extern int vm_slot_add(struct vm *vm, uint64_t gpa, uint64_t size, void *hva,
		       const char *kind);

/**
 * vm_fail() - fill in vm->why, printf-like, and return @err
 */
extern int vm_fail(struct vm *vm, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
