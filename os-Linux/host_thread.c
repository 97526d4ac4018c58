// SPDX-License-Identifier: GPL-2.0
/*
 * host_thread.c - see host_thread.h.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <kern_util.h>
#include <uml/host_thread.h>

#define STACK_SIZE	(64 * 1024)
#define NAME_SIZE	16	/* of PR_SET_NAME */

int host_thread_start(const char *name, void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	sigset_t all, before;
	char own[NAME_SIZE];
	pthread_t thread;
	int err;

	err = pthread_attr_init(&attr);
	if (err)
		return -err;
	err = pthread_attr_setstacksize(&attr, STACK_SIZE);
	if (!err)
		err = pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	sigfillset(&all);
	if (!err)
		err = pthread_sigmask(SIG_SETMASK, &all, &before);
	if (!err) {
		/* it inherits the name; these can't fail */
		prctl(PR_GET_NAME, own);
		prctl(PR_SET_NAME, name);
		err = pthread_create(&thread, &attr, run, arg);
		prctl(PR_SET_NAME, own);
		if (pthread_sigmask(SIG_SETMASK, &before, NULL))
			panic("host thread: the signal mask can't be restored\n");
	}
	pthread_attr_destroy(&attr);
	return -err;
}
