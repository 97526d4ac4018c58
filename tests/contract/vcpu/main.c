// SPDX-License-Identifier: GPL-2.0
/*
 * vcpu - os-kvm and guest-entry with a tiny kernel above them, on this host's
 * /dev/kvm. Each case is a process of its own and prints a line: a case that
 * loses its vcpu, or hangs, does not take others with it.
 *
 * Arguments: names of cases; none: all.
 */
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include "guest.h"

#define CASE_SECONDS	20

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "probe", case_probe },
	{ "registers", case_registers },
	{ "flags", case_flags },
	{ "segments", case_segments },
	{ "exceptions", case_exceptions },
	{ "interrupts", case_interrupts },
	{ "step", case_step },
	{ "breakpoints", case_breakpoints },
	{ "movss", case_movss },
	{ "iret", case_iret },
	{ "xstate", case_xstate },
	{ "xstate-bad", case_xstate_bad },
	{ "flush-pages", case_flush_pages },
	{ "flush-root", case_flush_root },
	{ "flush-levels", case_flush_levels },
	{ "table-reuse", case_table_reuse },
	{ "stale", case_stale },
	{ "model", case_model },
	{ "kick-before", case_kick_before },
	{ "kick-loop", case_kick_loop },
	{ "kick-calls", case_kick_calls },
	{ "kick-work", case_kick_work },
	{ "kick-window", case_kick_window },
	{ "kick-thread", case_kick_thread },
	{ "bad-memory", case_bad_memory },
	{ "bad-memory-shadow", case_bad_memory_shadow },
	{ "no-memory", case_no_memory },
	{ "shutdown", case_shutdown },
	{ "abort", case_abort },
	{ "rights", case_rights },
	{ "two", case_two },
};

#define CASES (sizeof(cases) / sizeof(cases[0]))


struct kvm_probe *probe;
const char *host;
unsigned int slow = 1;

unsigned int rounds(unsigned int count, unsigned int least)
{
	return count / slow > least ? count / slow : least;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Says whether it was good. */
static int case_run(unsigned int i)
{
	double start = now();
	int status;
	pid_t pid;

	fflush(stdout);
	pid = CHECK_SYS(fork());
	if (pid == 0) {
		alarm(CASE_SECONDS * slow);	/* kills: something was lost */
		cases[i].run();
		fflush(stdout);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		printf("ok %s %.2f\n", cases[i].name, now() - start);
	else if (WIFEXITED(status) && WEXITSTATUS(status) == TEST_SKIPPED)
		printf("skip %s\n", cases[i].name);
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		printf("FAIL %s: it hangs\n", cases[i].name);
	else if (WIFSIGNALED(status))
		printf("FAIL %s: signal %d\n", cases[i].name, WTERMSIG(status));
	else
		printf("FAIL %s: the line above\n", cases[i].name);
	return WIFEXITED(status) &&
		(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == TEST_SKIPPED);
}

static int wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return 1;
	return argc == 1;
}

int main(int argc, char **argv)
{
	unsigned int i, bad = 0;
	struct vm vm;

	host = getenv("HOST") ?: "native";
	if (getenv("SLOW") && atoi(getenv("SLOW")) > 0)
		slow = atoi(getenv("SLOW"));
	if (vm_open(&vm) < 0)
		SKIP("%s", vm.why);
	vm_close(&vm);
	/* the first case fills it in for the others */
	probe = mmap(NULL, sizeof(*probe), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	CHECK(probe != MAP_FAILED);
	if (!case_run(0))
		FAIL("nothing else can be tried");
	if (!probe->exit_ns)	/* it was skipped, and has said why */
		return TEST_SKIPPED;
	for (i = 1; i < CASES; i++)
		if (wanted(cases[i].name, argc, argv))
			bad += !case_run(i);
	if (bad)
		FAIL("%u cases failed", bad);
	return 0;
}
