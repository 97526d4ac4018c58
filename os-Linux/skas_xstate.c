// SPDX-License-Identifier: GPL-2.0
/*
 * skas_xstate.c - whose extended state is in which ptraced process. It stays there
 * until another task runs, or until somebody wants to read it in memory: for a
 * system call nothing of it is moved (11 KiB each way on a CPU with AMX).
 */
#include <errno.h>
#include <stddef.h>
#include <kern_util.h>
#include <os.h>
#include <uml/skas_host.h>
#include <uml/xstate.h>

/* The task that ran last, by its area; NULL: nobody's who could want it back */
static void *owner;
static int owner_pid;		/* the process it ran in */
static int in_process;		/* that has its state */
static int in_memory = 1;	/* its area is as new as that */

unsigned long skas_xstate_moves;

int skas_xstate_load(int pid, void *area)
{
	int err;

	if (owner == area && owner_pid == pid && in_process) {
		in_memory = 0;
		return 0;
	}
	if (owner)
		skas_xstate_fetch(owner);
	owner = NULL;
	skas_xstate_moves++;
	err = xstate_put(pid, area);
	if (err)
		return err;
	owner = area;
	owner_pid = pid;
	in_process = 1;
	in_memory = 0;
	return 0;
}

void skas_xstate_fetch(void *area)
{
	int err;

	if (owner != area || in_memory)
		return;
	skas_xstate_moves++;
	err = xstate_get(owner_pid, area);
	/* a process that is gone with its mm: the task execs, and gets a new state */
	if (err && err != -ESRCH)
		os_warn("the extended state of a task can't be read: error %d\n", err);
	in_memory = 1;
}

void skas_xstate_forget(void *area)
{
	if (owner == area)
		owner = NULL;
}

void skas_xstate_lose(void)
{
	if (owner)
		skas_xstate_fetch(owner);
	in_process = 0;
}
