# SPDX-License-Identifier: GPL-2.0
"""The rows of the disk measurements: what fio is asked to do, and what it says."""

import dataclasses
import re

from .figures import Broken, Sample

# Depth 1 by plain calls, as most programs do it; the rest by libaio.
COMMON = ["--name=row", "--thread", "--eta=never", "--output-format=terse",
          "--terse-version=3", "--gtod_reduce=1", "--invalidate=0",
          "--norandommap=1", "--randrepeat=0", "--disk_util=0", "--time_based=1"]
DEPTH_1 = ["--ioengine=psync"]
BATCHES = ["--iodepth_batch_submit=16", "--iodepth_batch_complete_min=16",
           "--iodepth_batch_complete_max=32"]

# Fields of a line of fio, terse version 3: see fio's HOWTO, "Terse output".
TERSE = re.compile(r"3;fio-[^;]*;row;.*")
ERROR, READ, WRITE = 4, 5, 46
KILOBYTES, MILLISECONDS = 0, 3
FIELDS_LEAST = 50


@dataclasses.dataclass
class Row:
    name: str
    disk: str                   # "direct", "host" or "cow"
    rw: str
    block: int                  # bytes
    options: list
    unit: str = "IOPS"
    quick: bool = False         # part of a quick run?

    def writes(self):
        return "write" in self.rw

    def arguments(self, milliseconds):
        """For fio, but for the file and whether it is opened with O_DIRECT."""
        return COMMON + [f"--rw={self.rw}", f"--bs={self.block}",
                         f"--runtime={milliseconds}ms"] + self.options


def depth(number):
    return ["--ioengine=libaio", f"--iodepth={number}"]


def disk_rows(disk):
    """The same for each way to open the file."""
    rows = []
    for rw in ("read", "write"):
        name, random = f"{disk}-4k-{rw}", "rand" + rw
        rows += [Row(f"{name}-q1", disk, random, 4096, DEPTH_1),
                 Row(f"{name}-q32", disk, random, 4096, depth(32), quick=True)]
        if disk == "direct":
            rows.append(Row(f"{name}-q32-batch", disk, random, 4096,
                            depth(32) + BATCHES))
        rows.append(Row(f"{disk}-128k-{rw}", disk, rw, 131072, depth(8), "MiB/s",
                        disk == "direct" and rw == "read"))
    rows.append(Row(f"{disk}-4k-sync", disk, "randwrite", 4096,
                    DEPTH_1 + ["--fdatasync=1"], quick=disk == "direct"))
    return rows


COW = [Row("cow-4k-read-q1", "cow", "randread", 4096, DEPTH_1),
       Row("cow-4k-read-q32", "cow", "randread", 4096, depth(32))]
ROWS = disk_rows("direct") + disk_rows("host") + COW

# So little that what is left is the start of fio and of its thread.
NOTHING = Row("nothing", "host", "read", 4096, DEPTH_1 + ["--io_size=4096"])

# Every second 2 KiB of the disk: then each 4 KiB are of both files.
MIX_BLOCK = Row("mix", "cow", "write", 2048, [])
MIX = [a for a in COMMON if not a.startswith("--time_based")] + \
      ["--rw=write:2k", "--bs=2k"] + depth(16)


def fio_parse(row, lines):
    """What fio moved: (operations, nanoseconds), as fio's line tells it."""
    found = [line for line in lines if TERSE.match(line)]
    if len(found) != 1:
        said = " ".join(" ".join(lines).split())[:200]
        raise Broken(f"{len(found)} lines of figures of fio: '{said}'")
    fields = found[0].split(";")
    base = WRITE if row.writes() else READ
    try:
        error = int(fields[ERROR])
        moved = int(fields[base + KILOBYTES]) * 1024
        other = int(fields[WRITE + READ - base + KILOBYTES])
        milliseconds = int(fields[base + MILLISECONDS])
    except (IndexError, ValueError) as wrong:
        raise Broken(f"no line of fio: '{found[0]}'") from wrong
    if len(fields) < FIELDS_LEAST or error or other or milliseconds <= 0 or \
            moved < row.block:
        raise Broken(f"fio: error {error}, {moved} bytes in {milliseconds} ms")
    return moved // row.block, milliseconds * 1000000


def samples_make(row, ops, ns, cpu_ns, counts):
    """{name: Sample}. counts: events on the way of this row's requests."""
    moved = ops * row.block
    samples = [Sample(f"disk/{row.name}", row.unit,
                      moved if row.unit == "MiB/s" else ops, ns, counts)]
    if cpu_ns > 0:      # else less than a start of fio varies by
        samples.append(Sample(f"disk_cpu/{row.name}", "s/GiB", moved, cpu_ns, {}))
    if counts.get("requests") and "interrupts" in counts:
        samples.append(Sample(f"disk_irq/{row.name}", "per request",
                              counts["requests"],
                              max(counts["interrupts"], 0), {}))
    return {sample.name: sample for sample in samples}
