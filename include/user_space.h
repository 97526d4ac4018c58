/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user_space.h - what a backend with its own page tables has to know of the
 * current task's address space. Kernel functions, called by host objects in
 * process context of the task.
 */
#ifndef UML_USER_SPACE_H
#define UML_USER_SPACE_H

struct tlb_work;

/* Physical address of the top-level page table: what CR3 has to be. */
extern unsigned long user_space_root(void);

/* The task is back in the kernel. For user_loop.c. */
extern void user_space_left(void);

/* What the TLB has to forget of it. The backend does it and clears the record. */
extern struct tlb_work *user_space_tlb(void);

/*
 * Does the task have work to do before it goes on in user mode? To be asked
 * with signals blocked.
 */
extern int user_work_pending(void);

/*
 * Would the next instruction of user code set or clear the trap flag itself
 * (POPF, IRET)? Then the flag is its own business when the kernel steps it.
 */
extern int user_step_sets_flag(unsigned long ip);

/* Is this byte before an opcode a prefix of 64-bit code? SDM, volume 2, 2.1.1 and 2.2.1 */
extern int user_code_prefix(unsigned char byte);

#endif
