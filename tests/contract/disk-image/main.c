// SPDX-License-Identifier: GPL-2.0
/*
 * disk-image - what the host side of ubd makes of files: images, COW files and
 * backing files in all states, locks, direct I/O. Built with sanitizers.
 *
 * Arguments: names of cases; none: all.
 */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>
#include "image_test.h"

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "raw", case_raw },
	{ "kinds", case_kinds },
	{ "read-only", case_read_only },
	{ "resize", case_resize },
	{ "create", case_create },
	{ "create-fails", case_create_fails },
	{ "create-killed", case_create_killed },
	{ "create-race", case_create_race },
	{ "versions", case_versions },
	{ "headers", case_headers },
	{ "hostile", case_hostile },
	{ "bitmap", case_bitmap },
	{ "short-bitmap", case_short_bitmap },
	{ "paths", case_paths },
	{ "mismatch", case_mismatch },
	{ "switch", case_switch },
	{ "locks", case_locks },
	{ "lock-holders", case_lock_holders },
	{ "direct", case_direct },
	{ "block-device", case_block_device },
	{ "debian", case_debian },
};

static int descriptors_count(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	CHECK(dir, "/proc/self/fd");
	while (readdir(dir))
		n++;
	CHECK_SYS(closedir(dir));
	return n;
}

static int is_wanted(const char *name, char **argv)
{
	if (!argv[1])
		return 1;
	while (*++argv)
		if (!strcmp(*argv, name))
			return 1;
	return 0;
}

/* Each in a folder of its own; the sanitizers see what is lost in memory. */
static void case_run(const char *name, void (*body)(void))
{
	int before = descriptors_count(), after;

	printf("case %s\n", name);
	fflush(stdout);
	CHECK_SYS(mkdir(name, 0755));
	CHECK_SYS(chdir(name));
	body();
	CHECK_SYS(chdir(".."));
	after = descriptors_count();
	CHECK(before == after, "%s: %d descriptors were lost", name, after - before);
}

int main(int argc, char **argv)
{
	int done = 0;

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!is_wanted(cases[i].name, argv))
			continue;
		case_run(cases[i].name, cases[i].run);
		done++;
	}
	CHECK(done >= argc - 1 && done, "no such case");
	return 0;
}
