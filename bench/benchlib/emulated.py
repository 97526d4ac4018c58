# SPDX-License-Identifier: GPL-2.0
"""bench-emulated: the micro programs on the emulated SVM host, whose clock counts
instructions. A nanosecond there is one instruction of that host: of its kernel, of
./linux and of what runs inside, whatever the machine under it is doing."""

import dataclasses
import os
import sys

from lib import emulator

from . import host, measure
from .subjects import Subject

HOST = "svm"
SLOW = 30           # as a multiple of the times allowed natively


def host_make(config):
    """The emulated host of the tests with another boot script."""
    counted = emulator.EmulatedHost(config, HOST)
    boot = os.path.join(config.top, "bench/boot-counted")
    counted.kind = dataclasses.replace(counted.kind, boot=boot,
                                       boot_seconds=300)
    counted.slow = SLOW
    return counted


def clock_check(results):
    """Without a clock that counts instructions there are no figures at all. (When
    the host was lost in between, its programs have failed already.)"""
    for (subject, _), why in results.failed.items():
        if subject.startswith("clock-") and "instructions took" in why:
            sys.exit(f"bench/run: FAIL {subject}: no figure counts: {why}")


def run(args, config, about, subjects_make, programs_find, names, results):
    """Returns (about, costs, missing, subjects); figures go to results."""
    counted = host_make(config)
    problem = counted.unavailable()
    if problem:
        sys.exit(f"bench/run: no emulated host: {problem}")
    subjects = subjects_make(args, config, -1, HOST)
    names = names + (["selftest"] if "selftest" in args.names else [])
    programs = programs_find(config.build, names, args.ms,
                             args.names)
    init = os.path.join(config.build, "tests/lib/init")
    clock = programs_find(config.build, ["counted"], 1, [])
    plans = [measure.Plan([Subject("clock-before")], clock, init, SLOW, {}),
             measure.Plan(subjects, programs, init, SLOW, {}),
             measure.Plan([Subject("clock-after")], clock, init, SLOW, {})]
    measure.once_run(counted, plans, results)
    clock_check(results)
    version = host.output(["qemu-system-x86_64", "--version"]).split("\n")[0]
    kernel = "unknown"
    for name in sorted(os.listdir(config.logs)):
        if name.startswith("emulator"):
            log = os.path.join(config.logs, name, "log")
            kernel = emulator.Results(log).boot or kernel
    about = dict(about, host=f"emulated {HOST}: kvm_amd nested paging, "
                 "1 ns = 1 instruction", cpu="qemu TCG -cpu max", cpus=1,
                 kernel=kernel, virtual=version)
    return about, {}, {}, subjects
