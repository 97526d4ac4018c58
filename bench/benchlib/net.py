# SPDX-License-Identifier: GPL-2.0
"""Networks: iperf3 in both directions, and requests with responses, of a machine
over each of its transports, beside the same over veth natively; row by row in
turns. See docs/measuring.md for what the rows are."""

import contextlib
import dataclasses
import json
import os
import subprocess
import tempfile
import time

from . import measure, roots
from .figures import Broken, Sample
from .net_sites import (INIT, RR_PORT, Tools, libraries_find, site_make,
                        transports_possible)
from .start import Bad

SLACK = 0.1             # by which two clocks may differ
FULL = {"seconds": 1, "ms": 300, "rounds": 2}
QUICK = {"seconds": 1, "ms": 200, "rounds": 1}
QUICK_TRANSPORTS = ("tap",)
WAYS = ("send", "receive", "latency")


@dataclasses.dataclass
class Row:
    transport: object
    way: str

    @property
    def name(self):
        return f"net/{self.transport.name}-{self.way}"

    def command(self, address, sizes):
        if self.way == "latency":
            return ["netrr", "ask", address, str(RR_PORT), str(sizes["ms"])]
        return ["iperf3", "-c", address, "-t", str(sizes["seconds"]), "-i", "0",
                "-J", "--connect-timeout", "5000"] + \
            (["-R"] if self.way == "receive" else [])

    def sample(self, text, wall_ns):
        """Of what the command printed, or Broken."""
        parse = rr_parse if self.way == "latency" else iperf_parse
        ops, ns = parse(text)
        if ops <= 0 or ns <= 0:
            raise Broken(f"{ops} operations or bytes in {ns} ns")
        if ns > wall_ns * (1 + SLACK):
            raise Broken(f"it says {ns} ns, of {wall_ns} ns of the host")
        return Sample(self.name, "ns" if self.way == "latency" else "MB/s", ops,
                      ns, {})


def rr_parse(text):
    words = text.split()
    if len(words) != 3 or words[0] != "rr":
        raise Broken(f"netrr: {' '.join(words)[:200]}")
    return int(words[1]), int(words[2])


def iperf_parse(text):
    """(bytes, nanoseconds) of what has arrived."""
    try:
        said = json.loads(text[text.index("{"):text.rindex("}") + 1])
        if "error" in said:
            raise Broken(f"iperf3: {said['error']}")
        sent, received = (said["end"][k] for k in ("sum_sent", "sum_received"))
        if received["bytes"] > sent["bytes"]:
            raise Broken(f"iperf3: {received['bytes']} bytes received of "
                         f"{sent['bytes']} sent")
        return int(received["bytes"]), int(received["seconds"] * 1e9)
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(f"iperf3: {' '.join(text.split())[:200]}") from error


class Place:
    """A subject's site; lost: why there is none any more."""

    def __init__(self, subject, tools, stack, results):
        self.name = subject.name
        self.lost = ""
        self.site = None
        try:
            self.site = site_make(subject, tools, stack)
        except Bad as problem:
            self.lost = str(problem)
        except roots.Missing as problem:
            results.missing[f"net {subject.name}"] = str(problem)

    def measure(self, row, sizes):
        """What Results.add wants."""
        if self.lost:
            return None, self.lost
        if row.transport.name in self.site.broken:
            return None, self.site.broken[row.transport.name]
        command = row.command(self.site.address(row.transport), sizes)
        begin = time.monotonic_ns()
        try:
            status, text = self.site.run(command)
            if status:
                raise Broken(f"exit {status}: {' '.join(text.split())[-200:]}")
            sample = row.sample(text, time.monotonic_ns() - begin)
        except Broken as problem:
            return None, str(problem)
        except (Bad, subprocess.TimeoutExpired) as problem:
            self.lost = f"lost in {row.name}: {problem}"
            return None, self.lost
        return {row.name: sample}, ""


def round_run(places, rows, sizes, number, results):
    """Each row in every place, another one first in each round."""
    for row in rows:
        shift = number % len(places)
        for place in places[shift:] + places[:shift]:
            if place.site and not place.site.has(row.transport):
                results.missing[f"net/{row.transport.name} {place.name}"] = \
                    f"it has no {row.transport.interface}"
            elif not results.gone(place.name, row.name):
                results.add(place.name, {row.name: place.measure(row, sizes)})
    results.rounds = max(results.rounds, number + 1)


def rows_wanted(args, transports):
    rows = [Row(transport, way) for transport in transports for way in WAYS]
    if args.names:
        return [r for r in rows if any(r.name.startswith(n) for n in args.names)]
    return [r for r in rows
            if not args.quick or r.transport.name in QUICK_TRANSPORTS]


def tools_make(args, config, directory, transports, cpu):
    iperf = args.iperf or roots.program_find("iperf3", "iperf3")
    netrr = os.path.join(config.build, "bench/bin/netrr")
    initrd = os.path.join(directory, "net-initrd")
    roots.initrd_write(initrd, [netrr], INIT, named={"bin/iperf3": iperf},
                       libraries=libraries_find(iperf))
    others = [c for c in sorted(os.sched_getaffinity(0)) if c != cpu]
    return Tools(iperf, netrr, initrd, transports, [cpu, (others or [cpu])[0]])


def rounds_run(places, rows, sizes, rounds, deadline, results):
    for number in measure.rounds_until(deadline, rounds, "net"):
        round_run(places, rows, sizes, number - 1, results)


def run(args, config, subjects, cpu, results, deadline):
    wanted = [n for n in args.names if n.startswith("net") or "net".startswith(n)]
    if args.names and not wanted:
        return
    rows = rows_wanted(args, transports_possible(results))
    transports = [t for t in transports_possible(results)
                  if any(r.transport is t for r in rows)]
    if not rows:
        return
    sizes = QUICK if args.quick else FULL
    subjects = [s for s in subjects if not s.name.endswith("-unpinned")]
    with tempfile.TemporaryDirectory(dir=config.scratch) as directory, \
            contextlib.ExitStack() as stack:
        try:
            tools = tools_make(args, config, directory, transports, cpu)
        except roots.Missing as problem:
            results.missing["net"] = str(problem)
            return
        places = [Place(s, tools, stack, results) for s in subjects]
        places = [p for p in places if p.site or p.lost]
        if places:
            rounds_run(places, rows, sizes, min(args.rounds, sizes["rounds"]),
                       deadline, results)
