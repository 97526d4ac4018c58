// SPDX-License-Identifier: GPL-2.0
/*
 * guest.c - see guest.h.
 */
#include <unistd.h>
#include <sys/mman.h>
#include "guest.h"

#define PF_FETCH_OF_ENTRY 0x15	/* present, user, fetch */

uint64_t page_take(struct guest *g)
{
	uint64_t gpa = MEMORY_GPA + g->used;

	CHECK(g->used < MEMORY_SIZE, "the guest's memory is used up");
	g->used += PAGE;
	memset(page_at(g, gpa), 0, PAGE);
	return gpa;
}

void *page_at(struct guest *g, uint64_t gpa)
{
	uint64_t offset = (gpa & PTE_ADDRESS) - MEMORY_GPA;

	CHECK(offset < MEMORY_SIZE, "%#lx is not in the guest's memory", gpa);
	return g->memory + offset;
}

uint64_t *entry_at(struct guest *g, uint64_t root, uint64_t address, int level)
{
	uint64_t *table = page_at(g, root);
	int at;

	for (at = 4; at > level; at--) {
		uint64_t *entry = &table[address >> (12 + 9 * (at - 1)) & 511];

		if (*entry == 0)
			*entry = page_take(g) | PTE_TABLE;
		table = page_at(g, *entry);
	}
	return &table[address >> (12 + 9 * (level - 1)) & 511];
}

uint64_t entry_gpa(struct guest *g, uint64_t root, uint64_t address, int level)
{
	return MEMORY_GPA + ((char *)entry_at(g, root, address, level) - g->memory);
}

uint64_t root_empty(struct guest *g)
{
	uint64_t root = page_take(g);

	((uint64_t *)page_at(g, root))[ENTRY_PML4_SLOT] =
		g->vm.entry_table_gpa | PTE_P | PTE_W | 0x20;
	return root;
}

uint64_t root_make(struct guest *g)
{
	uint64_t root = root_empty(g), offset, page;

	for (offset = 0; offset < (uint64_t)(user_end - user_start); offset += PAGE) {
		page = page_take(g);
		memcpy(page_at(g, page), user_start + offset, PAGE);
		*entry_at(g, root, USER_CODE + offset, 1) = page | PTE_CODE;
	}
	*entry_at(g, root, USER_SCRATCH, 1) = g->scratch | PTE_CODE;
	*entry_at(g, root, USER_DATA, 1) = g->data | PTE_DATA;
	*entry_at(g, root, USER_STACK - PAGE, 1) = page_take(g) | PTE_DATA;
	return root;
}

void guest_vcpu(struct guest *g, struct vcpu *vcpu, unsigned int number)
{
	int err = vcpu_create(vcpu, &g->vm, number, REGION_GPA(number), &probe->features);

	CHECK(err == 0, "vcpu_create: %s", g->vm.why);
	if (!probe->features.fsgsbase && !probe->features.native_cpl3)
		entry_segments_skip(vcpu->region, 1);
}

void guest_start(struct guest *g)
{
	int err;

	memset(g, 0, sizeof(*g));
	err = vm_open(&g->vm);
	CHECK(err == 0, "vm_open: %s", g->vm.why);
	guest_vcpu(g, &g->vcpu, 0);
	g->memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(g->memory != MAP_FAILED);
	err = vm_slot_add(&g->vm, MEMORY_GPA, MEMORY_SIZE, g->memory, "memory");
	CHECK(err == 0, "vm_slot_add: %s", g->vm.why);
	g->data = page_take(g);
	g->scratch = page_take(g);
	g->root = root_make(g);
	user_set(&g->vcpu, 0);
	root_set(&g->vcpu, g->root);
	g->vcpu.save->leave = LEAVE_DONE;
	user_run(&g->vcpu);
	CHECK(g->vcpu.save->vector == ENTRY_DONE, "%s", event_name(g->vcpu.save));
}

