// SPDX-License-Identifier: GPL-2.0
/*
 * native.c - what an exception of user.S is on this host without a vcpu: CPUs, and
 * emulators of them, differ in some. The same code at the same addresses, in a
 * process that is killed if it goes on.
 */
#include <signal.h>
#include <ucontext.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "guest.h"

#define SIZE		0x1000000UL	/* of the addresses used, from 0 on */
#define PLACE(address)	(place + (address))
#define CODE_ROOM	64		/* more than one exception's code */

static struct native_event *event;	/* shared with the child */
static const struct save_area *start;	/* the registers to begin with */
static char *place;			/* where the user addresses are, moved */

/* The system call behind code that may not fault would be one of this process */
static void end_mark(uint8_t *code)
{
	unsigned int i;

	event->end = CODE_ROOM;
	for (i = 0; i + 1 < CODE_ROOM; i++) {
		if (code[i] != 0x0f || code[i + 1] != 0x05)
			continue;
		code[i + 1] = 0x0b;	/* SYSCALL to UD2 */
		event->end = i;
		return;
	}
}

static void begin(int sig, siginfo_t *info, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	gregs[REG_RAX] = REG(start, RAX);
	gregs[REG_RBX] = REG(start, RBX);
	gregs[REG_RCX] = REG(start, RCX);
	gregs[REG_RDX] = REG(start, RDX);
	gregs[REG_RBP] = REG(start, RBP);
	gregs[REG_RSI] = REG(start, RSI);
	gregs[REG_RDI] = (greg_t)PLACE(USER_DATA);
	gregs[REG_R8] = REG(start, R8);
	gregs[REG_R9] = REG(start, R9);
	gregs[REG_RSP] = (greg_t)PLACE(USER_STACK);
	gregs[REG_RIP] = (greg_t)PLACE(REG(start, RIP));
	gregs[REG_EFL] = REG(start, RFLAGS);
}

static void ended(int sig, siginfo_t *info, void *context)
{
	greg_t *gregs = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)sig;
	(void)info;
	/* with AC set the compiler's code could trap; the red zone is not ours */
	__asm__ volatile("lea -128(%%rsp), %%rsp; pushfq; andq $~0x40000, (%%rsp); popfq;"
			 "lea 128(%%rsp), %%rsp" : : : "memory", "cc");
	event->vector = gregs[REG_TRAPNO];
	event->error = gregs[REG_ERR];
	event->rip = gregs[REG_RIP] - (greg_t)place;
	event->happened = !(event->vector == VECTOR_UD &&
			    event->rip == REG(start, RIP) + event->end);
	_exit(0);
}

static void child(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };
	stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };
	unsigned int i;
	size_t size = user_end - user_start;

	place = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(place != MAP_FAILED);
	memcpy(PLACE(USER_CODE), user_start, size);
	end_mark((uint8_t *)PLACE(REG(start, RIP)));
	CHECK_SYS(mprotect(PLACE(USER_CODE), size, PROT_READ | PROT_EXEC));
	CHECK_SYS(sigaltstack(&alt, NULL));
	action.sa_sigaction = ended;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		CHECK_SYS(sigaction(signals[i], &action, NULL));
	action.sa_sigaction = begin;
	CHECK_SYS(sigaction(SIGUSR1, &action, NULL));
	raise(SIGUSR1);
}

void native_run(const struct save_area *save, struct native_event *result)
{
	int status;
	pid_t pid;

	event = mmap(NULL, sizeof(*event), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(event != MAP_FAILED);
	start = save;
	fflush(stdout);
	pid = CHECK_SYS(fork());
	if (pid == 0) {
		alarm(2 * slow);
		child();
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0, "natively: wait status %#x", status);
	*result = *event;
	CHECK_SYS(munmap(event, sizeof(*event)));
}
