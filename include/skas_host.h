/* SPDX-License-Identifier: GPL-2.0 */
/*
 * skas_host.h - what the files of the skas (ptrace) backend share. Host
 * objects only.
 */
#ifndef UML_SKAS_HOST_H
#define UML_SKAS_HOST_H

struct mm_id;
struct uml_pt_regs;

/**
 * xstate_probe() - find out size and features of the host's extended state
 * @pid:	a stopped, ptraced process of this host
 *
 * Fills xstate_info. Once, before the kernel runs. 0 or -errno.
 */
extern int xstate_probe(int pid);

/**
 * xstate_get(), xstate_put() - move the extended state of a stopped process
 * @pid:	the ptraced process
 * @area:	xstate_info.size bytes
 *
 * 0 or -errno; -EINVAL from xstate_put(): the CPU would refuse this state.
 */
extern int xstate_get(int pid, void *area);
extern int xstate_put(int pid, const void *area);

/**
 * skas_xstate_load() - have a task's extended state in a stopped process
 * @pid:	the ptraced process that the task is about to run in
 * @area:	the task's, xstate_info.size bytes
 *
 * Does nothing if it is there still. 0 or -errno, as xstate_put().
 */
extern int skas_xstate_load(int pid, void *area);

/* struct backend's xstate_fetch and xstate_forget */
extern void skas_xstate_fetch(void *area);
extern void skas_xstate_forget(void *area);

/* How often the state was read or written */
extern unsigned long skas_xstate_moves;

/* Once: what this host can deny to user code, and give it (user_abilities) */
extern void skas_rights_find(void);

/* Have what is denied to the current task in force in its process, with the stub's next run. 0 or -ENOMEM */
extern int skas_rights_load(struct mm_id *id);

/* struct backend's count */
extern const char *skas_count(unsigned int i, unsigned long *value);

/* The process that ran last is about to lose the state, by a signal's handler: keep it. */
extern void skas_xstate_lose(void);

/**
 * skas_start() - struct backend's start: what is needed of ptrace(2), and the registers
 * that a program starts with
 */
extern int skas_start(char *why, unsigned int size);

/**
 * skas_run() - the skas backend's way to run user code, see struct backend
 */
extern int skas_run(struct uml_pt_regs *regs, int singlestep);

#endif
