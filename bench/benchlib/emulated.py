# SPDX-License-Identifier: GPL-2.0
"""bench-emulated: the micro programs on the emulated SVM host, whose clock counts
instructions. A nanosecond there is one instruction of that host: of its kernel, of
./linux and of what runs inside, whatever the machine under it is doing."""

import dataclasses
import os
import sys

from lib import emulator

from . import host, measure

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


def run(args, config, about, subjects_make, programs_find, names, results):
    """Returns (about, costs, missing, subjects); figures go to results."""
    counted = host_make(config)
    problem = counted.unavailable()
    if problem:
        sys.exit(f"bench/run: no emulated host: {problem}")
    subjects = subjects_make(args, config, -1, HOST)
    names = names + (["selftest"] if "selftest" in args.names else [])
    programs = programs_find(config.build, names, max(2, args.ms // 10),
                             args.names)
    init = os.path.join(config.build, "tests/lib/init")
    plan = measure.Plan(subjects, programs, init, SLOW, {})
    measure.once_run(counted, plan, results)
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
