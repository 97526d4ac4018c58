// SPDX-License-Identifier: GPL-2.0
/*
 * embedded_root.c - boot the root that is linked into the binary, unless the
 * command line or a file root_fs in the current folder says what to boot.
 *
 * The embedded root has no /init, so that the kernel looks for a root device
 * as ever. It is booted by naming its init: rdinit=/sbin/init.
 *
 * Where it is not booted it is not there: an initrd= finds a root with no more in
 * it than a kernel without an archive of its own makes, /dev/console and /root.
 */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/init_syscalls.h>
#include <linux/kdev_t.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <init.h>
#include <os.h>
#include <uml/embedded_root.h>
#include <uml/start.h>

#define INIT_DEFAULT	"/sbin/init"
#define ROOT_FILE	"root_fs"	/* what ubd0 is when nobody says so */

/* Each of these says by itself what is booted. */
static const char * const chosen[] = {
	"root=", "ubd0", "ubda", "initrd=", "rdinit=",
};

bool embedded_root_booted;
static bool unpacked __initdata;

static bool __init argument_chooses(const char *arg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(chosen); i++)
		if (strstarts(arg, chosen[i]))
			return true;
	return false;
}

void __init embedded_root_args(int argc, char **argv, void (*add)(char *arg))
{
	static char rdinit[256] __initdata = "rdinit=" INIT_DEFAULT;
	bool other = false, archive = false, init_named = false;
	int i;

	for (i = 1; i < argc; i++) {
		other |= argument_chooses(argv[i]);
		archive |= strstarts(argv[i], "initrd=");
		init_named |= strstarts(argv[i], "rdinit=");
		if (strstarts(argv[i], "init="))
			snprintf(rdinit, sizeof(rdinit), "rd%s", argv[i]);
	}
	if (other) {
		unpacked = init_named && !archive;
		return;
	}
	if (os_access(ROOT_FILE, OS_ACC_F_OK) == 0)
		return;
	embedded_root_booted = true;
	unpacked = true;
	add(rdinit);
}

static int __init exitcode_setup(char *line, int *add)
{
	if (strcmp(line, "shell"))
		start_fail("exitcode=%s: only exitcode=shell is known", line);
	return 0;
}

__uml_setup("exitcode=", exitcode_setup,
"exitcode=shell\n"
"    The status of ./linux is that of the embedded root's shell: of its last command,\n"
"    or what exit says. ./linux exitcode=shell < SCRIPT runs a script like sh does.\n\n"
);

__uml_help(embedded_root_args,
"demo\n"
"    The embedded root runs a demonstration that checks its own results, and powers\n"
"    off. The status of ./linux is 0 if all of them were right.\n\n"
);

bool __init embedded_root_leave(void)
{
	int err;

	if (unpacked)
		return false;
	err = init_mkdir("/dev", 0755);
	if (!err)
		err = init_mknod("/dev/console", S_IFCHR | 0600,
				 new_encode_dev(MKDEV(5, 1)));
	if (!err)
		err = init_mkdir("/root", 0700);
	if (err)
		pr_err("the first root can't be made: %d\n", err);
	return true;
}
