// SPDX-License-Identifier: GPL-2.0
/*
 * user_gate.c - see user_gate.h.
 */
#include <linux/compiler.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <uml/user_gate.h>

int user_gate_closed;

static DECLARE_WAIT_QUEUE_HEAD(gate_queue);

void user_gate_close(void)
{
	WRITE_ONCE(user_gate_closed, 1);
}

void user_gate_open(void)
{
	WRITE_ONCE(user_gate_closed, 0);
	wake_up_all(&gate_queue);
}

/* Signals wait as well, and the task is none that hangs or makes load. */
void user_gate_wait(void)
{
	wait_event_idle(gate_queue, !READ_ONCE(user_gate_closed));
}
