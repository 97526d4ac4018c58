// SPDX-License-Identifier: GPL-2.0
/*
 * hostfs_option.c - hostfs=, in ./linux itself, so that it counts also where hostfs
 * is a module.
 */
#include <errno.h>
#include <string.h>
#include <init.h>
#include <os.h>
#include <uml/hostfs_root.h>
#include <uml/start.h>

static int __init hostfs_setup(char *text, int *add)
{
	char *dir = strsep(&text, ","), *word;
	int err;

	*add = 0;
	/* a variable of a script that is not set must not open everything */
	if (!*dir && !text)
		start_fail("hostfs=: a directory is wanted");
	while ((word = strsep(&text, ",")) != NULL) {
		if (!strcmp(word, "append"))
			hostfs_append = 1;
		else if (*word)
			start_fail("hostfs=%s,%s: the only flag is append", dir, word);
	}
	err = *dir ? hostfs_confine(dir) : 0;
	if (err == -ENOSYS)
		start_fail("hostfs=%s: /proc is not mounted here, and without it hostfs can't be confined",
			   dir);
	if (err)
		start_fail("hostfs=%s: %s", dir, strerror(-err));
	return 0;
}

__uml_setup("hostfs=", hostfs_setup,
"hostfs=<root dir>,<flags>,...\n"
"    All mounts of hostfs are of this directory of the host, or of one below it:\n"
"    it is their root. No link leads out of it. Without this, a user inside can\n"
"    mount everything of the host that the user who runs ./linux can reach.\n"
"    The only flag is 'append': files only grow, and none is removed.\n\n"
);
