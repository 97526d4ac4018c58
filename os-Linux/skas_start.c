// SPDX-License-Identifier: GPL-2.0
/*
 * skas_start.c - see whether this host lets us run user code in ptraced processes,
 * with one that does nothing else. What it was refused is said in one line.
 *
 * The process is made with CLONE_UNTRACED, as those of user code are: a strace -f
 * that follows ./linux would be its tracer, and there can be only one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <kern_util.h>
#include <os.h>
#include <registers.h>
#include <sysdep/ptrace_user.h>
#include <uml/skas_host.h>

#define ANSWER	4711	/* what the child is told that its getpid() returned */

/*
 * Not glibc's getpid() and raise(): they may know the parent's number by heart. Nobody
 * would end a child that is stopped when a signal ends this start.
 */
static void __attribute__((noreturn)) child_run(int parent)
{
	/* what can't be had is not needed for the rest */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (syscall(SYS_getppid) != parent)
		_exit(ESRCH);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		_exit(errno);
	kill(syscall(SYS_getpid), SIGSTOP);
	_exit(syscall(SYS_getpid) == ANSWER ? 0 : EPROTO);
}

/* A number in a small file of /proc, behind key; -1: it is not there. */
static long proc_number(const char *path, const char *key)
{
	static char text[4096];
	char *at = text;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -1;
	text[n] = 0;
	if (key)
		at = strstr(text, key);
	return at ? strtol(at + (key ? strlen(key) : 0), NULL, 10) : -1;
}

static int denied(int err, char *why, unsigned int size)
{
	long scope = proc_number("/proc/sys/kernel/yama/ptrace_scope", NULL);
	long tracer = proc_number("/proc/self/status", "\nTracerPid:");
	long seccomp = proc_number("/proc/self/status", "\nSeccomp:");
	char cause[160] = "";

	if (scope > 1)
		snprintf(cause, sizeof(cause), ": kernel.yama.ptrace_scope is %ld, more than 1",
			 scope);
	else if (seccomp > 0)
		snprintf(cause, sizeof(cause), " by a seccomp filter (docker run: --cap-add=SYS_PTRACE)");
	else if (tracer > 0)
		snprintf(cause, sizeof(cause), ": process %ld traces this one and its children",
			 tracer);
	snprintf(why, size, "ptrace is denied (%s)%s; permit it, or give this host /dev/kvm",
		 strerror(err), cause);
	return -err;
}

/* Wait for a stop. Returns 0, or -errno; *pid is 0 if the process is gone. */
static int stop_wait(int *pid, int wanted, char *why, unsigned int size)
{
	int n, status, err;

	CATCH_EINTR(n = waitpid(*pid, &status, WUNTRACED | __WALL));
	if (n < 0) {
		err = -errno;
		snprintf(why, size, "waitpid: %s", strerror(-err));
		return err;
	}
	if (WIFSTOPPED(status) && WSTOPSIG(status) == wanted)
		return 0;
	if (!WIFSTOPPED(status))
		*pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return denied(WEXITSTATUS(status), why, size);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		return denied(ENOSYS, why, size);
	snprintf(why, size, "a ptraced process ended or stopped with status %#x, not with signal %d",
		 status, wanted & 0x7f);
	return -EPROTO;
}

/* The calls that user code depends on, at its getpid(). */
static int calls_try(int pid, char *why, unsigned int size)
{
	struct user_regs_struct regs;
	const char *what = "PTRACE_GETREGS";
	int err;

	if (ptrace(PTRACE_GETREGS, pid, 0, &regs) < 0)
		goto fail;
	if (regs.orig_rax != SYS_getpid) {
		snprintf(why, size, "PTRACE_SYSEMU stopped at system call %lld, not at getpid",
			 regs.orig_rax);
		return -EPROTO;
	}
	what = "PTRACE_SETREGS";
	regs.rax = ANSWER;
	if (ptrace(PTRACE_SETREGS, pid, 0, &regs) < 0)
		goto fail;
	what = "reading registers";
	err = init_pid_registers(pid);
	if (!err)
		return 0;
	errno = -err;
fail:
	err = -errno;
	snprintf(why, size, "%s: %s", what, strerror(-err));
	return err;
}

static int child_try(int *pid, char *why, unsigned int size)
{
	int err = stop_wait(pid, SIGSTOP, why, size), n, status;

	if (err)
		return err;
	if (ptrace(PTRACE_SETOPTIONS, *pid, 0,
		   (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) < 0 ||
	    ptrace(PTRACE_SYSEMU, *pid, 0, 0) < 0)
		return denied(errno, why, size);
	err = stop_wait(pid, SIGTRAP | 0x80, why, size);
	if (!err)
		err = calls_try(*pid, why, size);
	if (err)
		return err;
	if (ptrace(PTRACE_CONT, *pid, 0, 0) < 0)
		return denied(errno, why, size);
	CATCH_EINTR(n = waitpid(*pid, &status, __WALL));
	if (n == *pid && WIFEXITED(status)) {
		*pid = 0;
		if (!WEXITSTATUS(status))
			return 0;
	}
	snprintf(why, size, "PTRACE_SYSEMU: the host executes system calls all the same");
	return -EPROTO;
}

int skas_start(char *why, unsigned int size)
{
	int parent = syscall(SYS_getpid), err;
	int pid = syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		child_run(parent);
	if (pid < 0) {
		err = -errno;
		snprintf(why, size, "no process can be started: %s%s", strerror(-err),
			 err == -EAGAIN ? " (ulimit -u, or pids.max of a cgroup)" : "");
		return err;
	}
	err = child_try(&pid, why, size);
	if (pid > 0) {
		kill(pid, SIGKILL);
		CATCH_EINTR(waitpid(pid, NULL, __WALL));
	}
	if (!err)
		skas_rights_find();
	return err;
}
