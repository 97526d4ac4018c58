// SPDX-License-Identifier: GPL-2.0
/*
 * hostfs-root - paths of hostfs=DIR stay in DIR: whatever they say, and also while
 * another process makes links of folders. With openat2() and where the host denies it.
 *
 * Argument: how many times as many rounds of the race.
 */
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uml/hostfs_root.h>
#include "check.h"

static void file_make(const char *path, const char *text)
{
	int fd = CHECK_SYS(open(path, O_CREAT | O_WRONLY | O_EXCL, 0644));

	CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text), "%s", path);
	close(fd);
}

/* What is in the file, the first byte */
static int file_byte(const char *path, int flags)
{
	int fd = hostfs_file_open(path, flags, 0644), n;
	char byte = 0;

	if (fd < 0)
		return fd;
	n = read(fd, &byte, 1);
	close(fd);
	CHECK(n == 1, "%s: empty", path);
	return byte;
}

static int object_error(const char *path)
{
	struct hostfs_object object;
	int err = hostfs_object_find(path, &object);

	if (!err)
		hostfs_object_leave(&object);
	return err;
}

static int place_error(const char *path)
{
	struct hostfs_place place;
	int err = hostfs_place_find(path, &place);

	if (!err)
		hostfs_place_leave(&place);
	return err;
}

static void tree_make(void)
{
	static char out[PATH_MAX];

	CHECK_SYS(mkdir("outside", 0755));
	file_make("outside/secret", "S");
	CHECK_SYS(mkdir("dir", 0755));
	CHECK_SYS(mkdir("dir/sub", 0755));
	CHECK_SYS(mkdir("dir/sub/deep", 0755));
	file_make("dir/file", "f");
	file_make("dir/sub/deep/file", "d");
	CHECK(getcwd(out, sizeof(out) - 10), "getcwd");
	strcat(out, "/outside");
	CHECK_SYS(symlink(out, "dir/absolute"));
	CHECK_SYS(symlink("../outside", "dir/up"));
	CHECK_SYS(symlink("../outside/secret", "dir/secret"));
	CHECK_SYS(symlink("../outside/new", "dir/new"));
	CHECK_SYS(symlink("../../outside", "dir/sub/up"));
	CHECK_SYS(symlink("sub", "dir/inside"));
	CHECK_SYS(symlink("/sub/deep", "dir/from-root"));
	CHECK_SYS(symlink("loop", "dir/loop"));
	CHECK_SYS(mkfifo("dir/fifo", 0644));
}

static void case_paths(void)
{
	static const char * const out[] = {
		"/up/secret", "/absolute/secret", "/sub/up/secret",
		"/../outside/secret", "../outside/secret",
		"/sub/../../outside/secret", "//absolute//secret",
		"/inside/deep/file/../../../../outside/secret", "/loop/x",
		/* nor is a link followed that stays in it */
		"/inside/deep/file", "/from-root/file",
	};
	struct hostfs_object object;
	struct hostfs_place place;
	struct stat st;
	unsigned int i;
	int fd;

	CHECK(file_byte("/file", O_RDONLY) == 'f');
	CHECK(file_byte("//sub/deep//file", O_RDWR) == 'd');
	for (i = 0; i < sizeof(out) / sizeof(out[0]); i++) {
		CHECK(object_error(out[i]) < 0, "%s", out[i]);
		CHECK(place_error(out[i]) < 0, "%s", out[i]);
		CHECK(file_byte(out[i], O_RDONLY) < 0, "%s", out[i]);
		CHECK(file_byte(out[i], O_RDWR | O_CREAT) < 0, "%s", out[i]);
	}
	/* a last link is itself, and is not opened */
	CHECK(!hostfs_object_find("/secret", &object));
	CHECK_SYS(fstat(object.fd, &st));
	CHECK(S_ISLNK(st.st_mode), "mode %o", st.st_mode);
	CHECK(open(object.path, O_RDONLY) < 0);
	CHECK(truncate(object.path, 0) < 0);
	CHECK(access(object.path, F_OK) == 0);
	hostfs_object_leave(&object);
	CHECK(file_byte("/secret", O_RDONLY) < 0);
	CHECK(file_byte("/secret", O_RDWR | O_CREAT) < 0);
	CHECK(file_byte("/new", O_RDWR | O_CREAT) < 0);
	CHECK(access("outside/new", F_OK) < 0, "made through a link");
	/* nor is what would stop the machine */
	CHECK(hostfs_file_open("/fifo", O_RDONLY, 0) == -ENXIO);
	/* places */
	CHECK(!hostfs_place_find("/sub/made", &place));
	CHECK_SYS(mkdirat(place.dir, place.name, 0755));
	CHECK_SYS(unlinkat(place.dir, place.name, AT_REMOVEDIR));
	hostfs_place_leave(&place);
	CHECK(!hostfs_place_find("/", &place));
	CHECK_SYS(fstatat(place.dir, place.name, &st, AT_SYMLINK_NOFOLLOW));
	hostfs_place_leave(&place);
	fd = hostfs_file_open("/made", O_RDWR | O_CREAT, 0600);
	CHECK(fd >= 0, "%d", fd);
	close(fd);
	CHECK_SYS(unlink("dir/made"));
}

