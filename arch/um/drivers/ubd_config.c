// SPDX-License-Identifier: GPL-2.0
/*
 * ubd_config.c - disks by command line and by mconsole, and the machine's end.
 */
#include <linux/init.h>
#include <linux/panic_notifier.h>
#include <linux/printk.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <init.h>
#include <os.h>
#include <uml/embedded_root.h>
#include <uml/machine_end.h>
#include "mconsole_kern.h"
#include "ubd.h"
#include "ubd_disk.h"

#define ROOT_FILE	"root_fs"	/* ubd0, if nobody says what is */
#define BOOT_OPTIONS	(2 * UBD_DISKS)
#define NO_DISK		"there is no such disk"

/* What was said about a disk before it is there */
static struct {
	u8 cache, force;
	u16 sector;
} settings[UBD_DISKS];

static bool all_sync = IS_ENABLED(CONFIG_BLK_DEV_UBD_SYNC);

static char why[IMAGE_WHY_SIZE];	/* under ubd_mutex; mconsole reads it later */

/* There is no memory to be had yet when these come. */
static char *boot_line[BOOT_OPTIONS] __initdata;
static int boot_lines __initdata;

static int __init ubd_setup(char *line)
{
	if (boot_lines == BOOT_OPTIONS)
		pr_err("ubd%s: too many options for disks\n", line);
	else
		boot_line[boot_lines++] = line;
	return 1;
}
__setup("ubd", ubd_setup);
__uml_help(ubd_setup,
"ubd<n><flags>=<filename>[(:|,)<filename2>][(:|,)<serial>]\n"
"    A disk in a file of the host, or in one of its block devices. <n> is a\n"
"    number from 0 to 255, or a letter: ubd0 and ubda are /dev/ubda in the\n"
"    machine, after /dev/ubdz comes /dev/ubdaa. With two filenames the first\n"
"    one is a COW file, which takes what is written and is made if it is not\n"
"    there, and the second one is its backing file, which is only read. With\n"
"    one filename it is found out whether that is a COW file. As separator\n"
"    use ':' or ','; after a ':' the shell expands a '~'.\n"
"    Flags: r  read-only\n"
"           s  a write is done when it is on the host's disk (O_SYNC)\n"
"           d  it is no COW file, whatever it looks like\n"
"           c  other machines use it too, do not lock it; this is for cluster\n"
"              file systems, and loses data with all others\n"
"           t  no trim/discard\n"
"    A serial number appears in /sys/block/ubd*/serial. It is the third name,\n"
"    so without a backing file: ubd0=file,,serial\n\n"
"ubd=sync\n"
"    Flag s for all disks.\n\n"
"ubd.cache=(auto|direct|host), ubd<n>.cache=...\n"
"    How the files of all disks, or of one, are read and written. direct:\n"
"    asynchronously, past the host's page cache (O_DIRECT); host: through\n"
"    it, by threads; auto, which is the default: direct where the host's file\n"
"    system can do it, except for backing files.\n\n"
"ubd.sector=(512|1024|2048|4096), ubd<n>.sector=...\n"
"    Size of a sector, 512 bytes if not given. A host disk with larger\n"
"    sectors needs these for direct.\n\n"
"ubd<n>.backing=force\n"
"    Accept a backing file that is not what the COW file was made for.\n\n"
);

static int __init udb_setup(char *line)
{
	pr_err("udb%s: there is ubd, not udb\n", line);
	return 1;
}
__setup("udb", udb_setup);
__uml_help(udb_setup,
"udb\n"
"    Only there to say that it should be ubd.\n\n"
);

static int __init fake_ide_setup(char *line)
{
	pr_warn("fake_ide does nothing any more\n");
	return 1;
}
__setup("fake_ide", fake_ide_setup);
__uml_help(fake_ide_setup,
"fake_ide\n"
"    Does nothing any more.\n\n"
);

static void setting_take(const struct ubd_option *option)
{
	int unit = option->unit == UBD_ALL ? 0 : option->unit;
	int end = option->unit == UBD_ALL ? UBD_DISKS : unit + 1;

	for (; unit < end; unit++) {
		if (option->kind == UBD_OPTION_CACHE)
			settings[unit].cache = option->value;
		else if (option->kind == UBD_OPTION_SECTOR)
			settings[unit].sector = option->value;
		else if (option->kind == UBD_OPTION_FORCE)
			settings[unit].force = 1;
	}
}

