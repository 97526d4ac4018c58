// SPDX-License-Identifier: GPL-2.0
/* process.c - fork, exec, threads and signals. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define STATUS 7
#define BIG_SIZE (64ul << 20)
#define PAGE 4096ul

static char *big;
static volatile int handled;
static volatile char *guarded;
static sigjmp_buf back;

static void child_wait(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %s", strerror(errno));
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == STATUS,
	      "the child's wait status is 0x%x", status);
}

static unsigned long fork_run(unsigned long ops)
{
	unsigned long i;
	pid_t pid;

	for (i = 0; i < ops; i++) {
		pid = CHECK_SYS(fork());
		if (!pid)
			_exit(STATUS);
		child_wait(pid);
	}
	return ops;
}

static void big_begin(void)
{
	size_t i;

	big = mmap(NULL, BIG_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(big != MAP_FAILED, "mmap: %s", strerror(errno));
	CHECK(!madvise(big, BIG_SIZE, MADV_NOHUGEPAGE) || errno == EINVAL);
	for (i = 0; i < BIG_SIZE; i += PAGE)
		big[i] = i / PAGE;
}

static void big_end(void)
{
	size_t i;

	for (i = 0; i < BIG_SIZE; i += PAGE)
		CHECK(big[i] == (char)(i / PAGE), "at %zu", i);
	CHECK_SYS(munmap(big, BIG_SIZE));
}

static unsigned long exec_run(unsigned long ops)
{
	unsigned long i;
	pid_t pid;

	for (i = 0; i < ops; i++) {
		pid = CHECK_SYS(fork());
		if (!pid) {
			execl("/proc/self/exe", "process", "--end", NULL);
			_exit(1);
		}
		child_wait(pid);
	}
	return ops;
}

static void *thread(void *arg)
{
	return (char *)arg + 1;
}

static unsigned long thread_run(unsigned long ops)
{
	pthread_t one;
	unsigned long i;
	void *result;

	for (i = 0; i < ops; i++) {
		CHECK(!pthread_create(&one, NULL, thread, (void *)i));
		CHECK(!pthread_join(one, &result));
		CHECK((uintptr_t)result == i + 1);
	}
	return ops;
}

static void count(int signo)
{
	(void)signo;
	handled++;
}

static void other(int signo)
{
	(void)signo;
}

static void handler_begin(void)
{
	CHECK(signal(SIGUSR1, count) != SIG_ERR);
}

static unsigned long install_run(unsigned long ops)
{
	struct sigaction a = { .sa_handler = count }, b = { .sa_handler = other };
	struct sigaction old;
	unsigned long done;

	CHECK_SYS(sigaction(SIGUSR1, &a, NULL));
	for (done = 0; done < ops; done += 2) {
		CHECK_SYS(sigaction(SIGUSR1, &b, &old));
		CHECK(old.sa_handler == count);
		CHECK_SYS(sigaction(SIGUSR1, &a, &old));
		CHECK(old.sa_handler == other);
	}
	return done;
}

static unsigned long handle_run(unsigned long ops)
{
	pid_t self = getpid();
	unsigned long i;

	for (i = 0; i < ops; i++) {
		handled = 0;
		CHECK_SYS(kill(self, SIGUSR1));
		CHECK(handled == 1);
	}
	return ops;
}

static void fault(int signo, siginfo_t *info, void *context)
{
	(void)context;
	CHECK(signo == SIGSEGV && info->si_addr == guarded);
	handled++;
	siglongjmp(back, 1);
}

static void fault_begin(void)
{
	struct sigaction a = { .sa_sigaction = fault,
			       .sa_flags = SA_SIGINFO | SA_NODEFER };

	guarded = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(guarded != MAP_FAILED);
	CHECK_SYS(sigaction(SIGSEGV, &a, NULL));
}

/* A write to a page that is read only: fault, handler, and out of it. */
static unsigned long fault_run(unsigned long ops)
{
	volatile unsigned long i;

	handled = 0;
	for (i = 0; i < ops; i++)
		if (!sigsetjmp(back, 0))
			guarded[0] = 1;
	CHECK((unsigned long)handled == ops);
	return ops;
}

static void fault_end(void)
{
	CHECK(signal(SIGSEGV, SIG_DFL) != SIG_ERR);
	CHECK_SYS(munmap((void *)guarded, PAGE));
}

static const struct figure figures[] = {
	{ "signal/install", "ns", NULL, install_run, NULL, 0 },
	{ "signal/handle", "ns", handler_begin, handle_run, NULL, 0 },
	{ "signal/write-fault", "ns", fault_begin, fault_run, fault_end, 1 << 30 },
	{ "thread/create-join", "ns", NULL, thread_run, NULL, 0 },
	{ "process/fork-exit", "ns", NULL, fork_run, NULL, 0 },
	{ "process/fork-exec", "ns", NULL, exec_run, NULL, 0 },
	{ "process/fork-64M", "ns", big_begin, fork_run, big_end, 0 },
};

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "--end"))
		return STATUS;
	return bench_main(argc, argv, figures, sizeof(figures) / sizeof(figures[0]));
}
