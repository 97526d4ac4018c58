// SPDX-License-Identifier: GPL-2.0
/*
 * host-memory - what os-Linux/host_memory.c makes of cgroups of both versions: of files
 * that are made up here, in a mount namespace of our own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uml/host_memory.h>

#define M (1ULL << 20)
#define TOP "/sys/fs/cgroup"

static int skip(const char *what)
{
	printf("SKIP %s: %s\n", what, strerror(errno));
	exit(77);
}

static void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		skip(path);
	close(fd);
}

static void number_write(const char *group, const char *file, unsigned long long value)
{
	char path[200], text[32];

	snprintf(path, sizeof(path), TOP "%s/%s", group, file);
	snprintf(text, sizeof(text), "%llu\n", value);
	file_write(path, text);
}

static void stat_write(const char *group, const char *prefix, unsigned long long files)
{
	char path[200], text[200];

	snprintf(path, sizeof(path), TOP "%s/memory.stat", group);
	snprintf(text, sizeof(text), "anon 1\nfile %llu\n%sinactive_file %llu\n%sactive_file %llu\n",
		 9 * files, prefix, files, prefix, files);
	file_write(path, text);
}

/* An empty hierarchy, and the word of /proc that we are in these groups */
static void begin(const char *groups, const char *upper, const char *lower)
{
	char path[200];

	umount2("/proc/self/cgroup", MNT_DETACH);
	umount2(TOP, MNT_DETACH);
	if (mount("none", TOP, "tmpfs", 0, NULL) < 0)
		skip("mount of a tmpfs");
	file_write(TOP "/groups", groups);
	if (mount(TOP "/groups", "/proc/self/cgroup", NULL, MS_BIND, NULL) < 0)
		skip("mount on /proc/self/cgroup");
	mkdir(TOP "/memory", 0755);
	snprintf(path, sizeof(path), TOP "%s", upper);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), TOP "%s", lower);
	mkdir(path, 0755);
}

static int failed;

static void check(const char *what, unsigned long long limit, unsigned long long left)
{
	struct host_memory m;
	int err = host_memory_read(&m);

	/* the host's swap comes on top where the group has a right to it */
	if (err || m.limit - limit > m.swap || m.limit_left - left > m.swap) {
		printf("FAIL %s: error %d, limit %llu M, left %llu M, not %llu and %llu\n", what,
		       err, m.limit / M, m.limit_left / M, limit / M, left / M);
		failed = 1;
		return;
	}
	printf("ok %s\n", what);
}

static void version_2(void)
{
	begin("0::/a/b\n", "/a", "/a/b");
	check("version 2: no limit", HOST_MEMORY_NONE, HOST_MEMORY_NONE);
	number_write("/a/b", "memory.max", 200 * M);
	number_write("/a/b", "memory.swap.max", 0);
	check("version 2: it does not say what is used", 200 * M, 200 * M);
	number_write("/a/b", "memory.current", 150 * M);
	check("version 2: 150 of 200 M used", 200 * M, 50 * M);
	stat_write("/a/b", "", 10 * M);
	check("version 2: of them 20 M that can be dropped", 200 * M, 70 * M);
	number_write("/a/b", "memory.current", 300 * M);
	check("version 2: more than that is used", 200 * M, 0);
	number_write("/a/b", "memory.current", 20 * M);
	number_write("/a/b", "memory.high", 100 * M);
	check("version 2: memory.high", 100 * M, 100 * M);
	file_write(TOP "/a/b/memory.high", "max\n");
	number_write("/a", "memory.max", 300 * M);
	number_write("/a", "memory.swap.max", 0);
	number_write("/a", "memory.current", 290 * M);
	check("version 2: the group above has less left", 200 * M, 10 * M);
}

static void version_1(void)
{
	begin("7:name=systemd:/x\n3:cpu,cpuacct:/\n2:hugetlb,memory:/a\n0::/\n", "/memory/a",
	      "/memory/a/b");
	number_write("/memory/a", "memory.limit_in_bytes", 9223372036854771712ULL);
	check("version 1: no limit", HOST_MEMORY_NONE, HOST_MEMORY_NONE);
	number_write("/memory/a", "memory.limit_in_bytes", 200 * M);
	number_write("/memory/a", "memory.usage_in_bytes", 150 * M);
	stat_write("/memory/a", "", 10 * M);
	check("version 1: the lines of the group alone don't count", 200 * M, 50 * M);
	stat_write("/memory/a", "total_", 10 * M);
	check("version 1: 150 of 200 M used, 20 M can be dropped", 200 * M, 70 * M);
	number_write("/memory/a", "memory.memsw.limit_in_bytes", 190 * M);
	number_write("/memory/a", "memory.memsw.usage_in_bytes", 190 * M);
	check("version 1: the limit with swap", 190 * M, 20 * M);
}

/* Who is not root is one in a user namespace. */
static void root_become(void)
{
	unsigned int uid = geteuid(), gid = getegid();
	char map[32];

	if (unshare(uid ? CLONE_NEWUSER | CLONE_NEWNS : CLONE_NEWNS) < 0)
		skip("unshare");
	if (!uid)
		return;
	file_write("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	file_write("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	file_write("/proc/self/gid_map", map);
}

int main(void)
{
	root_become();
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		skip("private mounts");
	version_2();
	version_1();
	return failed;
}
