// SPDX-License-Identifier: GPL-2.0
/*
 * probe_guest.c - see probe.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include "probe.h"

#define PAGE		4096UL
#define MEMORY_GPA	0x10000000UL
#define REGION_GPA	0x20000000UL
#define PTE_TABLE	0x67	/* present, writable, user, accessed, dirty */
#define PTE_ADDRESS	0x000ffffffffff000UL

#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU	31
#endif

static void *host_address(struct probe_guest *g, uint64_t gpa)
{
	return g->memory + ((gpa & PTE_ADDRESS) - MEMORY_GPA);
}

static uint64_t page_take(struct probe_guest *g)
{
	uint64_t gpa = MEMORY_GPA + g->used;

	g->used += PAGE;
	return gpa;
}

static uint64_t *entry_find(struct probe_guest *g, uint64_t address)
{
	uint64_t *table = host_address(g, g->root);
	int shift;

	for (shift = 39; shift > 12; shift -= 9) {
		uint64_t *entry = &table[address >> shift & 511];

		if (*entry == 0)
			*entry = page_take(g) | PTE_TABLE;
		table = host_address(g, *entry);
	}
	return &table[address >> 12 & 511];
}

uint64_t guest_entry_gpa(struct probe_guest *g, uint64_t address)
{
	return MEMORY_GPA + ((char *)entry_find(g, address) - g->memory);
}

void guest_map(struct probe_guest *g, uint64_t address, uint64_t page)
{
	*entry_find(g, address) = page | PTE_TABLE;
}

int guest_make(struct probe_guest *g)
{
	unsigned int i;
	int err;

	memset(g, 0, sizeof(*g));
	g->vcpu.fd = -1;
	err = vm_open(&g->vm);
	if (err)
		return err;
	err = vcpu_create(&g->vcpu, &g->vm, 0, REGION_GPA, NULL);
	if (err) {
		vm_close(&g->vm);
		return err;
	}
	g->memory = mmap(NULL, PROBE_PAGES * PAGE, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (g->memory == MAP_FAILED) {
		g->memory = NULL;
		err = vm_fail(&g->vm, -ENOMEM, "no memory for the probe");
		goto fail;
	}
	err = vm_slot_add(&g->vm, MEMORY_GPA, PROBE_PAGES * PAGE, g->memory, "the probe");
	if (err)
		goto fail;
	g->root = page_take(g);
	((uint64_t *)host_address(g, g->root))[ENTRY_PML4_SLOT] = g->vm.entry_table_gpa | 0x23;
	g->code = page_take(g);
	guest_map(g, PROBE_CODE, g->code);
	for (i = 0; i < 2; i++) {
		g->page[i] = page_take(g);
		*(uint64_t *)host_address(g, g->page[i]) = PROBE_TAG(i);
	}
	guest_map(g, PROBE_DATA, g->page[0]);
	g->vcpu.save->cr3 = g->root;
	return 0;
fail:
	guest_destroy(g);
	return err;
}

void guest_destroy(struct probe_guest *g)
{
	vcpu_destroy(&g->vcpu);
	vm_close(&g->vm);
	if (g->memory)
		munmap(g->memory, PROBE_PAGES * PAGE);
}

int guest_code_run(struct probe_guest *g, const uint8_t *code, unsigned int size,
		   unsigned int work)
{
	struct save_area *save = g->vcpu.save;

	memcpy(host_address(g, g->code), code, size);
	save->gp[16] = PROBE_CODE;
	save->gp[17] = ENTRY_USER_CS;
	save->gp[18] = 0x202 | g->flags;
	save->gp[20] = ENTRY_USER_SS;
	save->leave = LEAVE_IRET;
	save->work = work;
	if (g->vcpu.root != g->root)
		save->work |= WORK_CR3;
	g->vcpu.root = g->root;
	return vcpu_run(&g->vcpu);
}

/* An initial state: FCW, MXCSR, XSTATE_BV. */
void guest_xstate_fill(struct probe_guest *g)
{
	char *area = g->vcpu.region + ENTRY_XSTATE_IN;
	uint16_t fcw = 0x37f;
	uint32_t mxcsr = 0x1f80;

	memcpy(area, &fcw, sizeof(fcw));
	memcpy(area + 24, &mxcsr, sizeof(mxcsr));
	if (g->vcpu.features.xcr0)
		area[512] = 3;
}

/* Stopped, it would outlive a start that a signal ends. */
static void ptrace_child(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		_exit(1);
	raise(SIGSTOP);
	for (;;)
		syscall(SYS_getpid);
}

unsigned long ptrace_cost(void)
{
	struct user_regs_struct regs;
	struct timespec a, b;
	unsigned int i, rounds = 20;
	unsigned long ns = 0;
	pid_t parent = getpid();
	int status, pid = fork();

	if (pid < 0)
		return 0;
	if (pid == 0)
		ptrace_child(parent);
	if (waitpid(pid, &status, WUNTRACED) != pid)
		goto out;
	if (!WIFSTOPPED(status))	/* it may not be ptraced */
		return 0;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (i = 0; i < rounds; i++) {
		if (ptrace(PTRACE_SYSEMU, pid, 0, 0) < 0 ||
		    waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status) ||
		    ptrace(PTRACE_GETREGS, pid, 0, &regs) < 0 ||
		    ptrace(PTRACE_SETREGS, pid, 0, &regs) < 0)
			goto out;
	}
	clock_gettime(CLOCK_MONOTONIC, &b);
	ns = ((b.tv_sec - a.tv_sec) * 1000000000UL + b.tv_nsec - a.tv_nsec) / rounds;
out:
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return ns;
}
