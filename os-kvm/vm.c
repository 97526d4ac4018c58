// SPDX-License-Identifier: GPL-2.0
/*
 * vm.c - /dev/kvm, a virtual machine, its memory slots. See vm.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <linux/kvm.h>
#include <uml/vm.h>

#define DEVICE	"/dev/kvm"

int vm_fail(struct vm *vm, int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(vm->why, sizeof(vm->why), fmt, args);
	va_end(args);
	return err;
}

/* A name for the group of the device, without the name service: it is static. */
static void group_name(gid_t gid, char *name, size_t size)
{
	char line[256], found[64];
	unsigned int number;
	FILE *file = fopen("/etc/group", "re");

	snprintf(name, size, "number %u", gid);
	if (file == NULL)
		return;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%63[^:]:%*[^:]:%u", found, &number) == 2 && number == gid)
			snprintf(name, size, "%s", found);
	fclose(file);
}

static int device_fail(struct vm *vm, int err)
{
	struct stat st;
	char group[80];

	switch (err) {
	case ENOENT:
		return vm_fail(vm, -err, DEVICE ": does not exist; load kvm_intel or kvm_amd, or give this container the device");
	case ENXIO:
	case ENODEV:
		return vm_fail(vm, -err, DEVICE ": no hypervisor behind it; load kvm_intel or kvm_amd and enable virtualization in the firmware");
	case EACCES:
	case EPERM:
		if (stat(DEVICE, &st) < 0 || (st.st_mode & 0060) != 0060)
			return vm_fail(vm, -err, DEVICE ": %s", strerror(err));
		group_name(st.st_gid, group, sizeof(group));
		return vm_fail(vm, -err, DEVICE ": %s; add yourself to group %s",
			       strerror(err), group);
	}
	return vm_fail(vm, -err, DEVICE ": %s", strerror(err));
}

static const struct {
	int number;
	const char *name;
} needed[] = {
	{ KVM_CAP_USER_MEMORY, "KVM_CAP_USER_MEMORY" },
	{ KVM_CAP_SYNC_MMU, "KVM_CAP_SYNC_MMU" },
	{ KVM_CAP_EXT_CPUID, "KVM_CAP_EXT_CPUID" },
	{ KVM_CAP_IMMEDIATE_EXIT, "KVM_CAP_IMMEDIATE_EXIT" },
};

static int device_check(struct vm *vm)
{
	int version = ioctl(vm->kvm, KVM_GET_API_VERSION, 0);
	unsigned int i;

	if (version < 0)
		return vm_fail(vm, -errno, DEVICE ": KVM_GET_API_VERSION: %s", strerror(errno));
	if (version != 12)
		return vm_fail(vm, -ENOTSUP, DEVICE ": KVM_GET_API_VERSION says %d, not 12", version);
	for (i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (ioctl(vm->kvm, KVM_CHECK_EXTENSION, needed[i].number) <= 0)
			return vm_fail(vm, -ENOTSUP, DEVICE ": %s is missing", needed[i].name);
	return 0;
}

int vm_open(struct vm *vm)
{
	int err;

	memset(vm, 0, sizeof(*vm));
	vm->fd = -1;
	vm->address_bits = 36;
	vm->kvm = open(DEVICE, O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		return device_fail(vm, errno);
	err = device_check(vm);
	if (err) {
		vm_close(vm);
		return err;
	}
	do
		vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	while (vm->fd < 0 && errno == EINTR);
	if (vm->fd < 0) {
		err = -errno;
		vm_fail(vm, err, DEVICE ": KVM_CREATE_VM: %s%s", strerror(-err),
			err == -EBUSY ? "; another hypervisor has the CPU" : "");
		vm_close(vm);
		return err;
	}
	return 0;
}

void vm_close(struct vm *vm)
{
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->kvm >= 0)
		close(vm->kvm);
	vm->fd = vm->kvm = -1;
}

int vm_slot_add(struct vm *vm, uint64_t gpa, uint64_t size, void *hva, const char *kind)
{
	struct kvm_userspace_memory_region region = {
		.slot = vm->slot_count,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)hva,
	};
	int err;

	if (vm->slot_count == VM_SLOTS)
		return vm_fail(vm, -ENOSPC, "no memory slot left for %s", kind);
	if (gpa + size > 1ULL << vm->address_bits)
		return vm_fail(vm, -E2BIG, "the guest's CPU has %u address bits: too few for %s of %llu MiB",
			       vm->address_bits, kind, (unsigned long long)size >> 20);
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) < 0) {
		err = -errno;
		return vm_fail(vm, err, "memory slot for %s (%llu KiB at guest %#llx): %s", kind,
			       (unsigned long long)size >> 10, (unsigned long long)gpa,
			       strerror(-err));
	}
	vm->slots[vm->slot_count++] = (struct vm_slot){
		.gpa = gpa, .size = size, .hva = hva, .kind = kind,
	};
	return 0;
}
