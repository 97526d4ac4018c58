// SPDX-License-Identifier: GPL-2.0
/*
 * asan - programs built with AddressSanitizer run: a correct one ends well, an
 * error is found and named. Its shadow memory lies where x86-64 programs have
 * it, at a fixed address beyond what skas gives a process (510 GiB).
 */
#define _GNU_SOURCE
#include <sys/stat.h>

#include "child.h"
#include "embed.h"

#define SHADOW_START	0x7fff8000ul
#define SHADOW_END	0x10007fff8000ul	/* for a 47-bit address space */
#define EXIT_FOUND	23

/* Is there room for the shadow's end? */
static int room_check(void)
{
	char *want = (char *)SHADOW_END - 4096;
	char *got = mmap(want, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	if (got == MAP_FAILED)
		return 0;
	CHECK(got == want, "mmap at %p gives %p", want, got);
	CHECK_SYS(munmap(got, 4096));
	return 1;
}

static void files_write(void)
{
	const struct embedded *file;
	int fd;

	for (file = embedded; file->name; file++) {
		fd = CHECK_SYS(open(file->name, O_WRONLY | O_CREAT | O_EXCL |
				    O_CLOEXEC, 0755));
		embedded_write(file, fd);
		CHECK_SYS(close(fd));
	}
}

/* Run it; what it prints goes to `text`. Returns its wait status. */
static int victim_run(char *what, char *text, size_t size)
{
	char options[] = "ASAN_OPTIONS=exitcode=23:detect_leaks=0:symbolize=0";
	char *argv[] = { (char *)"./victim", what, NULL };
	char *envp[] = { options, NULL };
	size_t used = 0;
	int fds[2];
	ssize_t n;
	pid_t pid;

	CHECK_SYS(pipe2(fds, O_CLOEXEC));
	pid = CHECK_SYS(fork());
	if (!pid) {
		CHECK_SYS(dup2(fds[1], 1));
		CHECK_SYS(dup2(fds[1], 2));
		CHECK_SYS(execve(argv[0], argv, envp));
	}
	CHECK_SYS(close(fds[1]));
	do {
		n = CHECK_SYS(read(fds[0], text + used, size - 1 - used));
		used += n;
	} while (n && used < size - 1);
	text[used] = '\0';
	CHECK_SYS(close(fds[0]));
	return child_wait(pid);
}

static void victim_check(const char *what, int code, const char *says)
{
	char text[65536];
	int status = victim_run((char *)what, text, sizeof(text));
	const char *name = what ? what : "correct program";

	if (!WIFEXITED(status) || WEXITSTATUS(status) != code ||
	    !strstr(text, says)) {
		printf("%s\n", text);
		FAIL("%s: wait status 0x%x, expected exit %d and '%s'", name,
		     status, code, says);
	}
	printf("%s: %s\n", name, says);
}

int main(void)
{
	const char *backend = getenv("BACKEND");

	test_begin(100);
	if (!room_check()) {
		CHECK(backend && !strcmp(backend, "skas"),
		      "no room for the shadow memory, which ends at 0x%lx",
		      SHADOW_END);
		SKIP("processes have 510 GiB, the shadow memory of "
		     "AddressSanitizer is at 0x%lx..0x%lx", SHADOW_START,
		     SHADOW_END);
	}
	files_write();
	victim_check(NULL, 0, "correct");
	victim_check("heap", EXIT_FOUND, "heap-buffer-overflow");
	victim_check("free", EXIT_FOUND, "heap-use-after-free");
	victim_check("stack", EXIT_FOUND, "stack-buffer-overflow");
	victim_check("global", EXIT_FOUND, "global-buffer-overflow");
	return 0;
}
