# SPDX-License-Identifier: GPL-2.0
"""Guest tests: several programs in one boot of ./linux, with tests/guest/init
as process 1. What it prints is described there."""

import dataclasses
import gzip
import os
import re

from . import report
from .cpio import Archive
from .jobs import Job, reason_find
from .single import end_text, verdict
from .table import size_bytes

MARK = "#uml-test: "
EXIT_DONE = "exit 42"       # init came to its end and powered the machine off
BOOT_SECONDS = 60
MARGIN_SECONDS = 45         # init itself needs up to 20 to kill a program

# What a healthy kernel never says.
ALARM = re.compile(r"\b(BUG|WARNING|Oops|KASAN|UBSAN):|Kernel panic|"
                   r"blocked for more than|self-detected stall|"
                   r"detected stalls on|Segfault with no mm")


@dataclasses.dataclass
class Ended:
    """A program that init saw the end of."""
    name: str
    seconds: float
    end: str
    left: str
    output: list


class Console:
    """What a console log says."""

    def __init__(self, path):
        self.backend = None     # None: init did not start
        self.ended = []
        self.running = None     # the test begun and not ended
        self.output = []        # ... and what it printed so far
        self.done = False
        self.alarm = ""
        self.boots = 0
        self._left = ""
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                for line in f:
                    self._line(line.rstrip("\r\n"))
        except OSError:
            pass

    def _line(self, line):
        _, mark, text = line.partition(MARK)
        if not mark:
            if not self.alarm and ALARM.search(line):
                self.alarm = line.strip()
            return
        word, _, rest = text.partition(" ")
        if word == "|":
            self.output.append(rest)
        elif word == "boot":
            self.boots += 1
            self.backend = (rest.split() + ["?", "?"])[1]
        elif word == "begin":
            self.running, self.output, self._left = rest, [], ""
        elif word == "left":
            self._left = rest
        elif word == "end":
            self._end(rest)
        elif word == "done":
            self.done = True

    def _end(self, rest):
        name, seconds, end = (rest.split(" ", 2) + ["", "", ""])[:3]
        if name != self.running:
            return
        self.ended.append(Ended(name, float(seconds), end, self._left,
                                self.output))
        self.running, self.output = None, []


