// SPDX-License-Identifier: GPL-2.0
/* exec.c - storms of fork, vfork and exec, and what a new image starts with. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "arena.h"
#include "child.h"
#include "forkexec.h"
#include "page.h"
#include "probe.h"

#define BATCH 6
#define CHAIN 8
#define FRESH 44 /* exit status of that role */

static int in_bss;
static int in_data = 4711;

static void exit_body(void *arg)
{
	_exit((int)(long)arg);
}

static void exec_body(void *arg)
{
	role_exec("exit", arg);
}

/* Batches of children that end with a status of their own, with or without exec */
static void storm_check(int rounds, int with_exec)
{
	for (int round = 0; round < rounds; round++) {
		static char text[BATCH][16];
		pid_t pid[BATCH];

		for (int i = 0; i < BATCH; i++) {
			int code = (round * BATCH + i) % 250;

			snprintf(text[i], sizeof(text[i]), "%d", code);
			pid[i] = with_exec ? child_start(exec_body, text[i]) :
				child_start(exit_body, (void *)(long)code);
		}
		for (int i = BATCH - 1; i >= 0; i--) {
			int status = child_wait(pid[i]);

			CHECK(status == atoi(text[i]) << 8,
			      "round %d child %d: wait status 0x%x, should exit "
			      "with %s", round, i, status, text[i]);
		}
	}
}

/* One process, many images */
int chain_role(char **argv)
{
	int left = atoi(argv[2]);
	char text[32];

	CHECK(in_bss == 0 && in_data == 4711, "bss %d, data %d in a new image",
	      in_bss, in_data);
	in_bss = in_data = left;
	if (left == 0)
		return 33;
	snprintf(text, sizeof(text), "%d", left - 1);
	role_exec("chain", text);
}

static void chain_body(void *arg)
{
	char text[32];

	(void)arg;
	in_bss = in_data = 1;
	snprintf(text, sizeof(text), "%d", CHAIN);
	role_exec("chain", text);
}

/* vfork: the child has our memory, and we wait until it is gone. */
static void vfork_check(const char *code)
{
	static volatile int seen;
	int status;
	pid_t pid;

	seen = 0;
	pid = vfork();
	CHECK(pid >= 0, "vfork: %s", strerror(errno));
	if (pid == 0) {
		char *argv[] = { (char *)"role", (char *)"exit", (char *)code, NULL };

		for (int i = 0; i < 3; i++)
			syscall(SYS_sched_yield);
		seen = getpid();
		if (code)
			execv(SELF, argv);
		_exit(13);
	}
	CHECK(seen == pid, "after vfork() = %d the child's store is %d", pid, seen);
	status = child_wait(pid);
	CHECK(status == (code ? atoi(code) : 13) << 8, "wait status 0x%x", status);
}

static void handler(int signo)
{
	(void)signo;
}

/* argv: "role", "fresh", address, pid, open fd, closed fd */
int fresh_role(int argc, char **argv)
{
	struct sigaction action;
	sigset_t mask;
	stack_t stack;

	CHECK(argc == 6, "%d arguments", argc);
	CHECK(getpid() == atoi(argv[3]), "pid %d was %s", getpid(), argv[3]);
	CHECK(syscall(SYS_gettid) == getpid(), "tid %ld", syscall(SYS_gettid));
	CHECK(in_bss == 0 && in_data == 4711, "bss %d, data %d", in_bss, in_data);
	CHECK_SYS(sigaction(SIGUSR1, NULL, &action));
	CHECK(action.sa_handler == SIG_DFL, "the handler of SIGUSR1 survived");
	CHECK_SYS(sigaction(SIGUSR2, NULL, &action));
	CHECK(action.sa_handler == SIG_IGN, "SIGUSR2 is no more ignored");
	CHECK_SYS(sigprocmask(SIG_BLOCK, NULL, &mask));
	CHECK(sigismember(&mask, SIGTERM) == 1, "SIGTERM is no more blocked");
	CHECK_SYS(sigpending(&mask));
	CHECK(sigismember(&mask, SIGTERM) == 1, "SIGTERM is no more pending");
	CHECK_SYS(sigaltstack(NULL, &stack));
	CHECK(stack.ss_flags & SS_DISABLE, "the signal stack survived");
	CHECK(fcntl(atoi(argv[4]), F_GETFD) == 0, "fd %s: %s", argv[4],
	      strerror(errno));
	CHECK(fcntl(atoi(argv[5]), F_GETFD) == -1, "fd %s was not closed", argv[5]);
	probe_init();
	PROBE_CHECK(read, strtoul(argv[2], NULL, 16), PROBE_MAPERR,
		    "mapped before exec");
	return FRESH;
}

