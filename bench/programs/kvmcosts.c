// SPDX-License-Identifier: GPL-2.0
/*
 * kvmcosts.c - what one KVM_RUN costs on this host: a vcpu in 64-bit mode at
 * CPL 0 does nothing but write to a port, again and again. No system call of a
 * guest that the process serves can be cheaper.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define MEMORY	(64ul << 10)
#define PML4	0x1000ul
#define PDPT	0x2000ul
#define PD	0x3000ul
#define CODE	0x4000ul
#define PORT	0x10
#define TABLE	3	/* present, writable */
#define LARGE	0x83	/* ... and a 2 MiB page */

#define CR0	0x80010033ul	/* PE MP ET NE WP PG */
#define CR4	0x20ul		/* PAE */
#define EFER	0x500ul		/* LME LMA */

static int kvm = -1, vm = -1, vcpu = -1;
static struct kvm_run *run;
static size_t run_size;
static char *memory;

static void tables_make(void)
{
	static const uint8_t code[] = { 0xe6, PORT, 0xeb, 0xfc }; /* out; jmp */

	*(uint64_t *)(memory + PML4) = PDPT | TABLE;
	*(uint64_t *)(memory + PDPT) = PD | TABLE;
	*(uint64_t *)(memory + PD) = LARGE;
	memcpy(memory + CODE, code, sizeof(code));
}

static void vm_make(void)
{
	struct kvm_userspace_memory_region slot = { .memory_size = MEMORY };

	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		SKIP("/dev/kvm: %s", strerror(errno));
	CHECK(ioctl(kvm, KVM_GET_API_VERSION, 0) == 12);
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		SKIP("KVM_CREATE_VM: %s", strerror(errno));
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(memory != MAP_FAILED);
	tables_make();
	slot.userspace_addr = (uintptr_t)memory;
	CHECK_SYS(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &slot));
	vcpu = CHECK_SYS(ioctl(vm, KVM_CREATE_VCPU, 0));
	run_size = CHECK_SYS(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
	run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	CHECK(run != MAP_FAILED);
}

static void run_begin(void)
{
	struct kvm_segment code = { .limit = ~0u, .selector = 8, .type = 11,
				    .present = 1, .s = 1, .l = 1, .g = 1 };
	struct kvm_segment data = { .limit = ~0u, .selector = 16, .type = 3,
				    .present = 1, .s = 1, .db = 1, .g = 1 };
	struct kvm_regs regs = { .rip = CODE, .rflags = 2 };
	struct kvm_sregs sregs;

	vm_make();
	CHECK_SYS(ioctl(vcpu, KVM_GET_SREGS, &sregs));
	sregs.cr0 = CR0;
	sregs.cr3 = PML4;
	sregs.cr4 = CR4;
	sregs.efer = EFER;
	sregs.cs = code;
	sregs.ds = sregs.es = sregs.fs = sregs.gs = sregs.ss = data;
	CHECK_SYS(ioctl(vcpu, KVM_SET_SREGS, &sregs));
	CHECK_SYS(ioctl(vcpu, KVM_SET_REGS, &regs));
}

static unsigned long out_run(unsigned long ops)
{
	unsigned long i;

	for (i = 0; i < ops; i++) {
		CHECK(!ioctl(vcpu, KVM_RUN, 0) || errno == EINTR, "%s",
		      strerror(errno));
		CHECK(run->exit_reason == KVM_EXIT_IO && run->io.port == PORT,
		      "exit reason %u", run->exit_reason);
	}
	return ops;
}

static void run_end(void)
{
	CHECK_SYS(munmap(run, run_size));
	CHECK_SYS(close(vcpu));
	CHECK_SYS(close(vm));
	CHECK_SYS(close(kvm));
	CHECK_SYS(munmap(memory, MEMORY));
}

static const struct figure figures[] = {
	{ "host/kvm-run", "ns", run_begin, out_run, run_end, 0 },
};

BENCH_MAIN(figures)
