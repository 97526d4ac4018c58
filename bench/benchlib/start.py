# SPDX-License-Identifier: GPL-2.0
"""What a machine costs before anything runs in it: the time from exec to the first
program inside, and to the prompt of a shell; and the host memory of an idle machine
(PSS: shared pages count by their share; what the host's kernel holds for it is not
in it)."""

import gzip
import os
import re
import select
import signal
import subprocess
import tempfile
import time

from lib.cpio import Archive
from lib.guest import MARK
from lib.machine import file_read, pids, session_of

from . import measure
from .figures import Sample

SIZES = ["64M", "256M", "1G"]
SECONDS = 60
IDLE_SECONDS = 1.5      # until what the boot left to be done is done
INIT, SHELL = "start/init", "start/shell"


class Bad(Exception):
    """The machine did not do what was expected."""


class Boot:
    """A machine, its console on a pipe."""

    def __init__(self, subject, directory, args):
        argv = subject.pin() + [subject.linux, "panic=-1", "noreboot",
                                f"uml_dir={directory}", "umid=bench",
                                "con=null", "con0=fd:0,fd:1", "ssl=null"]
        if subject.backend:
            argv.append(f"backend={subject.backend}")
        self.text = b""
        self.begin = time.monotonic_ns()
        self.process = subprocess.Popen(
            argv + subject.args + args, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, cwd=directory)

    def expect(self, pattern):
        """Nanoseconds from the start to this text on its console."""
        end = time.monotonic() + SECONDS
        while not re.search(pattern, self.text):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [],
                                              left)[0]:
                raise Bad(f"no {pattern} on the console in {SECONDS} s")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise Bad(f"it ended before {pattern}")
            self.text += data
        return time.monotonic_ns() - self.begin

    def send(self, text):
        """As if typed on its console."""
        try:
            self.process.stdin.write(text.encode())
            self.process.stdin.flush()
        except OSError as problem:
            raise Bad(f"its console takes no input: {problem}") from problem

    def pss(self):
        """Bytes, of all its processes."""
        total = 0
        for pid in pids():
            if session_of(pid) == self.process.pid:
                found = re.search(rb"^Pss:\s+(\d+) kB",
                                  file_read(f"/proc/{pid}/smaps_rollup"), re.M)
                total += int(found[1]) * 1024 if found else 0
        if not total:
            raise Bad("no PSS of it in /proc")
        return total

    def end(self):
        """Whatever state it is in; at a prompt, the quick way."""
        try:
            self.process.communicate(b"poweroff -f\n", timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        for pid in pids():
            if session_of(pid) == self.process.pid:
                os.kill(pid, signal.SIGKILL)


def initrd_write(path, init):
    archive = Archive()
    archive.device("dev/console", 0o600, 5, 1)
    for name in ("proc", "sys", "tmp"):
        archive.directory(name)
    archive.file("uml-test-init", init)
    archive.data("tests/list", "")
    with open(path, "wb") as f:
        f.write(gzip.compress(archive.finish(), 1))


def boot_measure(subject, args, steps):
    """Values of the steps: functions of a Boot."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        boot = Boot(subject, directory, args)
        try:
            return [step(boot) for step in steps]
        finally:
            boot.end()


def idle_pss(boot):
    time.sleep(IDLE_SECONDS)
    return boot.pss()


def prompt(boot):
    """The embedded root's shell."""
    return boot.expect(rb"uml:[^\n]*[#$] ")


def figures_of(subject, wanted, initrd):
    """{name: Sample} of one round; a memory figure is MB in a fixed form."""
    samples = {}
    if INIT in wanted:
        args = ["mem=256M", f"initrd={initrd}", "rdinit=/uml-test-init",
                "printk.devkmsg=on", "loglevel=4"]
        pattern = MARK.encode() + b"boot"
        ns, = boot_measure(subject, args, [lambda boot: boot.expect(pattern)])
        samples[INIT] = Sample(INIT, "ns", 1, ns, {})
    for size in SIZES:
        name = f"memory/idle-{size}"
        if name in wanted or size == "256M" and SHELL in wanted:
            ns, pss = boot_measure(subject, [f"mem={size}"], [prompt, idle_pss])
            if name in wanted:
                samples[name] = Sample(name, "MB", 1000000, pss, {})
            if size == "256M" and SHELL in wanted:
                samples[SHELL] = Sample(SHELL, "ns", 1, ns, {})
    return samples


def run(args, config, subjects, results, deadline):
    init = os.path.join(config.build, "tests/lib/init")
    names = [INIT, SHELL] + [f"memory/idle-{size}" for size in SIZES]
    wanted = [n for n in names if not args.names or
              any(n.startswith(s) for s in args.names)]
    machines = [s for s in subjects if s.linux]
    if not wanted:
        return
    initrd = os.path.join(config.scratch, "start-initrd")
    initrd_write(initrd, init)
    for number in range(1 if args.quick else min(5, args.rounds)):
        if number and time.monotonic() > deadline:
            break
        for subject in machines:
            if (subject.name, "start") in results.failed:
                continue
            try:
                found = {"start": (figures_of(subject, wanted, initrd), "")}
            except Bad as problem:
                found = {"start": (None, str(problem))}
            results.add(subject.name, found)
        results.rounds = max(results.rounds, number + 1)
    measure.progress("start: done")