static void *fresh_thread(void *arg)
{
	char **argv = arg;

	execv(SELF, argv);
	FAIL("exec from a thread: %s", strerror(errno));
}

static void *sleeper(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void fresh_prepare(char text[4][32])
{
	int keep = CHECK_SYS(open("/dev/null", O_RDONLY)); /* not O_CLOEXEC */
	int gone = CHECK_SYS(open("/dev/null", O_RDONLY | O_CLOEXEC));
	void *page = mmap(arena_find(ARENA_1G), PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	sigset_t mask;

	CHECK(page != MAP_FAILED, "%s", strerror(errno));
	memset(page, 1, PAGE);
	in_bss = in_data = 3;
	probe_init();
	CHECK(signal(SIGUSR1, handler) != SIG_ERR, "%s", strerror(errno));
	CHECK(signal(SIGUSR2, SIG_IGN) != SIG_ERR, "%s", strerror(errno));
	CHECK_SYS(sigemptyset(&mask));
	CHECK_SYS(sigaddset(&mask, SIGTERM));
	CHECK_SYS(sigprocmask(SIG_BLOCK, &mask, NULL));
	CHECK_SYS(kill(getpid(), SIGTERM));
	snprintf(text[0], 32, "%lx", (unsigned long)page);
	snprintf(text[1], 32, "%d", getpid());
	snprintf(text[2], 32, "%d", keep);
	snprintf(text[3], 32, "%d", gone);
}

/* exec from the only thread, or (arg) from the last of several */
static void fresh_body(void *arg)
{
	char text[4][32];
	char *argv[] = { (char *)"role", (char *)"fresh", text[0], text[1], text[2],
			 text[3], NULL };
	pthread_t thread;

	fresh_prepare(text);
	if (!arg)
		fresh_thread(argv);
	for (int i = 0; i < 3; i++)
		CHECK(pthread_create(&thread, NULL, i < 2 ? sleeper : fresh_thread,
				     argv) == 0, "pthread_create");
	sleeper(NULL);
}

static void status_expect(const char *what, void (*body)(void *), void *arg,
			  int code)
{
	int status = child_wait(child_start(body, arg));

	CHECK(status == code << 8, "%s: wait status 0x%x, should exit with %d",
	      what, status, code);
}

static void file_make(const char *path, const char *text, size_t size, int mode)
{
	int fd = CHECK_SYS(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));

	CHECK(write(fd, text, size) == (ssize_t)size, "%s", strerror(errno));
	CHECK_SYS(fchmod(fd, mode));
	CHECK_SYS(close(fd));
}

static void script_body(void *arg)
{
	char *argv[] = { (char *)"ignored", NULL };

	execv(arg, argv);
	FAIL("exec of a script: %s", strerror(errno));
}

/* What must fail, and leave the process as it was; a script */
static void files_check(void)
{
	char dir[] = "/tmp/forkexec.XXXXXX", path[64];
	char *argv[] = { (char *)"x", NULL };

	CHECK(mkdtemp(dir), "mkdtemp: %s", strerror(errno));
	snprintf(path, sizeof(path), "%s/file", dir);
	CHECK(execv(path, argv) == -1 && errno == ENOENT, "no file: %s",
	      strerror(errno));
	CHECK(execv(dir, argv) == -1 && errno == EACCES, "a directory: %s",
	      strerror(errno));
	file_make(path, "garbage, no program\n", 20, 0600);
	CHECK(execv(path, argv) == -1 && errno == EACCES, "not executable: %s",
	      strerror(errno));
	file_make(path, "garbage, no program\n", 20, 0700);
	CHECK(execv(path, argv) == -1 && errno == ENOEXEC, "no program: %s",
	      strerror(errno));
	file_make(path, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\2\0\x3e\0", 20, 0700);
	CHECK(execv(path, argv) == -1 && errno == ENOEXEC, "half a header: %s",
	      strerror(errno));
	file_make(path, "#!" SELF " script\n", strlen(SELF) + 10, 0700);
	status_expect("script", script_body, path, 55);
	CHECK_SYS(unlink(path));
	CHECK_SYS(rmdir(dir));
}

void exec_check(int rounds)
{
	storm_check(2 * rounds, 0);
	storm_check(rounds, 1);
	status_expect("chain", chain_body, NULL, 33);
	for (int i = 0; i < rounds; i++)
		vfork_check(i % 2 ? "99" : NULL);
	status_expect("fresh", fresh_body, NULL, FRESH);
	status_expect("exec from a thread", fresh_body, "", FRESH);
	files_check();
}
