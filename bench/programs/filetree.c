// SPDX-License-Identifier: GPL-2.0
/*
 * filetree.c - the trees of tree.c in file systems that are not memory:
 *
 *   tree_ext4/	ext4 on a disk: of the device TREE_DISK in a machine, natively
 *		of a loop device on the file TREE_IMAGE. What is made or removed
 *		is on the disk when the clock stops; what is looked at or read was
 *		in no cache of this kernel before.
 *   tree_hostfs/	the directory TREE_HOST of the host, through hostfs in a
 *		machine. It is empty, and is empty again afterwards.
 *
 * BACKEND is "native" natively. An operation is one file.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "files.h"

#define MOUNT_POINT "mnt"
#define LOOP_TRIES 100

static int native;
static int loop_fd = -1;
static char device[64];
static int home = -1;		/* the current directory at the start */

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	CHECK(value && *value, "no %s in the environment", name);
	return value;
}

/* The number of a free loop device that is now for us; others may be faster. */
static int loop_try(int control, const struct loop_config *config)
{
	int number = ioctl(control, LOOP_CTL_GET_FREE);

	if (number < 0)
		SKIP("/dev/loop-control: no free loop device: %s", strerror(errno));
	CHECK(snprintf(device, sizeof(device), "/dev/loop%d", number) > 0);
	loop_fd = open(device, O_RDWR | O_CLOEXEC);
	if (loop_fd < 0)
		SKIP("%s: %s", device, strerror(errno));
	if (!ioctl(loop_fd, LOOP_CONFIGURE, config))
		return 0;
	CHECK(errno == EBUSY, "%s: LOOP_CONFIGURE: %s", device, strerror(errno));
	CHECK_SYS(close(loop_fd));
	return -1;
}

/*
 * A loop device without a page cache below it, as the machine's disk has none.
 * The host removes it when the last descriptor and mount of it are gone,
 * whatever way this program ends.
 */
static void loop_make(const char *path)
{
	struct loop_config config = {
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO,
	};
	int tries = 0, control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (control < 0)
		SKIP("/dev/loop-control: %s", strerror(errno));
	config.fd = CHECK_SYS(open(path, O_RDWR | O_CLOEXEC));
	while (loop_try(control, &config))
		CHECK(++tries < LOOP_TRIES, "%s is always in use", device);
	CHECK_SYS(close(config.fd));
	CHECK_SYS(close(control));
}

static void disk_mount(void)
{
	CHECK(!mount(device, MOUNT_POINT, "ext4", 0, NULL), "mount %s: %s", device,
	      strerror(errno));
	CHECK_SYS(chdir(MOUNT_POINT));
}

static void disk_unmount(void)
{
	int fd;

	CHECK_SYS(fchdir(home));
	CHECK_SYS(umount(MOUNT_POINT));
	fd = CHECK_SYS(open(device, O_RDONLY | O_CLOEXEC));
	CHECK_SYS(ioctl(fd, BLKFLSBUF, 0));
	CHECK_SYS(close(fd));
}

static void disk_sync(void)
{
	int fd = CHECK_SYS(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	CHECK_SYS(syncfs(fd));
	CHECK_SYS(close(fd));
}

/* Mounts of one's own: nobody else sees them, and nobody has to undo them. */
static void mounts_own(void)
{
	static int done;

	if (done)
		return;
	done = 1;
	if (unshare(CLONE_NEWNS))
		SKIP("a mount namespace: %s", strerror(errno));
	CHECK_SYS(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
}

static void place_begin(void)
{
	if (native)
		mounts_own();
	/* in the new namespace */
	home = CHECK_SYS(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	CHECK(!mkdir(MOUNT_POINT, 0755) || errno == EEXIST, "%s", strerror(errno));
}

static void place_end(void)
{
	CHECK_SYS(close(home));
	CHECK_SYS(rmdir(MOUNT_POINT));
}

static void ext4_begin(void)
{
	place_begin();
	if (native)
		loop_make(variable("TREE_IMAGE"));
	else
		CHECK((size_t)snprintf(device, sizeof(device), "%s",
				       variable("TREE_DISK")) < sizeof(device));
	disk_mount();
}

static void ext4_end(void)
{
	disk_unmount();
	if (native)
		CHECK_SYS(close(loop_fd));
	place_end();
}

static unsigned long ext4_make_run(unsigned long ops)
{
	return trees_make_measure(ops, disk_sync);
}

/* Trees that are there, and in no cache of this kernel. */
static unsigned long cold_run(unsigned long ops, void (*fn)(unsigned long))
{
	unsigned long tree, trees = trees_of(ops);

	bench_pause();
	for (tree = 0; tree < trees; tree++)
		tree_make(tree);
	disk_unmount();
	disk_mount();
	bench_resume();
	for (tree = 0; tree < trees; tree++)
		fn(tree);
	bench_pause();
	for (tree = 0; tree < trees; tree++)
		tree_remove(tree);
	disk_sync();
	bench_resume();
	return trees * FILES_IN_TREE;
}

static unsigned long ext4_look_run(unsigned long ops)
{
	return cold_run(ops, tree_look);
}

static unsigned long ext4_read_run(unsigned long ops)
{
	return cold_run(ops, tree_read);
}

static unsigned long ext4_remove_run(unsigned long ops)
{
	return trees_remove_measure(ops, disk_sync);
}

static void hostfs_begin(void)
{
	const char *there = variable("TREE_HOST");

	home = CHECK_SYS(open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	if (!native) {
		CHECK(!mkdir(MOUNT_POINT, 0755) || errno == EEXIST);
		CHECK(!mount("none", MOUNT_POINT, "hostfs", 0, there), "hostfs: %s",
		      strerror(errno));
		there = MOUNT_POINT;
	}
	CHECK_SYS(chdir(there));
}

static void hostfs_end(void)
{
	CHECK_SYS(fchdir(home));
	CHECK_SYS(close(home));
	if (!native) {
		CHECK_SYS(umount(MOUNT_POINT));
		CHECK_SYS(rmdir(MOUNT_POINT));
	}
}

static unsigned long hostfs_make_run(unsigned long ops)
{
	return trees_make_measure(ops, NULL);
}

static unsigned long hostfs_look_run(unsigned long ops)
{
	unsigned long done;

	bench_pause();
	tree_make(0);
	bench_resume();
	done = tree_repeat(ops, tree_look);
	bench_pause();
	tree_remove(0);
	bench_resume();
	return done;
}

static unsigned long hostfs_remove_run(unsigned long ops)
{
	return trees_remove_measure(ops, NULL);
}

static const struct figure figures[] = {
	{ "tree_ext4/create", "ns", ext4_begin, ext4_make_run, ext4_end, 10000 },
	{ "tree_ext4/stat", "ns", ext4_begin, ext4_look_run, ext4_end, 10000 },
	{ "tree_ext4/read", "ns", ext4_begin, ext4_read_run, ext4_end, 10000 },
	{ "tree_ext4/remove", "ns", ext4_begin, ext4_remove_run, ext4_end, 10000 },
	{ "tree_hostfs/create", "ns", hostfs_begin, hostfs_make_run, hostfs_end, 10000 },
	{ "tree_hostfs/stat", "ns", hostfs_begin, hostfs_look_run, hostfs_end, 0 },
	{ "tree_hostfs/remove", "ns", hostfs_begin, hostfs_remove_run, hostfs_end, 10000 },
};

int main(int argc, char **argv)
{
	const char *backend = getenv("BACKEND");

	native = backend && !strcmp(backend, "native");
	return bench_main(argc, argv, figures, sizeof(figures) / sizeof(figures[0]));
}
