# SPDX-License-Identifier: GPL-2.0
"""Disks: fio in machines beside fio on the host's file, row by row in turns. See
docs/measuring.md for what the rows are."""

import contextlib
import os
import shutil
import subprocess
import tempfile

from . import measure
from .disk_hosts import Machine, Native, initrd_write
from .disk_rows import MIX, MIX_BLOCK, NOTHING, ROWS, fio_parse, samples_make
from .figures import Broken, DISK
from .start import Bad

MB = 1 << 20
SLACK = 0.05        # by which two clocks may differ
FULL = {"image": 256, "base": 32, "ms": 900, "rounds": 3}
QUICK = {"image": 64, "base": 8, "ms": 300, "rounds": 1}


class Setting:
    """What all rows share: the files, the programs, how long a row takes."""

    def __init__(self, args, directory, fio):
        self.sizes = QUICK if args.quick else FULL
        self.fio = fio
        self.files = {name: os.path.join(directory, name)
                      for name in ("image", "base")}
        for name, path in self.files.items():
            file_write(path, self.sizes[name])
        self.initrd = os.path.join(directory, "initrd")
        self.direct = direct_problem(self.files["image"])


def file_write(path, megabytes):
    """Data everywhere, and on the disk: no file system has to find place for it
    while it is measured."""
    block = os.urandom(MB)
    with open(path, "wb") as f:
        for number in range(megabytes):
            f.write(number.to_bytes(8, "little") + block[8:])
        f.flush()
        os.fsync(f.fileno())


def direct_problem(path):
    try:
        os.close(os.open(path, os.O_RDWR | os.O_DIRECT | os.O_CLOEXEC))
    except OSError as error:
        return f"no O_DIRECT on the file system of {path}: {error.strerror}"
    return ""


def settle(setting, row):
    """The same for all: nothing to be written back, and in the host's page cache
    all of the file, or with O_DIRECT, which would have to remove it, nothing."""
    path = setting.files["base" if row.disk == "cow" else "image"]
    with open(path, "rb") as f:
        os.fdatasync(f.fileno())
        if row.disk == "direct":
            os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            return
        while f.read(MB):
            pass


def rows_wanted(args):
    def wanted(row):
        if not args.names:
            return row.quick or not args.quick
        return any((prefix + row.name).startswith(name)
                   for prefix in DISK for name in args.names)
    return [row for row in ROWS if wanted(row)]


def outcome_check(row, outcome):
    """(operations, nanoseconds); Broken if they are no figure."""
    if outcome.status:
        said = " ".join(" ".join(outcome.lines).split())[:200]
        raise Broken(f"fio: exit {outcome.status}: {said}")
    ops, ns = fio_parse(row, outcome.lines)
    if ns > outcome.wall_ns * (1 + SLACK):
        raise Broken(f"fio says {ns} ns, of {outcome.wall_ns} ns of the host")
    return ops, ns


class Place:
    """A subject, up, and what a run of fio that moves nothing costs there."""

    def __init__(self, setting, subject):
        self.setting = setting
        self.subject = subject
        self.lost = ""
        self.idle = None
        if subject.linux:
            self.runner = Machine(subject, setting.initrd, setting.files)
        else:
            self.runner = Native(subject, setting.fio, setting.files)

    def start(self, rows):
        """A machine's disks are made ready too."""
        if not self.subject.linux:
            return
        try:
            self.runner.start()
            if any(row.disk == "cow" for row in rows):
                outcome = self.runner.run(MIX_BLOCK, MIX)
                outcome_check(MIX_BLOCK, outcome)
        except (Bad, Broken) as problem:
            self.lost = str(problem)

    def calibrate(self):
        settle(self.setting, NOTHING)
        try:
            outcome = self.runner.run(NOTHING, NOTHING.arguments(1))
            outcome_check(NOTHING, outcome)
        except (Bad, Broken, subprocess.TimeoutExpired) as problem:
            self.lost = self.lost or str(problem)
            return
        self.idle = outcome

    def measure(self, row):
        """What Results.add wants: the samples of this row, or why there are none."""
        if self.lost:
            return None, self.lost
        settle(self.setting, row)
        try:
            arguments = row.arguments(self.setting.sizes["ms"])
            outcome = self.runner.run(row, arguments)
            ops, ns = outcome_check(row, outcome)
        except Broken as problem:
            return None, str(problem)
        except (Bad, subprocess.TimeoutExpired) as problem:
            self.lost = f"lost in {row.name}: {problem}"
            return None, self.lost
        counts = {name: value - self.idle.counts.get(name, 0)
                  for name, value in outcome.counts.items()}
        cpu = outcome.cpu_ns - self.idle.cpu_ns
        return samples_make(row, ops, ns, cpu, counts), ""


def round_run(places, rows, number, results):
    """Each row in every place, another one first in each round."""
    for place in places:
        if not place.lost:
            place.calibrate()
    for row in rows:
        shift = number % len(places)
        for place in places[shift:] + places[:shift]:
            name = place.subject.name
            if place.runner.has(row.disk) and \
                    (name, f"disk/{row.name}") not in results.failed:
                results.add(name, {f"disk/{row.name}": place.measure(row)})
    results.rounds = max(results.rounds, number + 1)


def places_make(setting, subjects, rows, stack):
    """All up, one after the other."""
    places = []
    for subject in subjects:
        place = Place(setting, subject)
        stack.callback(place.runner.end)
        place.start(rows)
        places.append(place)
    return places


def rounds_run(setting, subjects, rows, rounds, deadline, results):
    with contextlib.ExitStack() as stack:
        places = places_make(setting, subjects, rows, stack)
        for number in measure.rounds_until(deadline, rounds, "disk"):
            round_run(places, rows, number - 1, results)


def problem_find(fio, busybox):
    if not os.access(fio, os.X_OK):
        return f"no {fio}: make -C bench fio"
    if not busybox:
        return "no busybox (Debian: busybox-static)"
    return ""


def run(args, config, subjects, results, deadline):
    rows = rows_wanted(args)
    if not rows:
        return
    fio = args.fio or os.path.join(config.build, "bench/bin/fio")
    busybox = shutil.which("busybox")
    problem = problem_find(fio, busybox)
    if problem:
        measure.progress(f"disks are not measured: {problem}")
        return
    # no CPU is left to the host's part of a disk if all share one
    subjects = [s.free() for s in subjects if not s.name.endswith("-unpinned")]
    with tempfile.TemporaryDirectory(
            prefix="disk-", dir=os.path.join(config.build, "bench")) as directory:
        setting = Setting(args, directory, fio)
        initrd_write(setting.initrd, fio, busybox)
        if setting.direct:
            measure.progress(f"disk: {setting.direct}")
            rows = [row for row in rows if row.disk != "direct"]
        rounds = min(args.rounds, setting.sizes["rounds"])
        rounds_run(setting, subjects, rows, rounds, deadline, results)
