# SPDX-License-Identifier: GPL-2.0
"""Where the disk rows run: fio on the host's file, and fio in a machine that has
that file as a disk. A machine stays up for all rounds and does one row at a time,
on a word from us, so that the same row of all of them is measured within seconds."""

import os
import re
import resource
import subprocess
import tempfile
import time

from lib.cpio import Archive
from lib.guest import ALARM
from lib.machine import PRELUDE, file_read, pids, session_of

from .start import Bad, Boot

DISKS = {"direct": "ubda", "host": "ubdb", "cow": "ubdc"}
RUN_SECONDS = 60

# Process 1. The counters are read before and after; what is between is fio and
# a few small processes, which the row "nothing" has too.
INIT = PRELUDE + """
mount -t tmpfs tmp /tmp
cd /tmp
stty -echo
counters() {
	sed "s/^/@$1 aio_/" /proc/um/aio
	sed "s/^/@$1 exits_/" /proc/um/exits
	sed -n "s/^.*: *\\([0-9]*\\) .*ubd.*/@$1 irq \\1/p" /proc/interrupts
	read -r line <"/sys/block/$disk/stat"
	echo "@$1 stat $line"
} 2>/dev/null
echo "@ready"
while read -r number disk options; do
	[ "$number" != poweroff ] || break
	counters before
	# shellcheck disable=SC2086 # words
	/bin/fio --filename=/dev/$disk $options >out 2>&1
	status=$?
	counters after
	sed 's/^/@fio /' out
	echo "@end $number $status"
done
poweroff -f
"""


class Outcome:
    """One run of fio."""

    def __init__(self, status, lines, cpu_ns, wall_ns, counts):
        self.status = status
        self.lines = lines          # what fio printed
        self.cpu_ns = cpu_ns        # of all processes that took part
        self.wall_ns = wall_ns      # by the host's clock, fio's start included
        self.counts = counts


class Native:
    """fio on the file. Its CPU time is what the host accounts to it."""

    def __init__(self, subject, fio, files):
        self.subject = subject
        self.fio = fio
        self.files = files

    def has(self, _disk):
        return True

    def run(self, row, arguments):
        disk = "host" if row.disk == "cow" else row.disk
        path = self.files["base" if row.disk == "cow" else "image"]
        begin, before = time.monotonic_ns(), children_ns()
        done = subprocess.run(
            self.subject.pin() + [self.fio, f"--filename={path}",
                                  f"--direct={int(disk == 'direct')}"] + arguments,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
            stderr=subprocess.STDOUT, errors="replace", check=False,
            timeout=RUN_SECONDS, cwd=os.path.dirname(path))
        return Outcome(done.returncode, done.stdout.splitlines(),
                       children_ns() - before, time.monotonic_ns() - begin, {})

    def end(self):
        pass


def children_ns():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((used.ru_utime + used.ru_stime) * 1e9)


def session_ns(leader):
    """CPU time of all threads of a machine: of its processes, and of those that
    they have waited for."""
    ticks = 0
    for pid in pids():
        if session_of(pid) == leader:
            fields = file_read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
            ticks += sum(int(f) for f in fields[11:15])
    return ticks * 1000000000 // os.sysconf("SC_CLK_TCK")


def initrd_write(path, fio, busybox):
    archive = Archive()
    archive.device("dev/console", 0o600, 5, 1)
    archive.file("bin/busybox", busybox)
    archive.file("bin/fio", fio)
    archive.data("init", INIT, 0o755)
    with open(path, "wb") as f:
        f.write(archive.finish())


def choice_of_cache(linux):
    """Does that machine's ubd know ubd.cache=?"""
    done = subprocess.run([linux, "--help"], capture_output=True, text=True,
                          errors="replace", check=False, timeout=60,
                          stdin=subprocess.DEVNULL)
    return re.search(r"ubd\S*\.cache=", done.stdout) is not None


class Machine:
    """A machine with the image as two disks, direct and through the host's cache,
    and a COW disk of its own over the base. A ubd that can't choose has only the
    last two: all that it does goes through the host's cache."""

    def __init__(self, subject, initrd, files):
        self.subject = subject
        self.count = 0
        self.choice = choice_of_cache(subject.linux)
        # not in memory: the COW file is on the same file system as the image
        self.place = tempfile.TemporaryDirectory(
            prefix="machine-", dir=os.path.dirname(files["image"]))
        args = [f"mem={subject.memory}", f"initrd={initrd}", "rdinit=/init",
                "loglevel=4", f"ubd1c={files['image']}",
                f"ubd2={self.place.name}/cow,{files['base']}"]
        if self.choice:
            args += ["ubd0.cache=direct", "ubd1.cache=host", "ubd2.cache=host",
                     f"ubd0c={files['image']}"]
        # its socket wants a short path, and none of the checkout's
        self.sockets = tempfile.TemporaryDirectory(prefix="bench-")
        self.boot = Boot(subject, self.sockets.name, args)
        self.up = False

    def has(self, disk):
        return disk != "direct" or self.choice

    def start(self):
        """Waits until it is up."""
        self.boot.expect(rb"@ready\r?\n")
        self.up = True

    def run(self, row, arguments):
        self.count += 1
        begin, before = time.monotonic_ns(), session_ns(self.boot.process.pid)
        at = len(self.boot.text)
        words = [str(self.count), DISKS[row.disk], "--direct=1"] + arguments
        self.boot.send(" ".join(words) + "\n")
        self.boot.expect(rb"@end %d \d+\r?\n" % self.count)
        wall = time.monotonic_ns() - begin
        cpu = session_ns(self.boot.process.pid) - before
        text = self.boot.text[at:].decode("utf-8", "replace").replace("\r", "")
        alarm = ALARM.search(text)
        if alarm:
            raise Bad(f"its kernel says: {alarm[0]}")
        status = int(re.search(rf"^@end {self.count} (\d+)$", text, re.M)[1])
        return Outcome(status, re.findall(r"^@fio (.*)$", text, re.M), cpu, wall,
                       counts_find(text))

    def end(self):
        self.boot.end()
        self.place.cleanup()
        self.sockets.cleanup()


def counters_read(text, when):
    counters = {}
    for name, values in re.findall(rf"^@{when} (\w+):? +([0-9 ]+)$", text, re.M):
        numbers = [int(v) for v in values.split()]
        if name == "stat":
            # of /sys/block/NAME/stat: reads, writes, discards, flushes completed
            counters["requests"] = sum(numbers[i] for i in (0, 4, 11, 15)
                                       if i < len(numbers))
        elif len(numbers) == 1:
            counters[name] = counters.get(name, 0) + numbers[0]
    return counters


def counts_find(text):
    """What was counted between the two readings; interrupts are those of the
    service that serves the disk, or the disk driver's own."""
    before, after = (counters_read(text, when) for when in ("before", "after"))
    counts = {name: after[name] - before.get(name, 0) for name in after}
    irq = counts.pop("irq", None)
    if "aio_interrupts" in counts:
        irq = counts.pop("aio_interrupts")
    if irq is not None:
        counts["interrupts"] = irq
    return {name.replace("exits_", ""): n for name, n in counts.items()}
