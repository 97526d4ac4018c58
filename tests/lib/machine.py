# SPDX-License-Identifier: GPL-2.0
"""For machine tests in Python: start ./linux with busybox and a script as its
process 1, watch its console, see that it ends and leaves nothing behind.

A test's run file is

    #!/usr/bin/env python3
    import os, sys
    sys.path.insert(0, os.path.join(os.environ["TOP"], "tests"))
    from lib import machine

    def test(): ...
    machine.run(test)
"""

import gzip
import os
import re
import shutil
import signal
import subprocess
import sys
import time

from .cpio import Archive
from .guest import ALARM
from .jobs import file_system

LINUX = os.environ.get("LINUX", "")
BACKEND = os.environ.get("BACKEND", "")
MEMORY = os.environ.get("MEM", "64M")
OUT = os.environ.get("OUT", ".")
BUILD = os.environ.get("BUILD", "")
SLOW = float(os.environ.get("SLOW", "1"))

# Nothing but what the machine prints itself, on its standard output.
QUIET_LINES = ["con=null", "con0=null,fd:1", "ssl=null"]

PRELUDE = """#!/bin/busybox sh
export PATH=/bin
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
say() { echo "@ $*" >/dev/console; }
"""
EPILOGUE = "\nsay end\npoweroff -f\n"


# The root is this machine's, read-only, by hostfs; PLACE is writable.
HOST_TOOLS = """
mkdir /host
mount -t hostfs none /host -o ro,/
mount -t hostfs none /host{place} -o {place}
mount -t proc proc /host/proc
mount -t devtmpfs dev /host/dev
chroot /host /bin/sh {script} {place} >/dev/console 2>&1
say status $?
"""


class Failed(Exception):
    """The test fails, with this reason."""


class Skipped(Exception):
    """The test can't be done here, for this reason."""


def need(condition, reason):
    if not condition:
        raise Failed(reason)


def wait_until(condition, seconds, reason):
    """Returns what condition() gives as soon as it is true."""
    end = time.monotonic() + seconds * SLOW
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(reason() if callable(reason) else reason)
        time.sleep(0.02)


def program_find(name, package):
    """A program of the host that this test needs, of a package it may lack."""
    path = shutil.which(name)
    if not path:
        raise Skipped(f"there is no {name} (Debian package {package})")
    return path


def direct_io_possible():
    """First among the tests of a run() that has disks with direct I/O."""
    if file_system(OUT) == "tmpfs":
        raise Skipped("no direct I/O on images here, on tmpfs; set TMPDIR")


def host_tools(script, place):
    """For Machine: run a script (a file) inside with the programs of this
    machine. It is given the directory `place`, the only one it can write to,
    and its status comes as "@ status"."""
    return HOST_TOOLS.format(script=script, place=place)


class Machine:
    """One ./linux. args: more of the command line; modules: files that go to
    /modules in its root; files: (name in the root, data)."""

    all = []

    def __init__(self, name, script, args=(), lines=None, memory="", modules=(),
                 files=()):
        self.name = name
        self.log = os.path.join(OUT, name + ".log")
        self.seen = 0
        self.process = None
        self.umid = f"t{os.getpid()}-{name}"
        initrd = os.path.join(OUT, name + ".initrd")
        self._initrd(initrd, script, modules, files)
        self.argv = [LINUX, f"mem={memory or MEMORY}", f"initrd={initrd}",
                     "rdinit=/test-init", f"uml_dir={OUT}/uml",
                     f"umid={self.umid}", "panic=-1", "noreboot"]
        if BACKEND:
            self.argv.append(f"backend={BACKEND}")
        self.argv += QUIET_LINES if lines is None else lines
        self.argv += args
        Machine.all.append(self)

    @staticmethod
    def _initrd(path, script, modules, files):
        archive = Archive()
        archive.device("dev/console", 0o600, 5, 1)
        busybox = program_find("busybox", "busybox-static")
        archive.file("bin/busybox", os.path.realpath(busybox))
        archive.data("test-init", PRELUDE + script + EPILOGUE, 0o755)
        for module in modules:
            archive.file("modules/" + os.path.basename(module), module)
        for name, data in files:
            archive.data(name, data)
        with open(path, "wb") as f:
            f.write(gzip.compress(archive.finish(), 1))

    def start(self, stdin=subprocess.DEVNULL, pass_fds=(), env=None, cwd=OUT,
              **more):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.argv, stdin=stdin, stdout=log, stderr=subprocess.STDOUT,
                pass_fds=pass_fds, start_new_session=True, cwd=cwd,
                env=dict(os.environ, UML_TEST=self.umid, **(env or {})), **more)
        return self

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as f:
            return f.read().replace("\r", "")

    def expect(self, pattern, seconds=30):
        """Wait for a pattern after what was expected before; its match."""
        found = []

        def there():
            ended = self.process.poll() is not None
            match = re.compile(pattern).search(self.text(), self.seen)
            if match:
                self.seen = match.end()
                found.append(match)
            elif ended:
                raise Failed(f"{self.name}: it ended with status "
                             f"{self.process.returncode} before '{pattern}'")
            return match

        wait_until(there, seconds, f"{self.name}: no '{pattern}' on its console")
        return found[0]

    def wait(self, seconds=30, status=0):
        """It ends by itself, well, and leaves no process behind."""
        wait_until(lambda: self.process.poll() is not None, seconds,
                   f"{self.name}: it does not end")
        self.healthy()
        need(self.process.returncode == status,
             f"{self.name}: it ended with {self.process.returncode}")
        wait_until(lambda: not self.left(), 2,
                   lambda: f"{self.name}: it left processes: {self.left()}")

    def end(self, seconds=60):
        self.expect("@ end", seconds)
        self.wait()

    def healthy(self):
        match = re.search(r".*(?:%s).*" % ALARM.pattern, self.text())
        need(not match, f"{self.name}: its kernel says: {match and match[0]}")

    def mconsole_path(self):
        return os.path.join(OUT, "uml", self.umid, "mconsole")

    def left(self):
        """Processes of this machine: of its session, or with its environment
        (helpers make sessions of their own)."""
        mark = f"UML_TEST={self.umid}\0".encode()
        return [pid for pid in pids() if pid != os.getpid() and
                (session_of(pid) == self.process.pid or
                 mark in file_read(f"/proc/{pid}/environ"))]

    def kill(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.left():
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def file_read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError:
        return b""


def session_of(pid):
    """Zombies don't count: someone has still to wait for them."""
    fields = file_read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return int(fields[3]) if fields and fields[0] not in (b"Z", b"X") else 0


def cpu_seconds(process):
    """CPU time that the processes of a machine have used so far."""
    ticks = 0
    for pid in pids():
        if session_of(pid) == process.pid:
            fields = file_read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if fields else 0
    return ticks / os.sysconf("SC_CLK_TCK")


def run(*tests):
    """Run the parts of a test one after the other; ends the process."""
    status = 0
    try:
        for test in tests:
            print(f"-- {test.__name__}", flush=True)
            test()
    except Skipped as reason:
        print(f"SKIP: {reason}")
        status = 77
    except Failed as reason:
        print(f"FAIL: {reason}")
        status = 1
    finally:
        for one in Machine.all:
            one.kill()
        for one in reversed(Machine.all[-2:]):
            if status == 1 and os.path.exists(one.log):
                print(f"---- the end of {one.name}'s console")
                print("\n".join(one.text().splitlines()[-25:]), flush=True)
    sys.exit(status)
