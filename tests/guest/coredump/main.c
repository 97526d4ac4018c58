// SPDX-License-Identifier: GPL-2.0
/*
 * coredump checks the core file of a process with two threads that faults with
 * known registers and memory: a complete ELF core with the registers of both,
 * the signal, the auxiliary vector, the mapped files, and the memory.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sys/procfs.h>

#include "child.h"
#include "coredump.h"
#include "page.h"

#define PATTERN "/proc/sys/kernel/core_pattern"

static char pattern[256];

/* A plain file name is what we need; else (and if we may) make it one. */
static int pattern_set(void)
{
	int fd = CHECK_SYS(open(PATTERN, O_RDONLY | O_CLOEXEC));

	CHECK(read(fd, pattern, sizeof(pattern) - 1) > 0, "%s is empty", PATTERN);
	CHECK_SYS(close(fd));
	pattern[strcspn(pattern, "\n")] = 0;
	if (pattern[0] != '|' && !strchr(pattern, '/'))
		return 0;
	fd = open(PATTERN, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "core\n", 5) != 5)
		SKIP("%s is '%s' and can't be changed: %s", PATTERN, pattern,
		     strerror(errno));
	CHECK_SYS(close(fd));
	return 1;
}

static void pattern_restore(void)
{
	int fd = CHECK_SYS(open(PATTERN, O_WRONLY | O_CLOEXEC));

	CHECK(write(fd, pattern, strlen(pattern)) == (ssize_t)strlen(pattern), "%s",
	      strerror(errno));
	CHECK_SYS(close(fd));
}

/* The only file in the current directory; false: it is empty. */
static int file_find(char *name, size_t size)
{
	DIR *dir = opendir(".");
	struct dirent *entry;
	int files = 0;

	CHECK(dir, "opendir: %s", strerror(errno));
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.' && !files++)
			snprintf(name, size, "%s", entry->d_name);
	CHECK_SYS(closedir(dir));
	CHECK(files <= 1, "%d files instead of one", files);
	return files;
}

/* How, where and as whom it died */
static void death_check(const struct core *core, const struct victim *v, pid_t pid)
{
	const struct elf_prpsinfo *ps;
	const siginfo_t *info;
	struct note note;

	CHECK(core_note(core, NT_PRPSINFO, 0, &note) && note.size == sizeof(*ps),
	      "NT_PRPSINFO");
	ps = note.data;
	CHECK(ps->pr_pid == pid && !strcmp(ps->pr_fname, "the victim"),
	      "NT_PRPSINFO: pid %d, name %s", ps->pr_pid, ps->pr_fname);
	CHECK(core_note(core, NT_SIGINFO, 0, &note) && note.size == sizeof(*info),
	      "NT_SIGINFO");
	info = note.data;
	CHECK(info->si_signo == SIGSEGV && info->si_code == SEGV_MAPERR &&
	      info->si_addr == v->bad, "signal %d, code %d, address %p (%p)",
	      info->si_signo, info->si_code, info->si_addr, (void *)v->bad);
}

/* The auxiliary vector is that of the parent: fork() does not change it. */
static void auxv_check(const struct core *core)
{
	int fd = CHECK_SYS(open("/proc/self/auxv", O_RDONLY | O_CLOEXEC));
	static char auxv[4096];
	struct note note;
	long size = CHECK_SYS(read(fd, auxv, sizeof(auxv)));

	CHECK_SYS(close(fd));
	CHECK(core_note(core, NT_AUXV, 0, &note), "no NT_AUXV");
	CHECK(size > 64 && note.size >= size && !memcmp(note.data, auxv, size),
	      "NT_AUXV (%u bytes) and /proc/self/auxv (%ld) differ", note.size, size);
}

