/* SPDX-License-Identifier: GPL-2.0 */
/*
 * user_gate.h - keep all tasks out of user mode while the kernel runs. Process
 * context, but for opening: any.
 */
#ifndef UML_USER_GATE_H
#define UML_USER_GATE_H

extern int user_gate_closed;

/* From here on a task that wants to return to user mode sleeps instead. */
extern void user_gate_close(void);
extern void user_gate_open(void);

/* For user_loop.c: sleep while the gate is closed. */
extern void user_gate_wait(void);

#endif
