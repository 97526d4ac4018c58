/* SPDX-License-Identifier: GPL-2.0 */
/*
 * aio_irq.h - the AIO service as kernel code gets at it. Kernel objects only.
 */
#ifndef UML_AIO_IRQ_H
#define UML_AIO_IRQ_H

/*
 * Start the service and its interrupt, unless they are. Process context. Who
 * got 0 may use aio_add(); -errno was reported.
 */
extern int aio_get_ready(void);

struct uml_pt_regs;

/* User mode was left, @regs: take the service's interrupt now if there is reason to. */
extern void aio_poll(struct uml_pt_regs *regs);

/* Something is done: @signalled (INTERRUPT_AIO), or found (INTERRUPT_AIO_FOUND) */
extern void aio_interrupt(struct uml_pt_regs *regs, bool signalled);

#endif