static void want_set(struct ubd_disk *disk, const struct ubd_option *option)
{
	struct image_request *want = &disk->want;

	disk->unit = option->unit;
	disk->option = *option;
	disk->option.sync |= all_sync;
	ubd_option_want(&disk->option, want);
	want->cache = settings[disk->unit].cache;
	want->force_backing = settings[disk->unit].force;
	want->sector = settings[disk->unit].sector ?: SECTOR_SIZE;
	snprintf(disk->id, sizeof(disk->id), "ubd%d", disk->unit);
	want->name = disk->id;
}

/* @strings is what the option's names lie in, to be freed with the disk; or NULL. */
static int disk_take(const struct ubd_option *option, char *strings)
{
	struct ubd_disk *disk;

	if (ubd_find(option->unit)) {
		snprintf(why, sizeof(why), "it is configured already");
		kfree(strings);
		return -EBUSY;
	}
	disk = kzalloc(sizeof(*disk), GFP_KERNEL);
	if (!disk) {
		snprintf(why, sizeof(why), "too little memory");
		kfree(strings);
		return -ENOMEM;
	}
	disk->strings = strings;
	want_set(disk, option);
	return ubd_add(disk, why, sizeof(why));
}

/* ---- the command line */

/*
 * A machine does not start without a disk that it was to have: os-Linux/ubd_check.c has
 * looked already, this is for what can only be seen now. The first of two options for
 * one disk counts.
 */
static void __init boot_disk(const struct ubd_option *option)
{
	bool twice = ubd_find(option->unit);

	if (!disk_take(option, NULL))
		return;
	if (twice) {
		pr_err("ubd%d: %s\n", option->unit, why);
		return;
	}
	os_warn("linux: ubd%d: %s\n", option->unit, why);
	end_now(END_STATUS_REFUSED);
}

/* Settings come before the disks, wherever they are on the command line. */
static void __init boot_options(struct ubd_option *options, char *root_file)
{
	struct ubd_option *option = options;
	bool root = !embedded_root_booted;
	int i;

	for (i = 0; i < boot_lines; i++) {
		if (ubd_option_parse(boot_line[i], option, why, sizeof(why))) {
			pr_err("ubd%s: %s\n", boot_line[i], why);
			continue;
		}
		if (option->kind == UBD_OPTION_DISK)
			root &= option++->unit != 0;
		else if (option->kind == UBD_OPTION_SYNC)
			all_sync = true;
		else if (option->kind == UBD_OPTION_MAJOR)
			pr_warn("ubd=<major number> does nothing any more\n");
		else
			setting_take(option);
	}
	for (i = 0; options + i < option; i++)
		boot_disk(&options[i]);
	/* nobody asked for this one: the machine may do without */
	*option = (struct ubd_option) { .file = root_file };
	if (root && os_access(root_file, OS_ACC_F_OK) == 0 && disk_take(option, NULL))
		pr_err("ubd0: %s\n", why);
}

static int __init ubd_init(void)
{
	static char root_file[] = ROOT_FILE;
	struct ubd_option *options;
	int err = ubd_driver_init();

	if (err) {
		pr_err("ubd: no block devices, error %d\n", err);
		return err;
	}
	options = kcalloc(boot_lines + 1, sizeof(*options), GFP_KERNEL);
	if (!options)
		return -ENOMEM;
	mutex_lock(&ubd_mutex);
	boot_options(options, root_file);
	mutex_unlock(&ubd_mutex);
	kfree(options);
	return 0;
}
late_initcall(ubd_init);

/* ---- mconsole: process context */

