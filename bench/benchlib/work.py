# SPDX-License-Identifier: GPL-2.0
"""Whole workloads: the host's programs, natively and over hostfs."""

import os
import tempfile

from . import measure
from .subjects import Program

SECONDS = 180
ROUNDS = 3
SMALL = ["shell", "sqlite", "tree"]     # those of a quick run


def names_wanted(directory, args):
    names = sorted(os.listdir(directory))
    if args.names:
        return [n for n in names
                if any(f"work/{n}".startswith(s) for s in args.names)]
    return [n for n in names if not args.quick or n in SMALL]


def run(args, host, subjects, init, results, deadline):
    config = host.config
    directory = os.path.join(config.top, "bench/work")
    names = names_wanted(directory, args)
    if not names:
        return
    path = os.path.join(config.build, "bench/bin/work")
    place = os.path.join(config.build, "bench")
    with tempfile.TemporaryDirectory(prefix="files-", dir=place) as files:
        memory = os.path.join(files, "memory")
        os.mkdir(memory)
        env = {"WORK_ROOT": "/host", "WORK_TOP": config.top,
               "WORK_HOST_DIR": files, "WORK_MEMORY": memory}
        programs = [Program(name, path, [f"work/{name}"], [directory, name],
                            SECONDS) for name in names]
        plan = measure.Plan(subjects, programs, init, 1, env)
        rounds = 1 if args.quick else min(ROUNDS, args.rounds)
        measure.rounds_run(host, plan, rounds, deadline, results, "work")
