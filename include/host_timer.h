/* SPDX-License-Identifier: GPL-2.0 */
/*
 * host_timer.h - the host's timer whose SIGALRM is the machine's tick. The clock is
 * CLOCK_MONOTONIC. Host objects only.
 */
#ifndef UML_HOST_TIMER_H
#define UML_HOST_TIMER_H

struct itimerspec;

/* Make it, once. Ends the process if the host permits no timer. Returns 0. */
extern int host_timer_start(void);

/* Set it, as timer_settime(2) without flags does. Returns 0 or -errno. Any context. */
extern int host_timer_set(const struct itimerspec *its);

/* Is it going to fire? Any context. */
extern int host_timer_runs(void);

#endif
