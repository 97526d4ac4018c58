# SPDX-License-Identifier: GPL-2.0
"""Tests that are one program on a host: contract, machine, and guest programs
run natively."""

import os

from . import report
from .jobs import DIR, Job, reason_find
from .table import NO_BACKEND

SKIPPED = "exit 77"


def end_text(outcome, job):
    """Why a job did not end well, in words."""
    if outcome.end == "timeout":
        return f"no end after {job.timeout:.0f} s"
    if outcome.end == "idle":
        return f"no sign of life for {job.idle:.0f} s"
    if outcome.end == "flood":
        return "it prints without end"
    return outcome.error or outcome.end or "no result came back"


def verdict(end, left, text, reason, log, seconds):
    """The common rule. text: the end in words; reason(word): see reason_find."""
    if end == SKIPPED and not left:
        why = reason("SKIP")
        if why:
            return report.skip(why, seconds)
        return report.fail("status 77 and no line 'SKIP: reason'", seconds, log)
    if end == "exit 0" and not left:
        return report.ok(seconds)
    if end == "exit 0":
        return report.fail(f"it left processes: {left}", seconds, log)
    said = reason("FAIL") if end.startswith("exit") else ""
    return report.fail(f"{text}: {said}" if said else text, seconds, log)


class SingleWork:
    """A case that is one job."""

    def __init__(self, config, case):
        self.config = config
        self.case = case
        self.attempt = 1

    def program(self):
        """What to run: a script in the source or a built program."""
        test = self.case.test
        built = os.path.join(self.config.build, "tests", test.kind, test.name)
        if test.kind == "guest":
            return built
        script = os.path.join(self.config.tests, test.kind, test.name, "run")
        return script if os.path.exists(script) else built

    def job(self, host):
        test, config = self.case.test, self.config
        env = {"TOP": config.top, "BUILD": config.build, "OUT": DIR,
               "HOST": host.name, "SLOW": str(host.slow)}
        ship = [self.program()] + \
            [os.path.join(config.top, f) for f in test.options.files]
        if test.kind == "machine":
            env.update(LINUX=config.linux, BACKEND=self.case.backend,
                       MEM=test.memory)
            ship += [config.linux, os.path.dirname(self.program())]
        else:
            env["TMPDIR"] = DIR
        env.update(test.options.env)
        again = f"-{self.attempt}" if self.attempt > 1 else ""
        return Job(self.case.ident + again, [self.program()] + test.options.args,
                   test.timeout * host.slow, env=env, ship=ship,
                   good=("exit 0", SKIPPED))

    def problem(self):
        """Why it can't even be tried, "" if it can."""
        if not os.access(self.program(), os.X_OK):
            return f"there is no {os.path.relpath(self.program(), self.config.top)}"
        return ""

    def cases(self):
        return [self.case]

    def finish(self, job, outcome, reporter):
        """Report; returns what is to be done again: an emulator may die by a
        fault of its own, so once more."""
        if outcome.lost and self.attempt == 1:
            self.attempt += 1
            return [self]
        result = verdict(outcome.end, outcome.left, end_text(outcome, job),
                         lambda word: reason_find(outcome.log, word),
                         outcome.log, outcome.seconds)
        if outcome.error and result.verdict == "ok":
            result = report.fail(outcome.error, outcome.seconds, outcome.log)
        reporter.put(self.case.label, result)
        return []


class ProgramWork(SingleWork):
    """A guest program run directly on this machine."""

    def __init__(self, config, case):
        case.backend = NO_BACKEND
        super().__init__(config, case)
