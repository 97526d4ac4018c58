# SPDX-License-Identifier: GPL-2.0
"""For tests that crash a machine and look what is left: a disk with a workload
on it (tests/guest/crashload), its machine, and the judge."""

import atexit
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.environ["TOP"], "tests"))
from lib import machine  # noqa: E402 (the path comes first)
from lib.cpio import Archive  # noqa: E402

import cow  # noqa: E402

PROGRAM = os.path.join(machine.BUILD, "tests/guest/crashload")
TASKS = {"disk": 6, "ext4": 3}      # those that acknowledge
ENVIRONMENT = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")


class Lost(Exception):
    """Something that was durable is not there, or not right."""


def call(*words, good=(0,)):
    """A program of the host; Lost with its output if it fails."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=ENVIRONMENT, check=False, errors="replace")
    if done.returncode not in good:
        name = os.path.basename(words[0])
        raise Lost(f"{name} {words[1]} ended with {done.returncode}:\n"
                   f"{done.stdout[-3000:]}")
    return done.stdout


def initrd_make():
    """A root with nothing but the workload. The file's name."""
    path = os.path.join(machine.OUT, "root.cpio")
    if not os.path.exists(path):
        archive = Archive()
        archive.device("dev/console", 0o600, 5, 1)
        archive.file("test-init", PROGRAM)
        with open(path, "wb") as f:
            f.write(archive.finish())
    return path


class Acks:
    """What the machine tells us, by a pipe: that holds what it wrote when it
    is dead."""

    def __init__(self):
        self.source, self.fd = os.pipe()
        self.lines = []
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)

    def started(self):
        """The machine has its end of the pipe now."""
        os.close(self.fd)
        self.thread.start()

    def _read(self):
        with open(self.source, "rb") as pipe:
            for line in pipe:
                if not line.endswith(b"\n"):
                    break
                with self.changed:
                    self.lines.append(line.decode("ascii", "replace").strip())
                    self.changed.notify_all()
        with self.changed:
            self.lines.append("end")
            self.changed.notify_all()

    def wait(self, word, seconds):
        """Until a line has come that starts with word, or the end. False: it
        did not come."""
        with self.changed:
            self.changed.wait_for(
                lambda: any(l.split()[0] in (word, "end") for l in self.lines),
                seconds)
            return any(l.split()[0] == word for l in self.lines)

    def finish(self):
        """When the machine is gone: for each task its last transaction. Lost if
        the workload saw an error."""
        self.thread.join(10)
        acked = {}
        for line in self.lines:
            words = line.split()
            if words[0] == "E":
                raise Lost(f"the workload met an error: {line}")
            if words[0] == "A":
                task, number = int(words[1]), int(words[2])
                if number != acked.get(task, 0) + 1:
                    raise machine.Failed(f"acknowledgements out of order: {line}")
                acked[task] = number
        return acked


class CrashMachine(machine.Machine):
    """One boot with the workload as process 1."""

    def __init__(self, name, disk, number, orders, more=()):
        self.acks = Acks()
        # made anew each time: only the last of them matters
        machine.Machine.all.clear()
        super().__init__(name, "", lines=machine.QUIET_LINES +
                         [f"ssl0=null,fd:{self.acks.fd}"],
                         args=disk.arguments() + list(more) +
                         [disk.orders(number), f"CRASH_DIR={disk.place}",
                          *orders])

    def _initrd(self, path, script, modules, files):
        if not os.path.exists(path):
            os.link(initrd_make(), path)

    def begin(self, **options):
        self.start(pass_fds=(self.acks.fd,), **options)
        self.acks.started()
        return self

    def gone(self):
        machine.wait_until(lambda: not self.left(), 10,
                           lambda: f"left processes: {self.left()}")

    def kill9(self):
        """And wait until nothing of it has the disk open."""
        self.process.kill()
        self.process.wait()
        self.gone()

    def lost(self, reason):
        tail = "\n".join(self.text().splitlines()[-15:])
        return Lost(f"{reason}; the end of its console:\n{tail}")


