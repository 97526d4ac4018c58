# SPDX-License-Identifier: GPL-2.0
"""A job is one program run on a host by supervise; and the native host."""

import dataclasses
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

KEPT_FILE_MAX = 1 << 20
DIR = "@DIR@"       # in a job's arguments and environment: its own directory


@dataclasses.dataclass
class Job:
    ident: str                  # also the name of its directory of logs
    argv: list
    timeout: float
    idle: float = 0
    env: dict = dataclasses.field(default_factory=dict)
    files: list = dataclasses.field(default_factory=list)   # (name, bytes)
    disks: list = dataclasses.field(default_factory=list)   # (name, size)
    ship: list = dataclasses.field(default_factory=list)    # paths below top
    good: tuple = ("exit 0",)   # ends after which its files are of no interest


@dataclasses.dataclass
class Outcome:
    end: str = ""               # "exit 0", "signal 9", "timeout", ...; "" if lost
    seconds: float = 0.0
    left: str = ""              # processes that outlived it
    error: str = ""
    log: str = ""               # file with what it printed
    lost: bool = False          # the host died under it: maybe not its fault


def environment(env, directory, **more):
    """What a job sees: nothing of who runs the tests but the path, and behind it
    where Debian has mke2fs and ip, which only root's path has."""
    path = os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"
    base = {"PATH": path, "LANG": "C",
            "TERM": "dumb", "HOME": directory, "PYTHONDONTWRITEBYTECODE": "1"}
    base.update(more)
    base.update({k: v.replace(DIR, directory) for k, v in env.items()})
    return base


def file_system(path):
    """The kind of file system that a path is on: "tmpfs", "ext2/ext3", ..."""
    done = subprocess.run(["stat", "-f", "-c", "%T", path], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.strip()


def outcome_read(directory):
    outcome = Outcome(log=os.path.join(directory, "log"))
    try:
        with open(os.path.join(directory, "report"), encoding="utf-8",
                  errors="replace") as f:
            for line in f:
                key, _, value = line.rstrip("\n").partition(" ")
                if key == "seconds":
                    outcome.seconds = float(value)
                elif key in ("end", "left", "error"):
                    setattr(outcome, key, value)
    except OSError as error:
        outcome.error = f"supervise left no report: {error}"
    return outcome


def files_keep(source, target, skip):
    """Copy what a failed test left, without big files and sockets."""
    for base, _, names in os.walk(source):
        for name in names:
            path = os.path.join(base, name)
            there = os.path.relpath(path, source)
            if there in skip or os.path.islink(path) or \
                    not os.path.isfile(path) or \
                    os.path.getsize(path) > KEPT_FILE_MAX:
                continue
            copy = os.path.join(target, there)
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy(path, copy)


class Children:
    """Our supervise processes, to end them when we are told to stop."""

    def __init__(self):
        self.alive = set()
        self.lock = threading.RLock()
        self.stopping = False

    def run(self, command, **options):
        """Returns status and what it said on standard error."""
        with self.lock:
            if self.stopping:
                return 1, "stopped"
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                     stderr=subprocess.PIPE, **options)
            self.alive.add(child)
        text = child.communicate()[1].decode("utf-8", "replace").strip()
        with self.lock:
            self.alive.discard(child)
        return child.returncode, text

    def stop(self, seconds=10):
        """End them all: on SIGTERM each kills what runs below it."""
        with self.lock:
            self.stopping = True
            alive = list(self.alive)
        for child in alive:
            child.send_signal(signal.SIGTERM)
        end = time.monotonic() + seconds
        while time.monotonic() < end and \
                any(os.path.exists(f"/proc/{c.pid}/stat") and
                    c.poll() is None for c in alive):
            time.sleep(0.05)


class NativeHost:
    """This machine."""
    name = "native"
    slow = 1            # timeouts are multiplied by it

    def __init__(self, config):
        self.config = config
        self.supervise = os.path.join(config.build, "tests/lib/supervise")
        self.children = config.children

    def unavailable(self):
        return ""

    def run(self, jobs, done):
        """Run the jobs; done(job, outcome) is called for each."""
        with ThreadPoolExecutor(max(1, self.config.native_jobs)) as pool:
            for result in [pool.submit(self._run, job, done) for job in jobs]:
                result.result()

    def _run(self, job, done):
        logs = os.path.join(self.config.logs, job.ident)
        os.makedirs(logs)
        # Short: names of sockets below it have 108 bytes in all.
        work = tempfile.mkdtemp(prefix="", dir=self.config.scratch)
        os.chmod(work, 0o755)   # for tests that become another user
        try:
            self._prepare(job, work)
            outcome = self._supervise(job, logs, work)
            if self.config.keep or outcome.left or outcome.end not in job.good:
                files_keep(work, os.path.join(logs, "files"),
                           [name for name, _ in job.files])
        finally:
            shutil.rmtree(work, ignore_errors=True)
        done(job, outcome)

    def _prepare(self, job, work):
        for name, data in job.files:
            with open(os.path.join(work, name), "wb") as f:
                f.write(data)
        for name, size in job.disks:
            with open(os.path.join(work, name), "wb") as f:
                f.truncate(size)

    def _supervise(self, job, logs, work):
        command = [self.supervise, "-o", os.path.join(logs, "log"),
                   "-r", os.path.join(logs, "report"),
                   "-t", str(job.timeout), "-i", str(job.idle)]
        command += [a.replace(DIR, work) for a in job.argv]
        try:
            status, text = self.children.run(command, cwd=work,
                                             env=environment(job.env, work))
        except OSError as error:
            return Outcome(error=f"cannot run supervise: {error}")
        outcome = outcome_read(logs)
        if status != 0 and not outcome.error:
            outcome.error = text or f"supervise: status {status}"
        return outcome


def reason_find(log, word):
    """The first line of a test's output that says word ("SKIP", "FAIL")."""
    try:
        with open(log, encoding="utf-8", errors="replace") as f:
            for line in f:
                match = re.match(rf"{word}:?\s+(.*)", line)
                if match:
                    return match.group(1)
    except OSError:
        pass
    return ""
