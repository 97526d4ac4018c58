// SPDX-License-Identifier: GPL-2.0
/*
 * two.c - two vcpus of a machine, each with a thread, a region, page tables, and
 * registers of its own, at the same time.
 */
#include <pthread.h>
#include "guest.h"

#define VCPUS	2

extern const char at_calls[], at_load[], at_not_ud2[], at_not_ud2_end[];

static struct guest g;
static struct vcpu second;

static struct side {
	struct vcpu *vcpu;
	uint64_t root, tag;
	unsigned int rounds;
} sides[VCPUS];

static pthread_barrier_t start;

static void *side_run(void *arg)
{
	struct side *side = arg;
	struct save_area *save = side->vcpu->save;
	unsigned int i;

	pthread_barrier_wait(&start);
	user_set(side->vcpu, CODE(calls));
	root_set(side->vcpu, side->root);
	REG(save, RBX) = 0;
	for (i = 1; i <= side->rounds; i++) {
		user_run(side->vcpu);
		CHECK(save->vector == ENTRY_SYSCALL && REG(save, RBX) == i, "vcpu %zu, call %u: %s",
		      side - sides, i, event_name(save));
		save->work = 0;
		save->leave = LEAVE_SYSRET;
	}
	for (i = 0; i < side->rounds / 4; i++) {
		REG(save, RDI) = USER_FREE;
		user_call(side->vcpu, CODE(load));
		CHECK(REG(save, RAX) == side->tag, "vcpu %zu reads %#lx", side - sides,
		      REG(save, RAX));
		registers_fill(save, side->tag + i);
		user_set(side->vcpu, CODE(not_ud2));
		user_run(side->vcpu);
		CHECK(save->vector == VECTOR_UD && REG(save, RIP) == CODE(not_ud2_end),
		      "vcpu %zu: %s", side - sides, event_name(save));
		registers_check(save, side->tag + i, ~0UL, 0, "one of two");
	}
	return side;
}

void case_two(void)
{
	pthread_t thread[VCPUS];
	unsigned int i;
	void *end;

	guest_start(&g);
	guest_vcpu(&g, &second, 1);
	CHECK(pthread_barrier_init(&start, NULL, VCPUS) == 0);
	for (i = 0; i < VCPUS; i++) {
		uint64_t page = page_take(&g);

		sides[i] = (struct side){
			.vcpu = i ? &second : &g.vcpu, .root = root_make(&g),
			.tag = 0x7a60 + i, .rounds = rounds(4000, 300),
		};
		*(uint64_t *)page_at(&g, page) = sides[i].tag;
		*entry_at(&g, sides[i].root, USER_FREE, 1) = page | PTE_DATA;
	}
	for (i = 0; i < VCPUS; i++)
		CHECK(pthread_create(&thread[i], NULL, side_run, &sides[i]) == 0);
	for (i = 0; i < VCPUS; i++)
		CHECK(pthread_join(thread[i], &end) == 0 && end == &sides[i]);
	CHECK(second.region_gva == ENTRY_BASE + ENTRY_STRIDE);
	vcpu_destroy(&second);
}
