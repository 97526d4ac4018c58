/* SPDX-License-Identifier: GPL-2.0 */
/* sigframe.h - the signal frame as the kernel builds it, and who looks at it. */
#ifndef SIGFRAME_H
#define SIGFRAME_H

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

/* What is on the stack when the handler's first instruction runs. */
struct frame {
	void *restorer;			/* the handler's return address */
	uint64_t flags;
	void *link;
	stack_t stack;
	uint64_t gregs[23];		/* in the order of REG_R8... */
	uint8_t *fpstate;		/* struct xstate, if there is XSAVE */
	uint64_t reserved[8];
	uint64_t sigmask;
	siginfo_t info;
};
_Static_assert(sizeof(struct frame) == 8 + 304 + 128, "layout of the ABI");

#define UC_FP_XSTATE		1
#define UC_SIGCONTEXT_SS	2
#define UC_STRICT_RESTORE_SS	4

/* Bytes 464 to 511 of fpstate. */
struct fx_sw_bytes {
	uint32_t magic1, extended_size;
	uint64_t xfeatures;
	uint32_t xstate_size, padding[7];
};
#define FX_SW_OFFSET	464

/* The registers at the handler's entry (entry.S). */
extern struct {
	struct frame *rsp;
	uint64_t rdi, rsi, rdx, rax, flags;
} entry;

void frame_entry(int signo);	/* the handler: fills `entry`, then: */
void frame_handler(void);	/* calls what the test has planned */
void frame_return(void);	/* SA_RESTORER */
extern volatile int handler_runs;
extern void (*handler_plan)(struct frame *frame);

/* Fill the red zone, wait for a signal, count bytes that changed there. */
long red_zone_trap(void);	/* int3 */
long red_zone_spin(void);	/* until handler_runs changes */

/* rt_sigreturn with this stack pointer; comes back only if that worked. */
void sigreturn_at(uint64_t rsp);

/* Install frame_entry for signo. */
void frame_signal(int signo, int flags);

/* NO_VECTORS: kill(getpid(), SIGUSR1). */
void event_kill(void *arg);

void test_broken_frames(void);		/* broken.c */

#endif
