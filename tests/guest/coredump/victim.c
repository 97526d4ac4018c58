// SPDX-License-Identifier: GPL-2.0
/* victim.c - the process that will be dumped: its memory, threads and death. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "arena.h"
#include "child.h"
#include "coredump.h"
#include "cpu.h"
#include "page.h"

static char *page_map(uint64_t tag, int flags)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS,
		       -1, 0);

	CHECK(p != MAP_FAILED, "%s", strerror(errno));
	page_fill(p, tag);
	return p;
}

void victim_prepare(struct victim *v)
{
	v->private = page_map(0x1001, MAP_PRIVATE);
	v->shared = page_map(0x1002, MAP_SHARED);
	v->closed = page_map(0x1003, MAP_PRIVATE);
	CHECK_SYS(mprotect(v->closed, PAGE, PROT_NONE));
	v->not_dumped = page_map(0x1004, MAP_PRIVATE);
	CHECK_SYS(madvise(v->not_dumped, PAGE, MADV_DONTDUMP));
	v->bad = arena_find(ARENA_1G) + 0x123; /* where no stack will be mapped */
	v->told = shared_alloc(sizeof(*v->told));
	v->avx = (cpu_xcr0() & (XF_SSE | XF_YMM)) == (XF_SSE | XF_YMM);
	for (int thread = 0; thread < 2; thread++)
		for (int reg = 0; reg < VECTORS; reg++)
			for (int i = 0; i < 32; i++)
				v->vectors[thread][reg][i] =
					1 + thread * 100 + reg * 5 + i;
}

static void *spinner(void *arg)
{
	struct victim *v = arg;

	v->told->tid = syscall(SYS_gettid);
	spin_now(v->vectors[1], v->avx);
}

void victim_body(void *arg)
{
	struct victim *v = arg;
	uint64_t stack_word = STACK_WORD;
	pthread_t thread;

	CHECK_SYS(prctl(PR_SET_NAME, "the victim"));
	v->told->stack_word = &stack_word;
	CHECK(pthread_create(&thread, NULL, spinner, v) == 0, "pthread_create");
	while (!spin_ready)
		sched_yield();
	asm volatile("" : : "r"(&stack_word) : "memory");
	crash_now(v->vectors[0], v->avx, v->bad);
}