void user_set(struct vcpu *vcpu, uint64_t address)
{
	struct save_area *save = vcpu->save;

	REG(save, RIP) = address;
	REG(save, CS) = ENTRY_USER_CS;
	REG(save, RFLAGS) = FLAGS_PLAIN;
	REG(save, RSP) = USER_STACK;
	REG(save, SS) = ENTRY_USER_SS;
	save->leave = LEAVE_IRET;
	save->work = 0;
}

void root_set(struct vcpu *vcpu, uint64_t root)
{
	vcpu->save->cr3 = vcpu->root = root;
	vcpu->save->work |= WORK_CR3;
}

/* As the kernel's side of it does, see syscall_faults in vcpu.h. */
void syscall_adjust(struct vcpu *vcpu)
{
	struct save_area *save = vcpu->save;

	if (probe->features.syscall_faults && save->vector == VECTOR_PF &&
	    REG(save, ERROR) == PF_FETCH_OF_ENTRY && REG(save, RIP) == save->cr2 &&
	    save->cr2 == vcpu->region_gva + guest_entry_offset_syscall) {
		save->vector = ENTRY_SYSCALL;
		REG(save, RIP) = REG(save, RCX);
		REG(save, RFLAGS) = REG(save, R11);
	}
	if (save->vector == ENTRY_SYSCALL) {
		REG(save, CS) = ENTRY_USER_CS;
		REG(save, SS) = ENTRY_USER_SS;
	}
}

void user_run(struct vcpu *vcpu)
{
	int err = vcpu_run(vcpu);

	CHECK(err == 0, "vcpu_run: %s", strerror(-err));
	syscall_adjust(vcpu);
}

void user_call(struct vcpu *vcpu, uint64_t address)
{
	unsigned int work = vcpu->save->work;

	user_set(vcpu, address);
	vcpu->save->work = work;
	user_run(vcpu);
	CHECK(vcpu->save->vector == ENTRY_SYSCALL, "%s instead of a system call",
	      event_name(vcpu->save));
	vcpu->save->work = 0;
}

static uint64_t pattern(uint64_t seed, unsigned int i)
{
	return (seed + i) * 0x9e3779b97f4a7c15UL ^ (uint64_t)i << 56;
}

void registers_fill(struct save_area *save, uint64_t seed)
{
	unsigned int i;

	for (i = 0; i < REGISTERS; i++)
		save->gp[i] = pattern(seed, i);
}

void registers_check(const struct save_area *save, uint64_t seed, uint64_t flip,
		     unsigned int except, const char *what)
{
	unsigned int i;

	for (i = 0; i < REGISTERS; i++)
		CHECK(except & 1u << i || save->gp[i] == (pattern(seed, i) ^ flip),
		      "%s: gp[%u] is %#lx, not %#lx", what, i, save->gp[i],
		      pattern(seed, i) ^ flip);
}

const char *event_name(const struct save_area *save)
{
	static char name[200];

	snprintf(name, sizeof(name), "vector %#x error %#lx rip %#lx cs %#lx rflags %#lx cr2 %#lx dr6 %#lx",
		 save->vector, REG(save, ERROR), REG(save, RIP), REG(save, CS),
		 REG(save, RFLAGS), save->cr2, save->dr6);
	return name;
}

static int caught = -1, real_stderr;

void stderr_catch(void)
{
	fflush(stderr);
	caught = memfd_create("stderr", MFD_CLOEXEC);
	real_stderr = dup(2);
	CHECK(caught >= 0 && real_stderr >= 0 && dup2(caught, 2) == 2);
}

const char *stderr_text(void)
{
	static char text[4096];
	ssize_t n;

	fflush(stderr);
	n = pread(caught, text, sizeof(text) - 1, 0);
	CHECK(n >= 0 && dup2(real_stderr, 2) == 2);
	text[n] = 0;
	close(caught);
	close(real_stderr);
	return text;
}
