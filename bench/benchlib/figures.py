# SPDX-License-Identifier: GPL-2.0
"""What the bench programs print, and what is computed from it."""

import dataclasses
import math
import re
import statistics

NAME = re.compile(r"[a-z0-9_]+/[A-Za-z0-9_+-]+$")
# is less better?
LOWER = {"ns": True, "MB/s": False, "MB": True, "IOPS": False, "MiB/s": False,
         "s/GiB": True, "per request": True, "machines": False}


# the families of figures of disks: what it does, takes, and is interrupted by
DISK = ("disk/", "disk_cpu/", "disk_irq/")


class Broken(Exception):
    """A program printed what is no figure."""


@dataclasses.dataclass
class Sample:
    """One figure of one run of a program."""
    name: str
    unit: str
    ops: int                # "MB/s", "MiB/s", "s/GiB": bytes
    ns: int                 # "MB": bytes, of a million operations;
                            # "per request": events
    counts: dict            # counter -> events in all operations
    result: str = ""        # what it computed, where that is told
    note: str = ""          # how it came about, where that is to be said

    def value(self):
        if self.unit == "MB/s":
            return self.ops * 1000 / self.ns
        if self.unit == "MiB/s":
            return self.ops / 2**20 * 1e9 / self.ns
        if self.unit == "IOPS":
            return self.ops * 1e9 / self.ns
        if self.unit == "s/GiB":
            return self.ns / 1e9 / (self.ops / 2**30)
        return self.ns / self.ops


@dataclasses.dataclass
class Figure:
    """All samples of one figure in one subject."""
    name: str
    unit: str
    values: list
    counts: dict            # counter -> events per operation, median
    note: str = ""          # that of the last sample

    def median(self):
        return statistics.median(self.values)

    def low(self):
        return min(self.values)

    def high(self):
        return max(self.values)

    def spread(self):
        """Half of the range, as a part of the median."""
        middle = self.median()
        return (self.high() - self.low()) / 2 / middle if middle else 0


def megabytes(name, size):
    """A sample of memory, in bytes."""
    return Sample(name, "MB", 1000000, size, {})


def line_parse(line):
    """A sample, or None if the line is about something else."""
    words = line.split()
    if words[:1] != ["figure"]:
        return None
    try:
        name, unit, ops, ns = words[1:5]
        counts = {}
        for word in words[5:]:
            counter, value = word.split("=")
            counts[counter] = int(value)
        sample = Sample(name, unit, int(ops), int(ns), counts)
    except ValueError as error:
        raise Broken(f"no figure: '{line}'") from error
    if not NAME.match(name) or unit not in LOWER or sample.ops <= 0 or \
            sample.ns <= 0:
        raise Broken(f"no figure: '{line}'")
    return sample


def output_parse(lines, wanted):
    """The samples in what a program printed: all that are wanted, each once."""
    samples, results = {}, {}
    for line in lines:
        if line.startswith("result "):
            name, _, text = line[len("result "):].strip().partition(" ")
            results[name] = text
        sample = line_parse(line)
        if sample is None:
            continue
        if sample.name in samples:
            raise Broken(f"{sample.name} twice")
        if sample.name not in wanted:
            raise Broken(f"{sample.name}, which nobody asked for")
        samples[sample.name] = sample
    for name, text in results.items():
        if name in samples:
            samples[name].result = text
    missing = [name for name in wanted if name not in samples]
    if missing:
        raise Broken(f"no figure {', '.join(missing)}")
    return samples


def figure_make(samples):
    """One figure of its samples in several rounds."""
    names = {s.name for s in samples}
    assert len(names) == 1, names
    counters = sorted({c for s in samples for c in s.counts})
    counts = {c: statistics.median(s.counts.get(c, 0) / s.ops for s in samples)
              for c in counters}
    return Figure(samples[0].name, samples[0].unit,
                  [s.value() for s in samples], counts, samples[-1].note)


def slower(figure, reference):
    """How many times worse than the reference; below 1: better."""
    ratio = figure.median() / reference.median()
    return ratio if LOWER[figure.unit] else 1 / ratio


def geometric_mean(values):
    return math.exp(sum(math.log(v) for v in values) / len(values))


def mixes_read(path):
    mixes = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            words = line.partition("#")[0].split()
            if words:
                mixes.setdefault(words[0], []).extend(words[1:])
    return mixes


def mix_mean(names, figures, native):
    """Geometric mean over a mix, or None if a part of it is missing."""
    if any(n not in figures or n not in native for n in names):
        return None
    return geometric_mean([slower(figures[n], native[n]) for n in names])


def time_text(ns):
    for unit, size in (("s", 1e9), ("ms", 1e6), ("us", 1e3)):
        if ns >= size:
            return f"{number_text(ns / size)} {unit}"
    return f"{number_text(ns)} ns"


def number_text(value):
    """Three digits that mean something."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def value_text(value, unit):
    if unit == "ns":
        return time_text(value)
    return f"{number_text(value)} {unit}"
