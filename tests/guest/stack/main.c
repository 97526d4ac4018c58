// SPDX-License-Identifier: GPL-2.0
/*
 * stack checks that the stack grows by itself: by user code, by the kernel's
 * copies and by signal frames; down to the limit and not a byte further, not
 * closer to another mapping than the gap, and for MAP_GROWSDOWN as well.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "arena.h"
#include "child.h"
#include "maps.h"
#include "page.h"
#include "probe.h"

#define LIMIT	  (512 * 1024ul)
#define GUARD_GAP (256 * PAGE)
#define DEPTH	  100
#define NO_ROOM	  PROBE_RESULT(SIGSEGV, SI_KERNEL) /* for a signal frame */

static struct maps maps;
static volatile unsigned long handler_sp;

static const struct map *stack_map(void)
{
	const struct map *m;

	maps_load(&maps);
	m = maps_named(&maps, "[stack]");
	CHECK(m, "no [stack] in /proc/self/maps");
	return m;
}

static void limit_set(unsigned long bytes)
{
	struct rlimit limit;

	CHECK_SYS(getrlimit(RLIMIT_STACK, &limit));
	limit.rlim_cur = bytes;
	CHECK_SYS(setrlimit(RLIMIT_STACK, &limit));
}

/* Push a word with rsp just above addr + 8: the store is at addr. */
static int probe_push(volatile void *addr)
{
	probe_state.result = PROBE_OK;
	asm volatile("mov %%rsp, %[sp]\n\t"
		     "lea 1f(%%rip), %%rax\n\t"
		     "mov %%rax, %[resume]\n\t"
		     "lea 8(%[addr]), %%rsp\n\t"
		     "push %%rax\n"
		     "1:\tmov %[sp], %%rsp"
		     : [sp] "=m"(probe_state.sp), [resume] "=m"(probe_state.resume)
		     : [addr] "r"(addr)
		     : "rax", "memory");
	probe_state.resume = 0;
	return probe_state.result;
}

/* Raise a signal while rsp is there; the handler's frame must go below it. */
static int probe_raise(int signo, volatile void *sp)
{
	long rax = SYS_tgkill, pid = getpid(), tid = syscall(SYS_gettid);

	probe_state.result = PROBE_OK;
	asm volatile("mov %%rsp, %[sp]\n\t"
		     "lea 1f(%%rip), %%rcx\n\t"
		     "mov %%rcx, %[resume]\n\t"
		     "mov %[newsp], %%rsp\n\t"
		     "syscall\n"
		     "1:\tmov %[sp], %%rsp"
		     : [sp] "=m"(probe_state.sp), [resume] "=m"(probe_state.resume),
		       "+a"(rax)
		     : "D"(pid), "S"(tid), "d"((long)signo), [newsp] "r"(sp)
		     : "rcx", "r11", "memory");
	probe_state.resume = 0;
	return probe_state.result;
}

static void handler(int signo)
{
	(void)signo;
	handler_sp = (unsigned long)__builtin_frame_address(0);
}

__attribute__((noinline)) static void recurse(int depth)
{
	char frame[PAGE];

	page_fill(frame, depth);
	if (depth < DEPTH)
		recurse(depth + 1);
	PAGE_CHECK(frame, depth, "frame");
}

/* Page by page to the limit; the first byte beyond it faults. */
static void limit_body(void *arg)
{
	int (*touch)(volatile void *) = arg;
	const struct map *m = stack_map();
	char *low = (char *)m->end - LIMIT, *p = (char *)m->start;
	int seen;

	limit_set(LIMIT);
	if (touch == probe_write) /* a long way below rsp is all right, too */
		p = low + 3 * PAGE;
	for (; p >= low; p -= PAGE) {
		seen = touch(p);
		CHECK(seen == 0, "%p, %ld pages above the limit: %s", p,
		      (p - low) / (long)PAGE, probe_name(seen));
		*(volatile char *)p = 1;
	}
	CHECK(stack_map()->start == (unsigned long)low, "[stack] starts at %#lx, "
	      "should be %p", stack_map()->start, low);
	seen = touch(low - 8);
	CHECK(seen == PROBE_MAPERR && probe_addr_is(low - 8),
	      "below the limit: %s, si_addr %#lx, should be %p", probe_name(seen),
	      probe_state.addr, low - 8);
	limit_set(LIMIT + PAGE);
	seen = touch(low - 8);
	CHECK(seen == 0, "limit raised: %s", probe_name(seen));
}

static void gap_body(void *arg)
{
	char *low = (char *)stack_map()->start;
	char *other = low - GUARD_GAP - 20 * PAGE, *edge = other + PAGE + GUARD_GAP;
	void *got = mmap(other, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS |
			 MAP_FIXED_NOREPLACE, -1, 0);

	(void)arg;
	CHECK(got == other, "mmap(%p) = %p: %s", other, got, strerror(errno));
	CHECK(probe_push(edge) == 0, "before the gap: %s",
	      probe_name(probe_state.result));
	CHECK(probe_push(edge - 8) == PROBE_MAPERR, "in the gap: %s",
	      probe_name(probe_state.result));
	CHECK_SYS(mprotect(other, PAGE, PROT_NONE)); /* now it is a guard itself */
	CHECK(probe_push(edge - 8) == 0, "no gap needed: %s",
	      probe_name(probe_state.result));
	CHECK(probe_push(other + PAGE) == 0, "down to the guard: %s",
	      probe_name(probe_state.result));
	CHECK(probe_push(other + PAGE - 8) == PROBE_ACCERR, "the guard: %s",
	      probe_name(probe_state.result));
}