/* NT_FILE: the text of this program at its address */
static void files_check(const struct core *core)
{
	const unsigned long *word, (*range)[3];
	const char *name;
	char exe[512] = "";
	struct note note;

	if (!core_note(core, NT_FILE, 0, &note)) {
		NOTE("no NT_FILE");
		return;
	}
	CHECK_SYS(readlink("/proc/self/exe", exe, sizeof(exe) - 1));
	word = note.data; /* count, page size, then start, end, offset */
	range = (const void *)(word + 2);
	name = (const char *)(range + word[0]);
	for (unsigned long i = 0; i < word[0]; i++, name += strlen(name) + 1)
		if (range[i][0] <= (unsigned long)crash_ip &&
		    (unsigned long)crash_ip < range[i][1]) {
			CHECK(!strcmp(name, exe), "the text is in %s, not %s", name,
			      exe);
			return;
		}
	FAIL("no file holds %p", (void *)crash_ip);
}

static void page_check(const struct core *core, const char *page, uint64_t tag)
{
	const void *dumped = core_memory(core, page, PAGE);

	CHECK(dumped, "the page at %p was not dumped", (const void *)page);
	PAGE_CHECK(dumped, tag, "dumped");
}

static void memory_check(const struct core *core, const struct victim *v)
{
	const uint64_t *word = core_memory(core, v->told->stack_word, sizeof(*word));

	page_check(core, v->private, 0x1001);
	page_check(core, v->shared, 0x1002);
	page_check(core, v->closed, 0x1003);
	CHECK(!core_memory(core, v->not_dumped, 1), "MADV_DONTDUMP was dumped");
	CHECK(!core_memory(core, v->bad, 1), "unmapped memory was dumped");
	CHECK(word && *word == STACK_WORD, "the stack is not there, or wrong");
}

static void limit_set(rlim_t bytes)
{
	struct rlimit limit;

	CHECK_SYS(getrlimit(RLIMIT_CORE, &limit));
	if (bytes > limit.rlim_max)
		SKIP("RLIMIT_CORE is at most %lu bytes", limit.rlim_max);
	limit.rlim_cur = bytes;
	CHECK_SYS(setrlimit(RLIMIT_CORE, &limit));
}

static void dump_check(struct victim *v)
{
	char name[256];
	struct core core;
	pid_t pid = child_start(victim_body, v);
	int status = child_wait(pid);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV &&
	      WCOREDUMP(status), "the victim's wait status is 0x%x", status);
	CHECK(file_find(name, sizeof(name)), "no core file");
	core_load(&core, name);
	registers_check(&core, v, pid);
	death_check(&core, v, pid);
	auxv_check(&core);
	files_check(&core);
	memory_check(&core, v);
	core_free(&core);
	CHECK_SYS(unlink(name));
}

static void test_body(void *arg)
{
	static struct victim v;
	char name[256];
	int status;

	(void)arg;
	victim_prepare(&v);
	limit_set(64 << 20);
	for (int i = 0; i < 3; i++)
		dump_check(&v);
	limit_set(0);
	status = child_wait(child_start(victim_body, &v));
	CHECK(WIFSIGNALED(status) && !WCOREDUMP(status), "no core allowed: wait "
	      "status 0x%x", status);
	CHECK(!file_find(name, sizeof(name)), "no core allowed, but there is %s",
	      name);
}

int main(void)
{
	char dir[] = "/tmp/coredump.XXXXXX", name[256];
	int changed, status;

	/* Not test_begin(): it forbids core files. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	changed = pattern_set();
	CHECK(mkdtemp(dir), "mkdtemp: %s", strerror(errno));
	CHECK_SYS(chdir(dir));
	alarm(60);
	status = child_wait(child_start(test_body, NULL));
	if (changed)
		pattern_restore();
	if (file_find(name, sizeof(name))) /* after a failure */
		CHECK_SYS(unlink(name));
	CHECK_SYS(rmdir(dir));
	return WIFEXITED(status) ? WEXITSTATUS(status) : TEST_FAILED;
}