class BootWork:
    """Cases that share a boot."""

    def __init__(self, config, cases, attempt=1, suspect=""):
        self.config = config
        self.all = cases
        self.attempt = attempt
        self.suspect = suspect  # test in which the emulated host was lost
        first = cases[0]
        self.test = first.test
        self.backend = first.backend
        self.label = f"boot/{first.test.memory} {first.host} {first.backend}"
        self.recorder = os.path.join(config.build, "tests/lib/record")

    def cases(self):
        return self.all

    def problem(self):
        for path in [self.config.linux] + [self.program(c) for c in self.all]:
            if not os.access(path, os.X_OK):
                return f"there is no {os.path.relpath(path, self.config.top)}"
        return ""

    def program(self, case):
        return os.path.join(self.config.build, "tests/guest", case.test.name)

    def recordings(self, slow):
        """What has to run before ./linux, see record.c: the programs that are told
        what they see directly on the host."""
        words = []
        for case in self.all:
            if case.test.options.record:
                words += [self.recorder, "initrd", case.test.name,
                          f"{case.test.timeout * slow:.0f}", self.program(case)]
                words += case.test.options.record + ["--"]
        return words

    def initrd(self, slow):
        """init, the programs, and the list of what to run."""
        archive, lines = Archive(), []
        archive.device("dev/console", 0o600, 5, 1)
        for name in ("proc", "sys", "tmp", "bin", "sbin", "tests/native"):
            archive.directory(name)
        archive.file("uml-test-init",
                     os.path.join(self.config.build, "tests/lib/init"))
        for case in self.all:
            test, place = case.test, "/tests/bin/" + case.test.name
            archive.file(place, self.program(case))
            env = dict(test.options.env, BACKEND=self.backend, HOST=case.host,
                       SLOW=str(slow))
            if test.options.record:
                env["NATIVE"] = "/tests/native/" + test.name
            for number, (variable, _) in enumerate(test.options.disks):
                env[variable] = "/dev/ubd" + "abcdefgh"[number]
            words = [test.name, f"{test.timeout * slow:.0f}"]
            words += [f"{k}={v}" for k, v in env.items()]
            lines.append("\t".join(words + [place] + test.options.args))
        archive.data("tests/list", "\n".join(lines) + "\n")
        return gzip.compress(archive.finish(), 1)

    def job(self, host):
        slow = host.slow
        options = self.test.options
        longest = max(c.test.timeout for c in self.all)
        total = sum(c.test.timeout + MARGIN_SECONDS for c in self.all)
        disks = [(f"disk{n}", size) for n, (_, size) in enumerate(options.disks)]
        total += sum(c.test.timeout for c in self.all if c.test.options.record)
        argv = self.recordings(slow)
        argv += [self.config.linux, f"mem={self.test.memory}",
                 f"backend={self.backend}", "initrd=initrd",
                 "rdinit=/uml-test-init", "con=null", "con0=null,fd:1",
                 "ssl=null", "panic=-1", "noreboot", "printk.devkmsg=on",
                 "loglevel=7", "umid=test"]
        argv += [f"ubd{n}={name}" for n, (name, _) in enumerate(disks)]
        argv += options.kernel
        first = self.all[0]
        ident = f"boot{self.attempt}-{self.test.memory}-{first.test.name}" \
                f"-{first.host}-{self.backend}"
        ship = [w for w in argv if w.startswith(self.config.build)]
        return Job(ident, argv, (BOOT_SECONDS + total) * slow,
                   env={"HOST": host.name, "SLOW": str(slow)},
                   idle=max(BOOT_SECONDS, longest + MARGIN_SECONDS) * slow,
                   files=[("initrd", self.initrd(slow))], disks=disks,
                   ship=[self.config.linux] + ship, good=(EXIT_DONE,))

    def finish(self, job, outcome, reporter):
        """Report what is known; returns the work that is still to be done."""
        console = Console(outcome.log)
        by_name = {c.test.name: c for c in self.all}
        if outcome.lost and self.suspect != (console.running or "boot"):
            return self._again(console, outcome, reporter)
        problem = self._boot_problem(console, outcome, job)
        if problem:
            for case in self.all:
                reporter.put(case.label,
                             report.fail(problem, outcome.seconds, outcome.log))
            return []
        self._check_end(console, outcome, job, reporter)
        for ended in console.ended:
            case = by_name.pop(ended.name)
            reporter.put(case.label, self._verdict(case, ended, outcome))
        if console.running in by_name:
            case = by_name.pop(console.running)
            text = f"the machine died or hung in it: {end_text(outcome, job)}"
            if console.alarm:
                text += f"; its kernel says: {console.alarm}"
            reporter.put(case.label,
                         report.fail(text, outcome.seconds, outcome.log))
        rest = list(by_name.values())
        if rest and len(rest) == len(self.all):
            for case in rest:
                reporter.put(case.label, report.fail(
                    "the machine came up and did not run it", 0, outcome.log))
            return []
        return [BootWork(self.config, rest, self.attempt + 1)] if rest else []

    def _again(self, console, outcome, reporter):
        """The emulated host is gone, maybe by a fault of its own: what was not
        finished is tried once more."""
        names = {e.name for e in console.ended}
        for ended in console.ended:
            case = next(c for c in self.all if c.test.name == ended.name)
            reporter.put(case.label, self._verdict(case, ended, outcome))
        rest = [c for c in self.all if c.test.name not in names]
        return [BootWork(self.config, rest, self.attempt + 1,
                         console.running or "boot")] if rest else []

    def _boot_problem(self, console, outcome, job):
        if console.backend is None:
            text = f"the machine did not come up: {end_text(outcome, job)}"
            why = console.alarm or reason_find(outcome.log, "record")
            return f"{text}: {why}" if why else text
        if console.backend != self.backend and \
                (console.backend != "?" or self.backend != "skas"):
            return f"asked for backend {self.backend}, " \
                   f"the machine runs {console.backend}"
        return ""

    def _verdict(self, case, ended, outcome):
        logs = os.path.join(self.config.logs, case.ident)
        log = os.path.join(logs, "output")

        def said(word):
            for line in ended.output:
                if line.startswith(word):
                    return line[len(word):].lstrip(": ")
            return ""

        text = ended.end
        if ended.end == "timeout":
            text = f"no end after {ended.seconds:.0f} s"
        result = verdict(ended.end, ended.left, text, said, log, ended.seconds)
        if result.verdict == "FAIL":
            os.makedirs(logs, exist_ok=True)
            console = os.path.relpath(outcome.log, logs)
            with open(log, "w", encoding="utf-8") as f:
                f.write("\n".join(ended.output + [f"(console: {console})"]) + "\n")
        return result

    def _check_end(self, console, outcome, job, reporter):
        """The machine itself: how it ended, what it left, what it said."""
        problems = []
        if console.boots > 1:
            problems.append("it booted again by itself")
        if not console.running and not console.done:
            problems.append(f"it ended between two tests: {end_text(outcome, job)}")
        elif console.done and outcome.end != EXIT_DONE:
            problems.append(f"after all tests it ended with "
                            f"'{end_text(outcome, job)}', not with '{EXIT_DONE}'")
        if outcome.left:
            problems.append(f"it left processes on the host: {outcome.left}")
        if console.alarm and not console.running:
            problems.append(f"its kernel says: {console.alarm}")
        if problems:
            label = self.label
            if self.attempt > 1:
                label = label.replace("boot/", f"boot{self.attempt}/", 1)
            ended = {e.name for e in console.ended}
            after = [c.label for c in self.all if c.test.name in ended]
            reporter.extra(label, report.fail("; ".join(problems),
                                              outcome.seconds, outcome.log),
                           after[-1] if after else "")


def boots_plan(config, cases):
    """Group guest cases into boots: same host, backend, memory, kernel options
    and disks; and no more programs than fit in a quarter of the memory."""
    boots, open_boots = [], {}
    for case in cases:
        test = case.test
        key = (case.host, case.backend, test.memory,
               tuple(test.options.kernel), tuple(test.options.disks))
        path = os.path.join(config.build, "tests/guest", test.name)
        size = os.path.getsize(path) if os.path.exists(path) else 0
        group = open_boots.get(key)
        if group is None or not size or \
                group[0] + size > size_bytes(test.memory) // 4 or \
                any(c.test.name == test.name for c in group[1]):
            group = [0, []]
            boots.append(group)
            if size:
                open_boots[key] = group
        group[0] += size
        group[1].append(case)
    return [BootWork(config, cases) for _, cases in boots]
