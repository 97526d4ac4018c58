// SPDX-License-Identifier: GPL-2.0
/*
 * memory.c - what goes wrong outside the guest: memory that the host can't back,
 * entries that point to no memory, a vcpu that shuts down.
 */
#include <unistd.h>
#include <sys/mman.h>
#include "guest.h"

#define SPARE_PAGES	4
#define BACKED		2	/* of them; the others are behind the end of the file */
#define SPARE(n)	(USER_FREE + (n) * PAGE)
#define FORBIDDEN	(USER_FREE + 0x100000)
#define TASK_A		1000
#define TASK_B		2000

extern const char at_call[], at_load[], at_store[], at_not_call[], at_not_ud2[];
extern const char at_movss_load[], at_movss_load_at[], at_loop[];

static struct guest g;

/* Pages of a file that is too short, and one that the host may not touch. */
static int spare_make(void)
{
	int fd = CHECK_SYS(memfd_create("spare", MFD_CLOEXEC)), err;
	unsigned int i;
	char *p, *q;

	CHECK_SYS(ftruncate(fd, BACKED * PAGE));
	p = mmap(NULL, SPARE_PAGES * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_SHARED, fd, 0);
	q = mmap(NULL, PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED && q != MAP_FAILED);
	err = vm_slot_add(&g.vm, SPARE_GPA, SPARE_PAGES * PAGE, p, "spare");
	CHECK(err == 0, "%s", g.vm.why);
	err = vm_slot_add(&g.vm, SPARE_GPA + 0x100000, PAGE, q, "forbidden");
	CHECK(err == 0, "%s", g.vm.why);
	for (i = 0; i < SPARE_PAGES; i++)
		*entry_at(&g, g.root, SPARE(i), 1) = (SPARE_GPA + i * PAGE) | PTE_TABLE;
	*entry_at(&g, g.root, FORBIDDEN, 1) = (SPARE_GPA + 0x100000) | PTE_DATA;
	return fd;
}

/* Task A does @code at @address, where the host has nothing: its registers come back. */
static void fault_check(uint64_t code, uint64_t address, int kick)
{
	struct save_area *save = g.vcpu.save;
	int err;

	registers_fill(save, TASK_A);
	user_set(&g.vcpu, code);
	REG(save, RSP) = USER_STACK - 0x128;
	REG(save, RFLAGS) |= 0x801;
	REG(save, RDI) = address;
	if (kick)
		vcpu_kick(&g.vcpu);
	err = vcpu_run(&g.vcpu);
	vcpu_kick_clear(&g.vcpu);
	if (kick && err == 0) {
		/* the signal was first */
		CHECK(save->vector == ENTRY_VECTOR_KICK, "%s", event_name(save));
		err = vcpu_run(&g.vcpu);
	}
	CHECK(err == -EFAULT, "vcpu_run: %d", err);
	CHECK(REG(save, RIP) == code && REG(save, CS) == ENTRY_USER_CS &&
	      REG(save, RSP) == USER_STACK - 0x128 && REG(save, SS) == ENTRY_USER_SS &&
	      (REG(save, RFLAGS) & ~FLAG_RF) == (FLAGS_PLAIN | 0x801), "%s", event_name(save));
	CHECK(REG(save, RDI) == address, "rdi %#lx", REG(save, RDI));
	registers_check(save, TASK_A, 0, EXCEPT(RDI), "after EFAULT");
}

/* Task B can run next, by all ways, and has nothing of A's. */
static void other_check(int by_exception)
{
	struct save_area *save = g.vcpu.save;

	registers_fill(save, TASK_B);
	user_set(&g.vcpu, by_exception ? CODE(not_ud2) : CODE(not_call));
	user_run(&g.vcpu);
	CHECK(save->vector == (by_exception ? VECTOR_UD : ENTRY_SYSCALL), "%s", event_name(save));
	registers_check(save, TASK_B, ~0UL, by_exception ? 0 : EXCEPT(RCX) | EXCEPT(R11),
			"the next task");
	CHECK(REG(save, RSP) == USER_STACK, "rsp %#lx", REG(save, RSP));
}

