# SPDX-License-Identifier: GPL-2.0
"""Many machines at once, from one image by COW: how long until they all have a
prompt, what they take from the host while idle, and from that how many would fit.
See docs/measuring.md for what each figure is."""

import contextlib
import dataclasses
import os
import tempfile
import time

from . import footprint, measure, roots
from .figures import Sample, megabytes
from .start import Bad, Boot

FULL = {"machines": 50, "seconds": 60}
QUICK = {"machines": 10, "seconds": 20}
SETTLE_SECONDS = 3      # until what the boot left to be done is done
IMAGE_MB = 64
MEMORY = "64M"
FIT = "density/fit"


class Fleet:
    """The machines of one subject."""

    def __init__(self, subject, image, place, count):
        self.subject = subject
        self.image = image
        self.place = place
        self.count = count
        self.boots = []
        self.kernel_before = footprint.kernel_bytes()

    def start(self):
        """All at once, each on one of our CPUs in turn. Nanoseconds until the last
        has its prompt."""
        cpus = sorted(os.sched_getaffinity(0))
        begin = time.monotonic_ns()
        for number in range(self.count):
            directory = os.path.join(self.place.sockets, str(number))
            os.mkdir(directory)
            cow = os.path.join(self.place.disks, f"{self.subject.name}-{number}")
            pinned = dataclasses.replace(self.subject,
                                         cpu=cpus[number % len(cpus)])
            self.boots.append(Boot(pinned, directory, [
                f"mem={MEMORY}", f"ubd0={cow},{self.image}", "root=/dev/ubda",
                "rootfstype=ext4", "rw", "init=/init", "loglevel=4"]))
        for number, boot in enumerate(self.boots):
            try:
                boot.expect(roots.PROMPT)
            except Bad as problem:
                raise Bad(f"machine {number + 1} of {self.count}: "
                          f"{problem}") from problem
        return time.monotonic_ns() - begin

    def sessions(self):
        """The processes of each machine."""
        found = footprint.sessions_pids([b.process.pid for b in self.boots])
        return list(found.values())

    def cpu_read(self):
        return footprint.cpu_read(pid for some in self.sessions() for pid in some)

    def idle_ns(self, seconds):
        """CPU time of all of them in that time, in which nobody asks for anything."""
        before = self.cpu_read()
        time.sleep(seconds)
        after = self.cpu_read()
        if not after:
            raise Bad("no CPU time of it in /proc (schedstat)")
        return footprint.cpu_between(before, after)

    def memory(self):
        """What they have now, and what the kernel has more than before the first."""
        return (footprint.Processes(self.sessions()),
                max(0, footprint.kernel_bytes() - self.kernel_before))

    def alive(self):
        for number, boot in enumerate(self.boots):
            try:
                if "ext4" not in boot.alive():
                    raise Bad("its root is not ext4")
            except Bad as problem:
                raise Bad(f"machine {number + 1} of {self.count}: "
                          f"{problem}") from problem

    def end(self, left=0):
        """All but the first few."""
        while len(self.boots) > left:
            self.boots.pop().kill()


@dataclasses.dataclass
class Place:
    """disks: where images are; sockets: directories with a short path"""
    disks: str
    sockets: str


def limit_find(each, threads):
    """(how many more machines, what ends it) with so many bytes and threads for
    each of them."""
    info = footprint.meminfo()
    limits = [(info["MemAvailable"] // each,
               f"{info['MemAvailable'] / 1e9:.1f} GB of memory are used up")]
    running = sum(len(os.listdir(f"/proc/{p}/task")) for p in footprint.pids()
                  if os.path.isdir(f"/proc/{p}/task"))
    for name in ("pid_max", "threads-max"):
        most = int(footprint.file_read(f"/proc/sys/kernel/{name}") or 0)
        if most and threads:
            limits.append((max(0, most - running) // threads,
                           f"the host's kernel.{name} is reached"))
    return min(limits)


