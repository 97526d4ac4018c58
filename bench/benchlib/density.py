# SPDX-License-Identifier: GPL-2.0
"""Many machines at once, from one image by COW: how long until they all have a
prompt, what they take from the host while idle, and from that how many would fit.
See docs/measuring.md for what each figure is."""

import contextlib
import dataclasses
import os
import tempfile
import time

from lib.machine import file_read, pids

from . import footprint, measure, roots
from .figures import Sample, megabytes
from .start import Bad, Boot

FULL = {"machines": 50, "seconds": 60}
QUICK = {"machines": 8, "seconds": 5}
SETTLE_SECONDS = 3      # until what the boot left to be done is done
IMAGE_MB = 64
MEMORY = "64M"


class Fleet:
    """The machines of one subject. failed: why it has no figures."""

    def __init__(self, subject, image, disks, sockets, count):
        self.subject = subject
        self.image = image
        self.disks = disks          # a directory for its COW files
        self.sockets = sockets      # a directory with a short path
        self.count = count
        self.boots = []
        self.samples = []
        self.failed = ""
        self.kernel = 0             # what the kernel has for all of them
        self.cpu = {}

    def start(self):
        """All at once, each on one of our CPUs in turn. Nanoseconds until the last
        has its prompt."""
        cpus = sorted(os.sched_getaffinity(0))
        begin = time.monotonic_ns()
        for number in range(self.count):
            directory = os.path.join(self.sockets, str(number))
            os.mkdir(directory)
            cow = os.path.join(self.disks, str(number))
            pinned = dataclasses.replace(self.subject,
                                         cpu=cpus[number % len(cpus)])
            self.boots.append(Boot(pinned, directory, [
                f"mem={MEMORY}", f"ubd0={cow},{self.image}", "root=/dev/ubda",
                "rootfstype=ext4", "rw", "init=/init", "loglevel=4"]))
        self.each(lambda boot: boot.expect(roots.PROMPT))
        return time.monotonic_ns() - begin

    def each(self, step):
        for number, boot in enumerate(self.boots, 1):
            try:
                step(boot)
            except Bad as problem:
                raise Bad(f"machine {number} of {self.count}: "
                          f"{problem}") from problem

    def sessions(self):
        """The processes of each machine."""
        found = footprint.sessions_pids([b.process.pid for b in self.boots])
        return list(found.values())

    def cpu_read(self):
        return footprint.cpu_read(pid for some in self.sessions() for pid in some)

    def memory(self):
        return footprint.Processes(self.sessions())

    def alive(self):
        def ext4(boot):
            if "ext4" not in boot.alive():
                raise Bad("its root is not ext4")
        self.each(ext4)

    def end(self, left=0):
        """All but the first few."""
        while len(self.boots) > left:
            self.boots.pop().kill()

    def add(self, name, size):
        """Memory, in bytes, of each machine."""
        self.samples.append(megabytes(f"density/{name}-{self.count}",
                                      size // self.count))


class Before:
    """What the host has before the first machine."""

    def __init__(self):
        self.available = footprint.meminfo()["MemAvailable"]
        self.threads = len(footprint.cpu_read(pids()))

    def limit(self, used, each, threads, each_threads):
        """(how many more machines, what ends it)"""
        left = max(0, self.available - used)
        limits = [(left // each, f"{self.available / 1e9:.1f} GB that the host had "
                   "left are used up")]
        for name in ("pid_max", "threads-max"):
            most = int(file_read(f"/proc/sys/kernel/{name}") or 0)
            if most and each_threads:
                limits.append((int((most - self.threads - threads) // each_threads),
                               f"the host's kernel.{name} is reached"))
        return min(limits)


def fleet_start(fleet):
    """Its prompts, and what the kernel has for it."""
    before = footprint.kernel_bytes()
    ns = fleet.start()
    time.sleep(SETTLE_SECONDS)
    fleet.kernel = max(0, footprint.kernel_bytes() - before)
    fleet.samples.append(Sample(f"density/start-{fleet.count}", "ns", 1, ns, {}))
    fleet.add("kernel", fleet.kernel)


def fleet_idle(fleet, seconds):
    """Its CPU time since it was read before."""
    after = fleet.cpu_read()
    if not after:
        raise Bad("no CPU time of it in /proc (schedstat)")
    fleet.samples.append(Sample(f"density/cpu-{fleet.count}", "ns",
                                fleet.count * seconds,
                                footprint.cpu_between(fleet.cpu, after), {}))


def fleet_memory(fleet, before):
    """What it has; of half of them, too, and so how many would fit."""
    whole, threads = fleet.memory(), len(fleet.cpu_read())
    fleet.add("pss", whole.pss)
    fleet.add("shared", whole.shared)
    fleet.add("tables", whole.tables)
    fleet.add("memory", whole.all() + fleet.kernel)
    fleet.alive()
    left = fleet.count - fleet.count // 2
    if left == fleet.count:
        return
    fleet.end(left)
    # what the kernel has it gives back when it likes: that is taken evenly
    each = (whole.all() - fleet.memory().all()) // (fleet.count - left) + \
        fleet.kernel // fleet.count
    if each <= 0:
        raise Bad("half of them took as much as all")
    more, limit = before.limit(whole.all() + fleet.kernel, each, threads,
                               threads / fleet.count)
    note = (f"{fleet.count} ran; each more takes {each / 1e6:.1f} MB while idle, "
            f"measured between {left} and {fleet.count}; then {limit}; computed, "
            "not tried")
    fleet.samples.append(Sample("density/fit", "machines", 1,
                                int(fleet.count + more), {}, note=note))


def fleet_cached(fleet, results):
    """The image in the host's page cache, which is there once for all of them, and
    what each has of its COW file there."""
    size = footprint.cached_bytes(fleet.image)
    cows = [footprint.cached_bytes(os.path.join(fleet.disks, name))
            for name in os.listdir(fleet.disks)]
    if size is None or None in cows:
        results.missing["density/cache"] = "no fincore (Debian: util-linux)"
        return
    fleet.samples.append(megabytes(f"density/cache-{fleet.count}", size))
    fleet.add("cow-cache", sum(cows))


def steps_run(fleets, step):
    """A step of all that are still there. One that goes wrong takes no part in what
    comes."""
    for fleet in fleets:
        if fleet.failed:
            continue
        try:
            step(fleet)
        except Bad as problem:
            fleet.failed = str(problem)
            fleet.end()


def fleets_measure(fleets, seconds, results):
    """They are idle all at the same time: that takes a minute only once."""
    def cpu_note(fleet):
        fleet.cpu = fleet.cpu_read()

    before = Before()
    begin = time.monotonic()
    steps_run(fleets, fleet_start)
    measure.progress(f"density: all have a prompt, {time.monotonic() - begin:.0f} s")
    steps_run(fleets, cpu_note)
    time.sleep(seconds)
    steps_run(fleets, lambda fleet: fleet_idle(fleet, seconds))
    steps_run(fleets, lambda fleet: fleet_cached(fleet, results))
    steps_run(fleets, lambda fleet: fleet_memory(fleet, before))
    measure.progress(f"density: done, {time.monotonic() - begin:.0f} s")


def sizes_of(args):
    sizes = dict(QUICK if args.quick else FULL)
    sizes["machines"] = args.machines or sizes["machines"]
    sizes["seconds"] = args.idle or sizes["seconds"]
    return sizes


def wanted(args):
    """All of it, if anything."""
    return not args.names or any("density/".startswith(n) or
                                 n.startswith("density/") for n in args.names)


def run(args, config, subjects, results):
    if not wanted(args):
        return
    sizes = sizes_of(args)
    with tempfile.TemporaryDirectory(
            prefix="density-", dir=os.path.join(config.build, "bench")) as disks, \
            tempfile.TemporaryDirectory(prefix="bench-") as sockets, \
            contextlib.ExitStack() as stack:
        image = os.path.join(disks, "image")
        try:
            roots.image_write(image, IMAGE_MB, True)
        except roots.Missing as problem:
            results.missing["density"] = str(problem)
            return
        fleets = []
        for number, subject in enumerate(subjects):
            if not subject.linux or subject.name.endswith("-unpinned"):
                continue
            places = [os.path.join(d, str(number)) for d in (disks, sockets)]
            for place in places:
                os.mkdir(place)
            fleets.append(Fleet(subject, image, *places, sizes["machines"]))
            stack.callback(fleets[-1].end)
        fleets_measure(fleets, sizes["seconds"], results)
    for fleet in fleets:
        samples = None if fleet.failed else {s.name: s for s in fleet.samples}
        results.add(fleet.subject.name, {"density": (samples, fleet.failed)})
    results.rounds = max(results.rounds, 1)
