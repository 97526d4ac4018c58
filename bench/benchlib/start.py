# SPDX-License-Identifier: GPL-2.0
"""What a machine costs before anything runs in it: the time from exec to the first
program inside, and to the prompt of a shell; and the host memory of an idle machine.
See docs/measuring.md for what each figure is."""

import ctypes
import gzip
import os
import re
import select
import signal
import subprocess
import tempfile
import time

from lib.cpio import Archive
from lib.guest import ALARM, MARK

from . import footprint, measure, roots
from .figures import Sample, megabytes

SIZES = ["64M", "256M", "1G"]
SHELL_SIZE = "256M"
PARTS = ["idle", "shared", "tables", "kernel"]
SECONDS = 60
ROUNDS = 3
IDLE_SECONDS = 1.5      # until what the boot left to be done is done
INIT, SHELL = "start/init", "start/shell"


class Bad(Exception):
    """The machine did not do what was expected."""


PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def parent_follow():
    """In a new process: no machine shall outlive the bench, however that ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class Boot:
    """A machine, its console on a pipe. counted: the host shall count its kernel's
    memory for it, if it can."""
    number = 0

    def __init__(self, subject, directory, args, counted=False, pass_fds=(),
                 prefix=()):
        argv = [*prefix] + subject.pin() + [subject.linux, "panic=-1", "noreboot",
                                f"uml_dir={directory}", "umid=bench",
                                "con=null", "con0=fd:0,fd:1", "ssl=null"]
        if subject.backend:
            argv.append(f"backend={subject.backend}")
        Boot.number += 1
        self.text = b""
        self.backend = subject.backend
        self.group = footprint.Group(f"bench-{os.getpid()}-{Boot.number}") \
            if counted else None
        self.begin = time.monotonic_ns()
        self.process = subprocess.Popen(
            argv + subject.args + args, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, cwd=directory, pass_fds=pass_fds,
            preexec_fn=parent_follow)
        if self.group:
            self.group.enter(self.process.pid)

    def expect(self, pattern, seconds=SECONDS):
        """Nanoseconds from the start to this text on its console."""
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [],
                                              left)[0]:
                raise Bad(f"no {pattern} on the console in {seconds} s")
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

    def pids(self):
        return footprint.sessions_pids([self.process.pid])[self.process.pid]

    def alive(self):
        """It still does what it is told, in its backend, and has no complaint.
        Returns what it has mounted."""
        self.send(roots.ALIVE)
        self.expect(rb"alive 42 [^\r\n]*\r?\n")
        text = self.text.decode("utf-8", "replace")
        alarm = ALARM.search(text)
        if alarm:
            raise Bad(f"its kernel says: {alarm[0]}")
        backend, mounts = re.search(r"alive 42 (\S*) (\S*)", text).groups()
        if self.backend and backend != self.backend and \
                (backend, self.backend) != ("?", "skas"):
            raise Bad(f"asked for {self.backend}, the machine runs {backend}")
        return mounts.split(",")

    def end(self):
        """Whatever state it is in; at a prompt, the quick way."""
        try:
            self.process.communicate(b"poweroff -f\n", timeout=10)
        except subprocess.TimeoutExpired:
            pass
        self.kill()

    def kill(self):
        """At once, with all its processes."""
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except OSError:
                pass            # what it has not read
        self.process.wait()
        if self.group:
            self.group.end()


def initrd_write(path, init):
    archive = Archive()
    archive.device("dev/console", 0o600, 5, 1)
    for name in ("proc", "sys", "tmp"):
        archive.directory(name)
    archive.file("uml-test-init", init)
    archive.data("tests/list", "")
    with open(path, "wb") as f:
        f.write(gzip.compress(archive.finish(), 1))


def boot_measure(subject, args, steps, counted=False):
    """Values of the steps: functions of a Boot."""
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        boot = Boot(subject, directory, args, counted)
        try:
            return [step(boot) for step in steps]
        finally:
            boot.end()


def prompt(boot):
    return boot.expect(roots.PROMPT)


def idle(boot):
    """What it has in memory then, its own and the kernel's for it."""
    time.sleep(IDLE_SECONDS)
    memory = footprint.Processes([boot.pids()])
    return memory, boot.group.kernel(), boot.group.problem


def init_sample(subject, initrd):
    args = ["mem=256M", f"initrd={initrd}", "rdinit=/uml-test-init",
            "printk.devkmsg=on", "loglevel=4"]
    pattern = MARK.encode() + b"boot"
    ns, = boot_measure(subject, args, [lambda boot: boot.expect(pattern)])
    return Sample(INIT, "ns", 1, ns, {})


def size_samples(subject, size, initrd, results):
    """Of one start with that much memory."""
    ns, (memory, kernel, problem), _ = boot_measure(
        subject, [f"mem={size}", f"initrd={initrd}", "rdinit=/init", "loglevel=4"],
        [prompt, idle, Boot.alive], counted=True)
    if not memory.pss:
        raise Bad("no PSS of it in /proc")
    samples = [Sample(SHELL, "ns", 1, ns, {})] if size == SHELL_SIZE else []
    samples += [megabytes(f"memory/idle-{size}", memory.pss),
                megabytes(f"memory/shared-{size}", memory.shared),
                megabytes(f"memory/tables-{size}", memory.tables)]
    if kernel is None:
        results.missing["memory/kernel"] = problem
    else:
        samples.append(megabytes(f"memory/kernel-{size}", kernel))
    return samples


def figures_of(subject, wanted, initrds, results):
    """{name: Sample} of one round."""
    samples = [init_sample(subject, initrds[0])] if INIT in wanted else []
    for size in SIZES:
        if any(name.endswith("-" + size) for name in wanted) or \
                size == SHELL_SIZE and SHELL in wanted:
            samples += size_samples(subject, size, initrds[1], results)
    return {s.name: s for s in samples if s.name in wanted}


def names_wanted(args):
    sizes = SIZES[:2] if args.quick and not args.names else SIZES
    names = [INIT, SHELL] + [f"memory/{part}-{size}" for size in sizes
                             for part in PARTS]
    return [n for n in names if not args.names or
            any(n.startswith(s) for s in args.names)]


def run(args, config, subjects, results, deadline):
    wanted = names_wanted(args)
    machines = [s for s in subjects if s.linux and not s.name.endswith("-unpinned")]
    if not wanted:
        return
    initrds = [os.path.join(config.scratch, f"start-{n}") for n in ("init", "shell")]
    initrd_write(initrds[0], os.path.join(config.build, "tests/lib/init"))
    roots.initrd_write(initrds[1])
    rounds = 1 if args.quick else min(ROUNDS, args.rounds)
    for number in measure.rounds_until(deadline, rounds, "start"):
        for subject in machines:
            if (subject.name, "start") in results.failed:
                continue
            try:
                samples = figures_of(subject, wanted, initrds, results)
                found = {"start": (samples, "")}
            except Bad as problem:
                found = {"start": (None, str(problem))}
            results.add(subject.name, found)
        results.rounds = max(results.rounds, number)
