/* SPDX-License-Identifier: GPL-2.0 */
#ifndef UML_RSEQ_H
#define UML_RSEQ_H

/*
 * rseq_unregister() - end the rseq registration of the calling thread
 *
 * Once, before any process for user code is cloned. 0, or -errno with a line
 * on standard error.
 */
extern int rseq_unregister(void);

#endif