/* read() into a stack that isn't there yet */
static void kernel_body(void *arg)
{
	int fd = CHECK_SYS(memfd_create("data", MFD_CLOEXEC));
	char page[PAGE], *low = (char *)stack_map()->start;
	long got;

	(void)arg;
	page_fill(page, 8);
	for (int i = 0; i < 2; i++)
		CHECK(write(fd, page, PAGE) == (long)PAGE, "%s", strerror(errno));
	got = pread(fd, low - 2 * PAGE, 2 * PAGE, 0);
	CHECK(got == 2 * (long)PAGE, "read below the stack = %ld: %s", got,
	      strerror(errno));
	PAGE_CHECK(low - 2 * PAGE, 8, "read below the stack");
	PAGE_CHECK(low - PAGE, 8, "read below the stack");
	limit_set(LIMIT);
	low = (char *)stack_map()->end - LIMIT;
	got = pread(fd, low - PAGE, PAGE, 0);
	CHECK(got == -1 && errno == EFAULT, "read below the limit = %ld: %s", got,
	      strerror(errno));
	got = pread(fd, low, PAGE, 0);
	CHECK(got == (long)PAGE, "read at the limit = %ld: %s", got,
	      strerror(errno));
}

static void signal_body(void *arg)
{
	char *sp = (char *)stack_map()->start - 8 * PAGE;
	unsigned long low;
	int seen;

	(void)arg;
	CHECK(signal(SIGUSR1, handler) != SIG_ERR, "%s", strerror(errno));
	seen = probe_raise(SIGUSR1, sp);
	CHECK(seen == 0, "a signal below the stack: %s", probe_name(seen));
	CHECK(handler_sp < (unsigned long)sp &&
	      handler_sp > (unsigned long)sp - PROBE_ALTSTACK,
	      "rsp was %p, the handler's frame is at %#lx", sp, handler_sp);
	low = stack_map()->end - LIMIT;
	limit_set(LIMIT);
	handler_sp = 0;
	seen = probe_raise(SIGUSR1, (char *)low + 64);
	CHECK(seen == NO_ROOM, "no room for the frame: %s", probe_name(seen));
	CHECK(handler_sp == 0, "the handler ran at %#lx", handler_sp);
}

/* No room for the frame, nor for that of SIGSEGV: the end */
static void signal_dies_body(void *arg)
{
	stack_t none = { .ss_flags = SS_DISABLE };

	(void)arg;
	CHECK_SYS(sigaltstack(&none, NULL));
	CHECK(signal(SIGUSR1, handler) != SIG_ERR, "%s", strerror(errno));
	limit_set(LIMIT);
	probe_raise(SIGUSR1, (char *)stack_map()->end - LIMIT + 64);
}

/* A stack of one's own by MAP_GROWSDOWN */
static void growsdown_body(void *arg)
{
	char *base = arena_find(ARENA_2M), *p = base + ARENA_2M / 2;
	void *got = mmap(p, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED |
			 MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_STACK, -1, 0);

	(void)arg;
	CHECK(got == p, "%s", strerror(errno));
	for (int i = 0; i < 20; i++) {
		int seen = i % 2 ? probe_push(p - i * PAGE) :
				   probe_write(p - i * PAGE);

		CHECK(seen == 0, "page %d below: %s", i, probe_name(seen));
		page_fill(p - i * PAGE, i + 1);
	}
	maps_load(&maps);
	CHECK(maps_at(&maps, p)->start == (unsigned long)p - 19 * PAGE,
	      "it starts at %#lx", maps_at(&maps, p)->start);
	for (int i = 0; i < 20; i++)
		PAGE_CHECK(p - i * PAGE, i + 1, "grown");
	PROBE_CHECK(write, p + PAGE, PROBE_MAPERR, "above it");
}

/* The guard page of a thread's stack */
static void *thread_body(void *arg)
{
	pthread_attr_t attr;
	void *stack;
	size_t size;

	probe_init();
	CHECK(pthread_getattr_np(pthread_self(), &attr) == 0, "getattr");
	CHECK(pthread_attr_getstack(&attr, &stack, &size) == 0, "getstack");
	PROBE_CHECK(write, stack, PROBE_OK, "last byte of a thread's stack");
	PROBE_CHECK(write, (char *)stack - 1, PROBE_ACCERR, "thread's guard page");
	CHECK(pthread_attr_destroy(&attr) == 0, "destroy");
	return arg;
}

static void thread_check(void)
{
	pthread_t thread;

	CHECK(pthread_create(&thread, NULL, thread_body, NULL) == 0, "create");
	CHECK(pthread_join(thread, NULL) == 0, "join");
}

static void recurse_body(void *arg)
{
	unsigned long before = stack_map()->start;

	(void)arg;
	recurse(1);
	CHECK(stack_map()->start <= before - (DEPTH - 40) * PAGE,
	      "[stack] started at %#lx before, at %#lx now", before,
	      stack_map()->start);
}

int main(void)
{
	unsigned long before;

	test_begin(60);
	probe_init();
	limit_set(8 << 20);
	before = stack_map()->start;
	child_run("recursion", recurse_body, NULL);
	child_run("limit, rsp goes along", limit_body, probe_push);
	child_run("limit, far below rsp", limit_body, probe_write);
	child_run("gap", gap_body, NULL);
	child_run("kernel", kernel_body, NULL);
	child_run("signal", signal_body, NULL);
	child_dies("signal without room", signal_dies_body, NULL, SIGSEGV);
	child_run("MAP_GROWSDOWN", growsdown_body, NULL);
	thread_check();
	CHECK(stack_map()->start == before, "the children's stacks changed ours");
	return 0;
}