static int ubd_config(char *line, char **error)
{
	struct ubd_option option;
	char *copy = kstrdup(line, GFP_KERNEL);
	struct ubd_disk *disk;
	int err;

	*error = why;
	if (!copy) {
		*error = "too little memory";
		return -ENOMEM;
	}
	mutex_lock(&ubd_mutex);
	err = ubd_option_parse(copy, &option, why, sizeof(why));
	if (!err && option.kind == UBD_OPTION_DISK) {
		err = disk_take(&option, copy);
		goto out;
	}
	if (!err && option.kind == UBD_OPTION_RESCAN) {
		disk = ubd_find(option.unit);
		err = disk ? ubd_rescan(disk) : -ENODEV;
		if (!disk)
			snprintf(why, sizeof(why), NO_DISK);
		else if (err)
			snprintf(why, sizeof(why), "its size can't be had, error %d", -err);
	} else if (!err && option.kind == UBD_OPTION_SYNC) {
		all_sync = true;
	} else if (!err) {
		setting_take(&option);
	}
	kfree(copy);
out:
	mutex_unlock(&ubd_mutex);
	return err;
}

/* The number that all of @name is, which need not be a disk's; or -EINVAL */
static int unit_of(char *name)
{
	int unit = ubd_unit_parse(&name);

	return *name ? -EINVAL : unit;
}

static int ubd_get_config(char *name, char *str, int size, char **error)
{
	const struct ubd_disk *disk;
	int unit = unit_of(name), len = 0;

	if (unit < 0 || unit >= UBD_DISKS) {
		*error = "there are ubd0 to ubd255";
		return -EINVAL;
	}
	mutex_lock(&ubd_mutex);
	disk = ubd_find(unit);
	if (!disk) {
		*error = NO_DISK;
		goto out;
	}
	CONFIG_CHUNK(str, size, len, disk->option.file, 0);
	if (disk->cow) {
		CONFIG_CHUNK(str, size, len, ",", 0);
		CONFIG_CHUNK(str, size, len, disk->image.backing_path, 1);
	} else {
		CONFIG_CHUNK(str, size, len, "", 1);
	}
out:
	mutex_unlock(&ubd_mutex);
	return len;
}

static int ubd_id(char **str, int *start, int *end)
{
	*start = 0;
	*end = UBD_DISKS - 1;
	return unit_of(*str);
}

static int ubd_remove(int unit, char **error)
{
	struct ubd_disk *disk;
	int err = -ENODEV;

	*error = NO_DISK;
	mutex_lock(&ubd_mutex);
	disk = ubd_find(unit);
	if (disk)
		err = ubd_remove_disk(disk);
	mutex_unlock(&ubd_mutex);
	if (err == -EBUSY)
		*error = "it is open";
	return err;
}

static struct mc_device ubd_device = {
	.list		= LIST_HEAD_INIT(ubd_device.list),
	.name		= "ubd",
	.config		= ubd_config,
	.get_config	= ubd_get_config,
	.id		= ubd_id,
	.remove		= ubd_remove,
};

static int __init ubd_mc_init(void)
{
	mconsole_register_dev(&ubd_device);
	return 0;
}
__initcall(ubd_mc_init);

/* ---- the machine's end */

static int ubd_reboot(struct notifier_block *nb, unsigned long event, void *unused)
{
	struct ubd_disk *disk;
	int unit;

	mutex_lock(&ubd_mutex);
	for (unit = 0; (disk = ubd_next(&unit)); unit++)
		ubd_commit_now(disk);
	mutex_unlock(&ubd_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block ubd_reboot_nb = {
	.notifier_call = ubd_reboot,
};

/* Nothing runs any more, nobody holds the mutex for good. */
static void ubd_last(void)
{
	struct ubd_disk *disk;
	int unit;

	for (unit = 0; (disk = ubd_next(&unit)); unit++)
		if (disk->cow)
			ubd_commit_last(disk);
}
__uml_exitcall(ubd_last);

static int ubd_panic(struct notifier_block *nb, unsigned long event, void *unused)
{
	ubd_last();
	return NOTIFY_DONE;
}

/* Before arch/um's own (INT_MAX - 1), which ends the process. */
static struct notifier_block ubd_panic_nb = {
	.notifier_call = ubd_panic,
	.priority = INT_MAX,
};

static int __init ubd_end_init(void)
{
	register_reboot_notifier(&ubd_reboot_nb);
	atomic_notifier_chain_register(&panic_notifier_list, &ubd_panic_nb);
	return 0;
}
__initcall(ubd_end_init);
