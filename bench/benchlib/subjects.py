# SPDX-License-Identifier: GPL-2.0
"""Where the programs run: natively, or in a machine. A run of a subject is one
round: all programs once, each in an empty directory."""

import dataclasses
import gzip
import os

from lib.cpio import Archive
from lib.guest import Console, EXIT_DONE
from lib.jobs import Job, reason_find

from . import figures

PROGRAM_SECONDS = 120
BOOT_SECONDS = 60
LISTED = "/tests/bin/"
SKIPPED = "exit 77"


@dataclasses.dataclass
class Program:
    name: str
    path: str
    figures: list               # the names of those wanted
    args: list
    seconds: float = PROGRAM_SECONDS


@dataclasses.dataclass
class Subject:
    name: str
    linux: str = ""             # "": natively
    backend: str = ""           # "": that machine has no such choice
    cpu: int = -1               # to be bound to; -1: free
    args: list = dataclasses.field(default_factory=list)
    memory: str = "256M"

    def pin(self):
        return ["taskset", "-c", str(self.cpu)] if self.cpu >= 0 else []

    def free(self):
        """The same, bound to no CPU."""
        return dataclasses.replace(self, cpu=-1)

    def environment(self, more):
        return dict(more, BACKEND=self.backend or self.name)

    def works(self, programs, ident, init, slow, env):
        """This round as works, each with the job that does it."""
        if not self.linux:
            return [NativeWork(self, p, f"{ident}-{p.name}", slow, env)
                    for p in programs]
        return [MachineWork(self, programs, ident, init, slow, env)]


class Skipped(str):
    """Why a program can't be run somewhere: that is no failure."""


def samples_of(program, lines):
    """(samples, "") or (None, why there are none)."""
    try:
        return figures.output_parse(lines, program.figures), ""
    except figures.Broken as error:
        return None, str(error)


class NativeWork:
    def __init__(self, subject, program, ident, slow, env):
        self.programs = [program]
        argv = subject.pin() + [program.path] + program.args
        self.job = Job(ident, argv, program.seconds * slow,
                       env=subject.environment(env), ship=[program.path])

    def results(self, outcome):
        """{program: (samples or None, problem)}"""
        program = self.programs[0]
        said = reason_find(outcome.log, "FAIL") or reason_find(outcome.log, "SKIP")
        problem = outcome.error
        if outcome.end != "exit 0":
            problem = f"{outcome.end or outcome.error}: {said}"
        elif outcome.left:
            problem = f"it left processes: {outcome.left}"
        if outcome.end == SKIPPED and not outcome.left:
            problem = Skipped(said)
        if problem:
            return {program.name: (None, problem)}
        with open(outcome.log, encoding="utf-8", errors="replace") as f:
            return {program.name: samples_of(program, f)}


def problem_of(ended):
    """Of a program in a machine that did not end well."""
    said = [s for s in ended.output if s.startswith(("FAIL", "SKIP"))][:1]
    if ended.end == SKIPPED and not ended.left and said:
        return Skipped(said[0].partition(" ")[2])
    why = f"{ended.end} {'left ' + ended.left if ended.left else ''}"
    return ": ".join([why.strip()] + said)


class MachineWork:
    def __init__(self, subject, programs, ident, init, slow, env):
        self.subject = subject
        self.programs = programs
        self.init = init
        total = sum(p.seconds + 20 for p in programs)
        longest = max(p.seconds for p in programs)
        argv = subject.pin() + [subject.linux, f"mem={subject.memory}"]
        if subject.backend:
            argv.append(f"backend={subject.backend}")
        argv += ["initrd=initrd", "rdinit=/uml-test-init", "con=null",
                 "con0=null,fd:1", "ssl=null", "panic=-1", "noreboot",
                 "printk.devkmsg=on", "loglevel=4", f"umid=bench-{os.getpid()}"]
        env = subject.environment(env)
        self.job = Job(ident, argv + subject.args,
                       (BOOT_SECONDS + total) * slow,
                       idle=(BOOT_SECONDS + longest) * slow,
                       files=[("initrd", self._initrd(env, slow))],
                       ship=[subject.linux], good=())

    def _initrd(self, env, slow):
        """The tests' init, the programs, and the list of what to run."""
        archive, lines = Archive(), []
        archive.device("dev/console", 0o600, 5, 1)
        for name in ("proc", "sys", "tmp", "host"):
            archive.directory(name)
        archive.file("uml-test-init", self.init)
        for program in self.programs:
            archive.file(LISTED + program.name, program.path)
            words = [program.name, f"{program.seconds * slow:.0f}"]
            words += [f"{k}={v}" for k, v in env.items()]
            words += [LISTED + program.name] + program.args
            lines.append("\t".join(words))
        archive.data("tests/list", "\n".join(lines) + "\n")
        return gzip.compress(archive.finish(), 1)

    def _machine_problem(self, console, outcome):
        asked = self.subject.backend
        if console.backend is None:
            return "the machine did not come up"
        if asked and console.backend not in (asked, "?") or \
                asked == "kvm" and console.backend != asked:
            return f"asked for {asked}, the machine runs {console.backend}"
        if console.alarm:
            return f"its kernel says: {console.alarm}"
        if console.done and outcome.end != EXIT_DONE:
            return f"the machine ended with '{outcome.end}'"
        if outcome.left:
            return f"the machine left processes on the host: {outcome.left}"
        return ""

    def results(self, outcome):
        console = Console(outcome.log)
        problem = self._machine_problem(console, outcome)
        if problem:
            return {p.name: (None, problem) for p in self.programs}
        ended = {e.name: e for e in console.ended}
        found = {}
        for program in self.programs:
            one = ended.get(program.name)
            if one is None:
                end = outcome.end or outcome.error
                why = f"the machine died or hung before its end ({end})"
                found[program.name] = (None, why)
            elif one.end != "exit 0" or one.left:
                found[program.name] = (None, problem_of(one))
            else:
                found[program.name] = samples_of(program, one.output)
        return found