def fit_sample(fleet, whole, half, kernel):
    """Of what the machines after the first half have taken; the kernel's memory,
    which it gives back when it likes, evenly."""
    count, left = fleet.count, len(fleet.boots)
    each = (whole.all() - half.all()) // (count - left) + kernel // count
    if each <= 0:
        raise Bad("half of them took as much as all")
    more, limit = limit_find(each, len(fleet.cpu_read()) / left)
    note = (f"{count} ran; each more takes {each / 1e6:.1f} MB while idle, measured "
            f"between {left} and {count}; then {limit}; computed, not tried")
    return Sample(FIT, "machines", 1, int(left + more), {}, note=note)


def cached_samples(fleet, suffix, results):
    """The image in the host's page cache, which is there once for all of them."""
    size = footprint.cached_bytes(fleet.image)
    cows = [footprint.cached_bytes(os.path.join(fleet.place.disks, name))
            for name in os.listdir(fleet.place.disks)
            if name.startswith(fleet.subject.name + "-")]
    if size is None or None in cows:
        results.missing["density/cache"] = "no fincore (Debian: util-linux)"
        return []
    return [megabytes("density/cache" + suffix, size),
            megabytes("density/cow-cache" + suffix, sum(cows) // fleet.count)]


def fleet_measure(fleet, seconds, results):
    """All samples of a subject; Bad if one of the machines goes wrong."""
    count, suffix = fleet.count, f"-{fleet.count}"
    ns = fleet.start()
    time.sleep(SETTLE_SECONDS)
    cpu = fleet.idle_ns(seconds)
    memory, kernel = fleet.memory()
    samples = [Sample("density/start" + suffix, "ns", 1, ns, {}),
               Sample("density/cpu" + suffix, "ns", count * seconds, cpu, {}),
               megabytes("density/pss" + suffix, memory.pss // count),
               megabytes("density/shared" + suffix, memory.shared // count),
               megabytes("density/tables" + suffix, memory.tables // count),
               megabytes("density/kernel" + suffix, kernel // count),
               megabytes("density/memory" + suffix,
                         (memory.all() + kernel) // count)]
    samples += cached_samples(fleet, suffix, results)
    fleet.alive()
    if count > 1:
        fleet.end(count // 2)
        time.sleep(1)
        samples.append(fit_sample(fleet, memory, fleet.memory()[0], kernel))
    return samples


def subject_measure(subject, image, sizes, results):
    """{name: Sample}; nothing of it is left."""
    with contextlib.ExitStack() as stack:
        disks = stack.enter_context(tempfile.TemporaryDirectory(
            prefix="cow-", dir=os.path.dirname(image)))
        sockets = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        fleet = Fleet(subject, image, Place(disks, sockets), sizes["machines"])
        stack.callback(fleet.end)
        samples = fleet_measure(fleet, sizes["seconds"], results)
        return {s.name: s for s in samples}


def run(args, config, subjects, results):
    if args.names and not any("density/".startswith(n) or n.startswith("density/")
                              for n in args.names):
        return
    sizes = dict(QUICK if args.quick else FULL)
    if args.machines:
        sizes["machines"] = args.machines
    if args.idle:
        sizes["seconds"] = args.idle
    machines = [s for s in subjects if s.linux and not s.name.endswith("-unpinned")]
    with tempfile.TemporaryDirectory(
            prefix="density-", dir=os.path.join(config.build, "bench")) as place:
        image = os.path.join(place, "image")
        try:
            roots.image_write(image, IMAGE_MB, True)
        except roots.Missing as problem:
            results.missing["density"] = str(problem)
            return
        for subject in machines:
            begin = time.monotonic()
            try:
                found = subject_measure(subject, image, sizes, results)
                results.add(subject.name, {"density": (found, "")})
            except Bad as problem:
                results.add(subject.name, {"density": (None, str(problem))})
            measure.progress(f"density: {subject.name}, {sizes['machines']} "
                             f"machines, {time.monotonic() - begin:.0f} s")
    results.rounds = max(results.rounds, 1)
