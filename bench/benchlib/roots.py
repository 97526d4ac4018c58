# SPDX-License-Identifier: GPL-2.0
"""The root that machines are started with when it is the machine that is measured:
busybox with a shell on the console. The same for all of them, as an initramfs or as
an image of ext4."""

import os
import shutil
import subprocess
import tempfile

from lib.cpio import Archive

INIT = """#!/bin/busybox sh
export PATH=/bin HOME=/ PS1='bench# '
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
[ -e /bin/echo ] || /bin/busybox --install -s /bin
/bin/busybox stty -echo </dev/console
while :; do
	/bin/busybox sh -i </dev/console >/dev/console 2>&1
done
"""
PROMPT = rb"bench# "
# What the shell says when it is well, which is not in the line that asks: a sum,
# the backend, what is mounted.
ALIVE = "echo alive $((6 * 7)) $(cat /proc/um/backend 2>/dev/null || echo '?') " \
        "$(busybox cut -d' ' -f3 /proc/mounts | busybox tr '\\n' ,)\n"
PROGRAMS = ("cat", "echo", "grep", "ip", "poweroff", "mount", "sh")


class Missing(Exception):
    """It can't be made here, for this reason."""


def program_find(name, package):
    """A program of the host; those in sbin too, whoever we are."""
    path = shutil.which(name, path=os.environ.get("PATH", "") +
                        ":/usr/sbin:/sbin")
    if not path:
        raise Missing(f"there is no {name} (Debian package {package})")
    return path


def initrd_write(path, programs=(), init=INIT, named=None, libraries=()):
    """programs: files that go to /bin; named: {place in the root: file}; libraries:
    files that go where they are."""
    files = {"bin/busybox": program_find("busybox", "busybox-static")}
    files.update({"bin/" + os.path.basename(p): p for p in programs})
    files.update(named or {})
    files.update({p: p for p in libraries})
    archive = Archive()
    archive.device("dev/console", 0o600, 5, 1)
    for name in ("proc", "sys", "tmp"):
        archive.directory(name)
    for place, source in files.items():
        archive.file(place, source)
    archive.data("init", init, 0o755)
    with open(path, "wb") as f:
        f.write(archive.finish())


def image_write(path, megabytes, with_root):
    """An image of ext4, empty or with the root. Nothing in it is left to be made
    ready when it is mounted first."""
    mke2fs = program_find("mke2fs", "e2fsprogs")
    with tempfile.TemporaryDirectory(prefix="bench-") as root:
        words = []
        if with_root:
            for name in ("bin", "dev", "proc", "sys", "tmp"):
                os.mkdir(os.path.join(root, name))
            shutil.copy(program_find("busybox", "busybox-static"),
                        os.path.join(root, "bin/busybox"))
            for name in PROGRAMS:
                os.symlink("busybox", os.path.join(root, "bin", name))
            with open(os.path.join(root, "init"), "w", encoding="ascii") as f:
                f.write(INIT)
            os.chmod(os.path.join(root, "init"), 0o755)
            words = ["-d", root]
        if os.path.exists(path):
            os.unlink(path)
        done = subprocess.run(
            [mke2fs, "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-E",
             "lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0", *words, path,
             f"{megabytes}M"], capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL)
    if done.returncode:
        raise Missing(f"mke2fs: {done.stderr.strip()}")