def direct_works(folder):
    """Is there O_DIRECT? Not on every tmpfs."""
    path = os.path.join(folder, "direct")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_DIRECT, 0o600))
    except OSError:
        return False
    finally:
        os.remove(path)
    return True


def images_place():
    """A directory whose file system has O_DIRECT: ours, or one in the build
    directory."""
    if direct_works(machine.OUT):
        return machine.OUT
    place = tempfile.mkdtemp(prefix="crash.", dir=machine.BUILD)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    if not direct_works(place):
        raise machine.Skipped("no O_DIRECT in the build directory")
    return place


class Disk:
    """A disk with something to lose on it: "disk" (all of it) or "ext4" with blocks
    of that many bytes. layer: raw or cow, cow-v1 and cow-v2 with a file of that
    version; raw-s and cow-s with the flag s, where direct writes need no sync."""

    def __init__(self, layer, cache, content, seed, megabytes=32, parent=""):
        self.layer, _, self.way = layer.partition("-")
        self.cache, self.content = cache, content
        self.kind, _, self.block = content.partition("-")
        self.seed, self.size = seed, megabytes << 20
        self.name = f"{layer} cache={cache} {content}"
        self.place = os.path.join(parent or images_place(),
                                  self.name.replace(" ", "-"))
        os.makedirs(self.place, exist_ok=True)
        self.image = self._path("image")
        self.cow = self._path("cow")
        self.last = 0               # the round whose traces are on the disk
        self.pending = None         # (round, acked): not judged yet
        self.fresh()

    def _path(self, name):
        return os.path.join(self.place, name)

    def fresh(self):
        """Start anew: with COW most of the bitmap is clear then."""
        if self.layer == "raw" or not os.path.exists(self.image):
            self._format(self.image)
        if os.path.exists(self.cow):
            os.remove(self.cow)
        if self.way.startswith("v"):
            cow.create(self.cow, self.image, version=int(self.way[1:]))
        self.last, self.pending = 0, None
        if self.kind == "disk":
            self.scan(self.image, "before")
        else:
            with open(self._path("before"), "wb"):
                pass                # no file

    def _format(self, path):
        with open(path, "wb") as f:
            f.truncate(self.size)
        if self.kind == "disk":
            call(PROGRAM, "format", path, str(self.seed))
            return
        call("mke2fs", "-q", "-F", "-t", "ext4", "-b", self.block, "-E",
             "nodiscard,lazy_itable_init=0,lazy_journal_init=0", path)

    def scan(self, path, name):
        call(PROGRAM, "scan", path, str(self.seed), self._path(name))

    def orders(self, number):
        """For the workload's process 1."""
        return f"CRASH={self.kind},{self.seed},{number}"

    def arguments(self):
        files = self.image if self.layer == "raw" else f"{self.cow},{self.image}"
        # to see stock 6.12 lose: it has no cache modes
        modes = [] if os.environ.get("CRASH_STOCK") else [f"ubd0.cache={self.cache}"]
        if self.way == "s":
            return [f"ubd0s={files}", "CRASH_DURABLE=1"] + modes
        return [f"ubd0={files}"] + modes

    def judge(self, name):
        """Compare the map `name` with the one before it and what was
        acknowledged since."""
        number, acked = self.pending or (self.last, {})
        counts = [str(acked.get(task, 0)) for task in range(TASKS[self.kind])]
        call(PROGRAM, "judge", self.kind, str(self.seed), str(number),
             self._path("before"), self._path(name), *counts)
        os.replace(self._path(name), self._path("before"))
        self.pending = None

    def copy(self):
        """What the disk holds, as a raw image beside it."""
        path = self._path("copy")
        if os.path.exists(path):
            os.remove(path)
        if self.layer == "raw":
            call("cp", "--sparse=always", self.image, path)
        elif os.path.exists(self.cow):
            call("uml_moo", "-b", self.image, self.cow, path)
        else:
            shutil.copy(self.image, path)
        return path

    def fsck(self):
        """The journal can be replayed, and the file system is in order then."""
        path = self.copy()
        call("e2fsck", "-E", "journal_only", "-y", path, good=(0, 1))
        call("e2fsck", "-p", path, good=(0, 1))      # orphans are no errors
        call("e2fsck", "-f", "-n", path)
        os.remove(path)


