/* SPDX-License-Identifier: GPL-2.0 */
/*
 * task_regs.h - the registers that programs start with. Host objects only.
 */
#ifndef UML_TASK_REGS_H
#define UML_TASK_REGS_H

/**
 * task_regs_init() - everything is zero but these selectors
 */
extern void task_regs_init(unsigned long cs, unsigned long ss);

#endif
