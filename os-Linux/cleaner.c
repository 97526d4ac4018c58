// SPDX-License-Identifier: GPL-2.0
/*
 * cleaner.c - see cleaner.h.
 *
 * The cleaner does nothing but wait until its parent has died, of which the host
 * tells it by a signal. Anybody may send that one too, so it looks who its parent
 * is. It has a session of its own and blocks all signals: those for the whole
 * process group are the machine's business.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uml/cleaner.h>

#define PARENT_DIED SIGUSR1
#define DESCRIPTORS 65536	/* closed one by one on a host without close_range */

static char *watched;	/* PATH_MAX bytes that both processes share; "": none */
static pid_t cleaner = -1;
static pid_t machine;

struct entry {		/* of getdents64(2) */
	uint64_t inode, next;
	uint16_t len;
	uint8_t type;
	char name[];
};

int folder_remove(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;
	uint64_t buf[128];
	struct entry *entry;
	long at, n;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	while ((n = syscall(SYS_getdents64, fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < n; at += entry->len) {
			entry = (void *)((char *)buf + at);
			if (strcmp(entry->name, ".") &&
			    strcmp(entry->name, "..") &&
			    unlinkat(fd, entry->name, 0) < 0 && errno != ENOENT)
				err = -errno;
		}
	}
	close(fd);
	if (!err && rmdir(path) < 0 && errno != ENOENT)
		err = -errno;
	return err;
}

static void watched_remove(void)
{
	if (watched && watched[0] && folder_remove(watched) == 0)
		watched[0] = '\0';
}

/* A pipe that it inherited would never end. */
static void descriptors_close(void)
{
	struct rlimit limit;
	unsigned int fd;

	/* Linux 5.9, and what old seccomp filters don't know they forbid */
	if (syscall(SYS_close_range, 0, ~0U, 0) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > DESCRIPTORS)
		limit.rlim_cur = DESCRIPTORS;
	for (fd = 0; fd < limit.rlim_cur; fd++)
		close(fd);
}

static void __attribute__((noreturn)) cleaner_run(void)
{
	static const struct timespec second = { .tv_sec = 1 };
	const struct timespec *look_again = NULL;
	sigset_t all, wanted;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigemptyset(&wanted);
	sigaddset(&wanted, PARENT_DIED);
	setsid();
	prctl(PR_SET_NAME, "uml-cleaner");
	if (prctl(PR_SET_PDEATHSIG, PARENT_DIED) < 0)
		look_again = &second;
	descriptors_close();
	while (getppid() == machine)
		(void)sigtimedwait(&wanted, NULL, look_again);
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
	watched = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE,
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
	if (watched)
		snprintf(watched, PATH_MAX, "%s", dir ? dir : "");
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