static void case_mounts(void)
{
	static const struct {
		const char *path, *want;
		int err;
	} mounts[] = {
		{ "", "", 0 },
		{ "/", "", 0 },
		{ "/../../..", "", 0 },
		{ "/../../../sub", "/sub", 0 },
		{ "sub//./deep/", "/sub/deep", 0 },
		{ "/sub/deep/../../inside/deep", "/sub/deep", 0 },
		{ "/from-root", "/sub/deep", 0 },
		{ "/../outside", "", -ENOENT },
		{ "/absolute", "", -ENOENT },
		{ "/up", "", -ENOENT },
		{ "/sub/up/secret", "", -ENOENT },
		{ "/nothing", "", -ENOENT },
		{ "/loop", "", -ELOOP },
	};
	char buf[PATH_MAX], longer[PATH_MAX], small[6];
	unsigned int i;
	int err;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		err = hostfs_mount_root(mounts[i].path, buf, sizeof(buf));
		CHECK(err == mounts[i].err, "%s: %d", mounts[i].path, err);
		CHECK(err || !strcmp(buf, mounts[i].want), "%s: %s",
		      mounts[i].path, buf);
	}
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	CHECK(hostfs_mount_root(longer, buf, sizeof(buf)) == -ENAMETOOLONG);
	CHECK(hostfs_mount_root("/sub/deep", small, sizeof(small)) == -ENAMETOOLONG);
}

/* "race" is now a folder with a file, now a link to the one outside. */
static void case_race(long rounds)
{
	static const char * const inside[] = { "/race/secret", "/race/../race/secret" };
	long round, seen = 0, refused = 0;
	pid_t pid;
	int byte, status;

	CHECK_SYS(mkdir("dir/race", 0755));
	file_make("dir/race/secret", "i");
	CHECK_SYS(symlink("../outside", "dir/other"));
	pid = CHECK_SYS(fork());
	if (!pid) {
		CHECK_SYS(prctl(PR_SET_PDEATHSIG, SIGKILL));
		for (;;)
			renameat2(AT_FDCWD, "dir/race", AT_FDCWD, "dir/other",
				  RENAME_EXCHANGE);
	}
	for (round = 0; round < rounds || !seen || !refused; round++) {
		byte = file_byte(inside[0], O_RDONLY);
		CHECK(byte == 'i' || byte < 0, "it read what is outside");
		seen += byte == 'i';
		refused += byte < 0;
		CHECK(file_byte(inside[1], O_RDONLY) < 0 ||
		      file_byte(inside[1], O_RDONLY) != 'S');
	}
	CHECK_SYS(kill(pid, SIGKILL));
	CHECK(waitpid(pid, &status, 0) == pid);
	printf("race: %ld found, %ld refused\n", seen, refused);
}

/* The host denies openat2() with this error; 0: it does not. */
static void openat2_deny(int err)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (!err)
		return;
	CHECK_SYS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	CHECK_SYS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program));
}

static void all_run(const char *name, int deny, long rounds)
{
	pid_t pid;
	int status;

	printf("%s\n", name);
	fflush(stdout);
	pid = CHECK_SYS(fork());
	if (!pid) {
		CHECK_SYS(mkdir(name, 0755));
		CHECK_SYS(chdir(name));
		tree_make();
		openat2_deny(deny);
		CHECK(hostfs_confine("nothing") == -ENOENT);
		CHECK(hostfs_confine("dir/file") == -ENOTDIR);
		CHECK(!hostfs_confined());
		CHECK(!hostfs_confine("dir"));
		CHECK(hostfs_confined());
		case_paths();
		case_mounts();
		case_race(rounds);
		exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(!status, "%s: status %x", name, status);
}

int main(int argc, char **argv)
{
	long rounds = check_rounds(argc, argv, 3000);

	all_run("openat2", 0, rounds);
	all_run("without", ENOSYS, rounds);
	all_run("denied", EPERM, rounds);
	return 0;
}
