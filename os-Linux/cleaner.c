// SPDX-License-Identifier: GPL-2.0
/*
 * cleaner.c - see cleaner.h.
 *
 * The cleaner does nothing but wait for a signal that the host sends it when its
 * parent dies. It blocks all others: a SIGTERM or a ^C for the whole process
 * group is the machine's business.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uml/cleaner.h>

#define PARENT_DIED SIGUSR1

/* Shared by both processes. Plain names: they are used in signal handlers. */
struct watched {
	char dir[PATH_MAX];
	char files[2][PATH_MAX];
};

static const char *const file_names[2] = { "mconsole", "pid" };

static struct watched *watched;
static pid_t cleaner = -1;
static pid_t machine;

static void watched_remove(void)
{
	unsigned int i;

	if (!watched || !watched->dir[0])
		return;
	for (i = 0; i < 2; i++)
		unlink(watched->files[i]);
	rmdir(watched->dir);
	watched->dir[0] = '\0';
}

static void __attribute__((noreturn)) cleaner_run(void)
{
	sigset_t all, wanted;
	int sig;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&wanted);
	sigaddset(&wanted, PARENT_DIED);
	prctl(PR_SET_NAME, "uml-cleaner");
	prctl(PR_SET_PDEATHSIG, PARENT_DIED);
	/* a pipe that it inherited would never end */
	syscall(__NR_close_range, 0, ~0U, 0);
	if (getppid() == machine)
		while (sigwait(&wanted, &sig))
			;
	watched_remove();
	_exit(0);
}

static void cleaner_atexit(void)
{
	/* a process cloned from the machine that can't go on ends up here too */
	if (getpid() == machine)
		cleaner_finish();
}

void cleaner_start(void)
{
	machine = getpid();
	watched = mmap(NULL, sizeof(*watched), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (watched == MAP_FAILED) {
		watched = NULL;
		return;
	}
	fflush(NULL);
	cleaner = fork();
	if (cleaner == 0)
		cleaner_run();
	if (cleaner < 0)
		perror("linux: fork of the cleaner process");
	atexit(cleaner_atexit);
}

void cleaner_watch(const char *dir)
{
	unsigned int i;

	if (!watched)
		return;
	watched->dir[0] = '\0';
	if (!dir)
		return;
	for (i = 0; i < 2; i++)
		snprintf(watched->files[i], PATH_MAX, "%s/%s", dir, file_names[i]);
	snprintf(watched->dir, PATH_MAX, "%s", dir);
}

void cleaner_finish(void)
{
	watched_remove();
	if (cleaner <= 0)
		return;
	kill(cleaner, SIGKILL);
	while (waitpid(cleaner, NULL, 0) < 0 && errno == EINTR)
		;
	cleaner = -1;
}
