/* SPDX-License-Identifier: GPL-2.0 */
/*
 * host_thread.h - threads of the host beside the machine's own. They share the
 * process with the kernel but are no part of it: they call the host and nothing else.
 * Host objects only.
 */
#ifndef UML_HOST_THREAD_H
#define UML_HOST_THREAD_H

/**
 * host_thread_start() - start a thread
 * @name:	of the thread, for ps -L and gdb; 15 characters at most
 * @run:	its function, which never returns
 * @arg:	is passed to it
 *
 * The thread has all signals blocked: they are the machine's. It ends with the
 * process, and who waits for the process has waited for the thread, too. From the
 * machine's thread, where it may sleep. Returns 0 or -errno.
 */
extern int host_thread_start(const char *name, void *(*run)(void *), void *arg);

#endif
