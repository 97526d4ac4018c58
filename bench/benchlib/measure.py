# SPDX-License-Identifier: GPL-2.0
"""Rounds: every subject in turn, again and again, so that what disturbs the host
disturbs them all. A program that goes wrong once in a subject has no figures there:
not of this round, of no other round."""

import sys
import time

from . import figures
from .subjects import Skipped


def progress(text):
    print("-- " + text, file=sys.stderr, flush=True)


class Results:
    def __init__(self):
        self.samples = {}       # (subject, figure) -> samples of the rounds
        self.owners = {}        # (subject, figure) -> program
        self.failed = {}        # (subject, program) -> why
        self.skipped = {}       # the same
        self.missing = {}       # what is not measured here -> why
        self.computed = {}      # figure -> (subject, what it computed first)
        self.rounds = 0

    def _disagrees(self, subject, samples):
        """Everywhere and each time a program has to compute the same."""
        for name, sample in samples.items():
            where, text = self.computed.setdefault(name, (subject, sample.result))
            if text != sample.result:
                return f"{name} computed '{sample.result}', in {where} '{text}'"
        return ""

    def add(self, subject, found):
        for program, (samples, problem) in found.items():
            if samples is not None:
                problem = self._disagrees(subject, samples)
            if isinstance(problem, Skipped):
                self.skipped[subject, program] = problem
                self.missing[f"{program} {subject}"] = problem
            elif problem:
                self.failed.setdefault((subject, program), problem)
                progress(f"FAIL {subject} {program}: {problem}")
            for name, sample in ({} if problem else samples).items():
                self.samples.setdefault((subject, name), []).append(sample)
                self.owners[subject, name] = program

    def gone(self, subject, program):
        return (subject, program) in self.failed or \
            (subject, program) in self.skipped

    def figures(self):
        """{subject: {name: Figure}} of what never failed."""
        table = {}
        for (subject, name), samples in self.samples.items():
            if not self.gone(subject, self.owners[subject, name]):
                table.setdefault(subject, {})[name] = figures.figure_make(samples)
        return table


class Plan:
    """What is to be done in each round."""

    def __init__(self, subjects, programs, init, slow, env):
        self.subjects = subjects
        self.programs = programs
        self.init = init
        self.slow = slow
        self.env = env

    def works(self, subject, number, results, group=""):
        programs = [p for p in self.programs
                    if not results.gone(subject.name, p.name)]
        if not programs:
            return []
        ident = f"{group + '-' if group else ''}round{number}-{subject.name}"
        env = dict(self.env, BENCH_ROUND=str(number))
        return subject.works(programs, ident, self.init, self.slow, env)


def works_run(host, subject, works, results):
    by_ident = {work.job.ident: work for work in works}

    def done(job, outcome):
        results.add(subject.name, by_ident[job.ident].results(outcome))

    host.run([work.job for work in works], done)


def rounds_until(deadline, rounds, part):
    """The numbers of the rounds, from 1. Ends early when another round would not end
    in time, but not before one is complete."""
    longest = 0
    for number in range(1, rounds + 1):
        begin = time.monotonic()
        if number > 1 and begin + longest > deadline:
            progress(f"{part}: time for {number - 1} of {rounds} rounds only")
            return
        yield number
        seconds = time.monotonic() - begin
        longest = max(longest, seconds)
        progress(f"{part}: round {number} of {rounds}, {seconds:.0f} s")


def rounds_run(host, plan, rounds, deadline, results, group=""):
    for number in rounds_until(deadline, rounds, group or "bench"):
        for subject in plan.subjects:
            works = plan.works(subject, number, results, group)
            works_run(host, subject, works, results)
        results.rounds = max(results.rounds, number)


def once_run(host, plans, results):
    """One round of each plan, in that order, all in one boot of an emulated host."""
    works, owner = [], {}
    for plan in plans:
        for subject in plan.subjects:
            for work in plan.works(subject, 1, results):
                works.append(work)
                owner[work.job.ident] = (subject, work)

    def done(job, outcome):
        subject, work = owner[job.ident]
        results.add(subject.name, work.results(outcome))

    host.run([work.job for work in works], done)
    results.rounds = 1