void case_bad_memory(void)
{
	struct save_area *save;
	int fd, i;

	guest_start(&g);
	save = g.vcpu.save;
	fd = spare_make();
	for (i = 0; i < 20; i++) {
		fault_check(CODE(load), SPARE(BACKED), i & 1);
		other_check(i & 1);
		fault_check(CODE(store), SPARE(BACKED + 1), 0);
		other_check(!(i & 1));
		fault_check(CODE(load), FORBIDDEN, 0);
		fault_check(CODE(store), FORBIDDEN, i & 1);
		fault_check(SPARE(BACKED), 0, 0);	/* fetching code */
		other_check(i & 1);
	}
	CHECK(g.vcpu.counts[EXIT_bad_memory] >= 100, "%lu",
	      (unsigned long)g.vcpu.counts[EXIT_bad_memory]);

	/* the file has grown: the access is tried again, and works */
	fault_check(CODE(load), SPARE(BACKED), 0);
	CHECK_SYS(ftruncate(fd, SPARE_PAGES * PAGE));
	user_run(&g.vcpu);
	CHECK(save->vector == ENTRY_SYSCALL && REG(save, RAX) == 0, "%s", event_name(save));
	REG(save, RAX) = 0x1234;
	REG(save, RDI) = SPARE(BACKED);
	user_call(&g.vcpu, CODE(store));
	user_call(&g.vcpu, CODE(load));
	CHECK(REG(save, RAX) == 0x1234, "rax %#lx", REG(save, RAX));
}

/*
 * Behind MOV SS the CPU takes no interrupt, so the vcpu can't be brought out of
 * there by one. Whatever comes of it, it must not be endless.
 */
void case_bad_memory_shadow(void)
{
	struct save_area *save;
	const char *text;
	int err;

	guest_start(&g);
	save = g.vcpu.save;
	CHECK_SYS(spare_make());
	user_set(&g.vcpu, CODE(movss_load));
	REG(save, RAX) = ENTRY_USER_SS;
	REG(save, RDI) = SPARE(BACKED);
	stderr_catch();
	err = vcpu_run(&g.vcpu);
	text = stderr_text();
	if (err == -EFAULT) {
		CHECK(REG(save, RIP) == CODE(movss_load_at), "%s", event_name(save));
		other_check(1);
		return;
	}
	CHECK(err == -EIO && strstr(text, "rip"), "vcpu_run: %d, it says: %s", err, text);
	NOTE("the vcpu is lost here");
}

static void lost_check(const char *what)
{
	const char *text;
	int err;

	stderr_catch();
	err = vcpu_run(&g.vcpu);
	text = stderr_text();
	CHECK(err == -EIO, "vcpu_run: %d", err);
	CHECK(strstr(text, "exit reason") && strstr(text, what) && strstr(text, "  rip ") &&
	      strstr(text, "  rax "), "no '%s' in its report: %s", what, text);
}

/* An entry points to where no slot is. */
void case_no_memory(void)
{
	guest_start(&g);
	*entry_at(&g, g.root, USER_FREE, 1) = NOTHING_GPA | PTE_DATA;
	user_set(&g.vcpu, CODE(load));
	REG(g.vcpu.save, RDI) = USER_FREE;
	lost_check("(MMIO)");
	/* counted is what was run, and it was not run for ever */
	CHECK(g.vcpu.counts[EXIT_kvm_run] < 10);
}

/* No gate for #UD, none for what comes of that. */
void case_shutdown(void)
{
	guest_start(&g);
	memset(g.vcpu.region + ENTRY_IDT, 0, PAGE);
	user_set(&g.vcpu, CODE(not_ud2));
	lost_check("(SHUTDOWN)");
	CHECK(g.vcpu.counts[EXIT_kvm_run] < 10);
}
