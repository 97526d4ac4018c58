// SPDX-License-Identifier: GPL-2.0
/*
 * thread_switch.c - from one kernel thread to another: their stacks and the
 * registers that a function call keeps (arch/x86/um/setjmp_64.S). The host has no
 * part in it. Those that leave the kernel for the stack it was started on, to
 * end or to call something that needs much stack, are in os-Linux/skas/process.c.
 */
#include <linux/thread_info.h>
#include <longjmp.h>
#include <os.h>

/* At the first switch to it, a thread begins with handler() on an empty stack. */
void new_thread(void *stack, jmp_buf *buf, void (*handler)(void))
{
	unsigned long top = (unsigned long)stack + THREAD_SIZE;

	/* as if it were called: the stack pointer is odd by a return address */
	(*buf)->JB_SP = top - sizeof(long);
	(*buf)->JB_IP = (unsigned long)handler;
}

/* Interrupts are as before when we come back, whoever switched to us. */
void switch_threads(jmp_buf *me, jmp_buf *you)
{
	if (!UML_SETJMP(me))
		UML_LONGJMP(you, 1);
}
