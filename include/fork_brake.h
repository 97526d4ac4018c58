/* SPDX-License-Identifier: GPL-2.0 */
/*
 * fork_brake.h - forks that fail wait for what others have left behind. Kernel
 * objects only.
 */
#ifndef UML_FORK_BRAKE_H
#define UML_FORK_BRAKE_H

/* A fork begins. Process context, may sleep: after many that failed, till all is freed. */
extern void fork_brake(void);

#endif
