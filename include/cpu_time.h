/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cpu_time.h - the CPU time of tasks (arch/um/kernel/cpu_time.c). Kernel objects only.
 */
#ifndef UML_CPU_TIME_H
#define UML_CPU_TIME_H

struct task_struct;

/*
 * Charge a task with the time since the last call: at each tick, and before each
 * switch from it to another. Interrupts are off. The idle task is charged nothing:
 * idle time is counted by the ticks that were left out.
 */
extern void cpu_time_tick(struct task_struct *task);
extern void cpu_time_switch(struct task_struct *task);

/* Charge the present task up to now: for who asks what it was charged */
extern void cpu_time_update(void);

#endif