class Run:
    """Kills of one machine after the other on the same disk."""

    def __init__(self, disk, rng, kills=0):
        self.disk, self.rng, self.kills = disk, rng, kills
        self.acked = 0
        self.number = disk.last
        self.one = None

    def _machine(self, *orders):
        self.number += 1
        self.one = CrashMachine("crash", self.disk, self.number, orders).begin()
        return self.one

    def stop(self):
        """After a loss. What the machine has seen on the disk that is not ours."""
        if not self.one:
            return ""
        self.one.kill9()
        return "\n".join([line for line in self.one.text().splitlines()
                          if line.startswith("BAD ")][:4])

    def _scanned(self, one):
        """The machine came up; what it found on the disk is all right."""
        if not one.acks.wait("S", 30 * machine.SLOW):
            lost = one.lost("it does not come up")
            raise lost if self.kills else machine.Failed(str(lost))
        if self.disk.pending or not self.disk.last:
            self.disk.judge("map")

    def kill(self, longest):
        """Boot, look, work, kill at a random moment, in one of 8 cases while it
        boots."""
        one = self._machine()
        if self.rng.randrange(8) == 0:
            time.sleep(self.rng.uniform(0.1, 0.4) * machine.SLOW)
            one.kill9()
            one.acks.thread.join(10)
            early = not any(l == "S" for l in one.acks.lines)
        else:
            self._scanned(one)
            time.sleep(self.rng.uniform(0.02, longest))
            one.kill9()
            early = False
        self.kills += 1
        if not early:
            self._killed(one)
        if self.disk.kind == "ext4":
            self.disk.fsck()

    def _killed(self, one):
        """It had begun to work when it was killed."""
        if self.disk.pending:       # killed before we had looked
            self.disk.judge("map")
        acked = one.acks.finish()
        self.acked += sum(acked.values())
        self.disk.last = self.number
        self.disk.pending = (self.number, acked)

    def _whole(self, *orders):
        """A boot that ends well."""
        one = self._machine(*orders)
        self._scanned(one)
        if not one.acks.wait("D", 60 * machine.SLOW):
            raise one.lost("it does not come to its end")
        one.wait(30)
        return one

    def look(self):
        """Boot, judge what is there, and end."""
        self._whole("CRASH_LOOK=1").acks.finish()
        if self.disk.kind == "ext4":
            self.disk.fsck()

    def finish(self):
        """A little work and a good end; the files of the host are judged then."""
        self._killed(self._whole("CRASH_TXNS=5"))
        if self.disk.kind == "ext4":
            self.disk.fsck()
        else:
            self.disk.scan(self.disk.copy(), "map")
            self.disk.judge("map")


def programs_need():
    """The host's, or the test is skipped."""
    for name, package in (("mke2fs", "e2fsprogs"), ("e2fsck", "e2fsprogs"),
                          ("debugfs", "e2fsprogs"), ("uml_moo", "uml-utilities")):
        if not shutil.which(name, path=ENVIRONMENT["PATH"]):
            raise machine.Skipped(f"there is no {name} (Debian package {package})")


def seed_choose():
    """CRASH_SEED or another one; it is printed."""
    seed = int(os.environ.get("CRASH_SEED") or random.randrange(1 << 31))
    print(f"seed {seed} (again with CRASH_SEED={seed}: the same work, "
          "other moments)", flush=True)
    return seed
