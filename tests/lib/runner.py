# SPDX-License-Identifier: GPL-2.0
"""tests/run: arguments, plan, execution, end."""

import argparse
import dataclasses
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

from . import emulator, report
from .guest import boots_plan
from .jobs import Children, NativeHost, file_system
from .single import ProgramWork, SingleWork
from .table import (NO_BACKEND, Case, TableError, cases_select, table_read,
                    test_wanted)

KNOWN_HOSTS = ["native"] + list(emulator.KINDS)
LOGS_KEPT = 10


@dataclasses.dataclass
class Config:
    top: str
    tests: str
    build: str
    linux: str
    logs: str
    scratch: str
    keep: bool
    native_jobs: int
    children: Children
    cpu: str = ""               # of the emulated AMD hosts
    host_kernel: str = ""       # package of the emulated hosts' kernel


def words(text):
    return text.split(",")


def args_parse(argv, top):
    parser = argparse.ArgumentParser(
        prog="tests/run", description="Run tests of tests/table. "
        "See docs/testing.md.")
    parser.add_argument("tests", nargs="*", metavar="TEST",
                        help="names or patterns; without: the tier 'check'")
    parser.add_argument("--host", action="extend", type=words, default=[],
                        help="only there: " + ", ".join(KNOWN_HOSTS))
    parser.add_argument("--backend", action="extend", type=words, default=[],
                        help="only with this: skas, kvm")
    parser.add_argument("--all", action="store_true",
                        help="all tiers, and all hosts if no --host is given")
    parser.add_argument("--native-programs", action="store_true",
                        help="run the guest programs directly on the host")
    parser.add_argument("--keep", action="store_true",
                        help="keep the logs of tests that pass too")
    parser.add_argument("--strict", action="store_true",
                        help="a host that is not available fails its tests")
    parser.add_argument("--list", action="store_true",
                        help="say what would be run")
    parser.add_argument("--cpu", default="", metavar="MODEL",
                        help="of the svm hosts, as qemu's -cpu has it: "
                        "max,-fsgsbase")
    parser.add_argument("--host-kernel", default="", metavar="PACKAGE",
                        help="of the emulated hosts: linux-image-cloud-amd64 "
                        "is 6.1 on Debian 12")
    parser.add_argument("-j", dest="jobs", type=int, default=2, metavar="N",
                        help="2: an emulated host beside the native tests; "
                        "more: also that many less one native ones at a time")
    parser.add_argument("--table", default=os.path.join(top, "tests/table"))
    parser.add_argument("--tests-dir", default=os.path.join(top, "tests"))
    parser.add_argument("--linux", default=os.path.join(top, "linux"))
    parser.add_argument("--build", default=os.path.join(top, "build"))
    return parser.parse_args(argv)


def logs_make(build):
    """A directory of this run's own; those of the last runs stay."""
    base = os.path.join(build, "tests/logs")
    os.makedirs(base, exist_ok=True)
    old = sorted(n for n in os.listdir(base) if n != "latest")
    for name in old[:-LOGS_KEPT]:
        shutil.rmtree(os.path.join(base, name), ignore_errors=True)
    logs = tempfile.mkdtemp(dir=base, prefix=time.strftime("%Y%m%d-%H%M%S-"))
    os.chmod(logs, 0o755)
    link = tempfile.mktemp(dir=base, prefix="latest-")
    os.symlink(os.path.basename(logs), link)
    os.replace(link, os.path.join(base, "latest"))
    return logs


def scratch_make():
    """Where tests run, disk images and all: not on a tmpfs (/tmp of Debian 13), which
    has no direct I/O, if there is another place that every user may enter."""
    places = [os.environ.get("TMPDIR") or "/tmp", "/var/tmp"]
    good = [p for p in places if os.access(p, os.W_OK) and
            file_system(p) != "tmpfs"]
    scratch = tempfile.mkdtemp(prefix="uml-", dir=(good or places)[0])
    os.chmod(scratch, 0o755)
    return scratch


def backend_problem(config, host, backend):
    """Why this backend can't be used on this host, "" if it can."""
    if backend != "kvm":
        return ""
    text = linux_says(config, "--help")
    if not any("backend=" in s and "kvm" in s for s in text.splitlines()):
        return "this ./linux has no kvm backend"
    if host != "native":
        return ""
    try:
        os.close(os.open("/dev/kvm", os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return f"/dev/kvm: {error.strerror}"
    # only this reason: any other is for the tests to find
    match = re.search(r"^backend kvm: not possible: (the guest's CPU has no .*)",
                      linux_says(config, "--probe"), re.M)
    return match.group(1) if match else ""


def linux_says(config, option):
    return subprocess.run([config.linux, option], capture_output=True,
                          text=True, errors="replace", check=False,
                          stdin=subprocess.DEVNULL, timeout=60).stdout


def works_plan(config, cases, reporter):
    """Cases of one host as jobs to come; what can't be run is reported."""
    works, problems = [], {}
    for case in cases:
        if case.backend not in problems:
            problems[case.backend] = \
                backend_problem(config, case.host, case.backend) \
                if os.path.exists(config.linux) else ""
    usable = [c for c in cases if not problems[c.backend]]
    for case in cases:
        if problems[case.backend]:
            reporter.put(case.label, report.skip(problems[case.backend]))
    works += [SingleWork(config, c) for c in usable if c.test.kind != "guest"]
    works += boots_plan(config, [c for c in usable if c.test.kind == "guest"])
    return works_check(works, reporter)


def works_check(works, reporter):
    good = []
    for work in works:
        problem = work.problem()
        if problem:
            for case in work.cases():
                reporter.put(case.label, report.fail(problem))
        else:
            good.append(work)
    return good


def host_make(config, name):
    if name == "native":
        return NativeHost(config)
    return emulator.EmulatedHost(config, name)


def host_run(config, name, cases, works, reporter, strict):
    """All that there is to do on one host."""
    host = host_make(config, name)
    reason = host.unavailable()
    if reason:
        verdict = report.fail if strict else report.skip
        for work in works:
            for case in work.cases():
                reporter.put(case.label, verdict(f"host {name}: {reason}"))
        return
    while works and not config.children.stopping:
        jobs = [(work, work.job(host)) for work in works]
        by_ident = {job.ident: work for work, job in jobs}
        works = []

        def done(job, outcome, works=works, by_ident=by_ident):
            works += by_ident[job.ident].finish(job, outcome, reporter)

        host.run([job for _, job in jobs], done)


def lane_run(config, plan, reporter, strict):
    """The hosts of one lane, one after the other."""
    for name, cases, works in plan:
        try:
            host_run(config, name, cases, works, reporter, strict)
        except Exception:       # a bug of ours must not look like success
            traceback.print_exc()
            for case in cases:
                if case.label in reporter.missing():
                    reporter.put(case.label, report.fail("the runner broke"))


def programs_select(tests, args):
    """The guest programs asked for, as cases without a machine."""
    cases = {}
    for host in args.host or ["native"]:
        for test in tests:
            if test.kind == "guest" and test_wanted(test, args):
                cases.setdefault((host, test.name),
                                 Case(test, host, NO_BACKEND))
    return list(cases.values())


def plan_make(config, args, tests, defaults):
    """Returns the reporter and (host, cases, works) per host."""
    missing = []
    if args.native_programs:
        cases = programs_select(tests, args)
    else:
        cases, missing = cases_select(tests, defaults, args, KNOWN_HOSTS)
    if args.list:
        for case in cases:
            print(case.test.kind, case.label, case.test.memory)
        return None, []
    labels = [c.label for c in cases]
    for case in cases:      # the same test with several sizes of memory
        if labels.count(case.label) > 1:
            case.suffix = ":" + case.test.memory
    reporter = report.Reporter([c.label for c in cases], config.top)
    for name, reason in missing:
        reporter.extra(f"{name} - -", report.skip(reason))
    plan = []
    for host in dict.fromkeys(c.host for c in cases):
        mine = [c for c in cases if c.host == host]
        if args.native_programs:
            works = works_check([ProgramWork(config, c) for c in mine], reporter)
        else:
            works = works_plan(config, mine, reporter)
        plan.append((host, mine, works))
    return reporter, plan


def plan_run(config, args, reporter, plan):
    lanes = [[p for p in plan if p[0] == "native"],
             [p for p in plan if p[0] != "native"]]
    if args.jobs < 2:
        lanes = [plan]
    threads = [threading.Thread(target=lane_run, daemon=True,
                                args=(config, lane, reporter, args.strict))
               for lane in lanes if lane]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def stop_install(config):
    def stop(number, _frame):
        print(f"tests/run: stopped by {signal.Signals(number).name}",
              file=sys.stderr, flush=True)
        config.children.stop()
        shutil.rmtree(config.scratch, ignore_errors=True)
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def main(argv, top):
    args = args_parse(argv, top)
    for host in args.host:
        if host not in KNOWN_HOSTS:
            sys.exit(f"tests/run: unknown host '{host}', there are "
                     f"{', '.join(KNOWN_HOSTS)}")
    build = os.path.abspath(args.build)
    try:
        tests, defaults = table_read(args.table, args.tests_dir, KNOWN_HOSTS)
        config = Config(top, os.path.abspath(args.tests_dir), build,
                        os.path.abspath(args.linux), logs_make(build),
                        scratch_make(), args.keep,
                        max(1, args.jobs - 1), Children(), args.cpu,
                        args.host_kernel)
    except (TableError, OSError) as error:
        sys.exit(f"tests/run: {error}")
    stop_install(config)
    try:
        reporter, plan = plan_make(config, args, tests, defaults)
        if reporter is None:
            return 0
        plan_run(config, args, reporter, plan)
        for label in reporter.missing():
            reporter.put(label, report.fail("the runner lost it"))
        if not args.keep:
            logs_tidy(config.logs, reporter)
        return reporter.summary()
    except TableError as error:
        sys.exit(f"tests/run: {error}")
    finally:
        shutil.rmtree(config.scratch, ignore_errors=True)


def logs_tidy(logs, reporter):
    """Remove the logs that no failure points to."""
    keep = reporter.log_dirs()
    for name in os.listdir(logs):
        path = os.path.join(logs, name)
        if os.path.isdir(path) and path not in keep:
            shutil.rmtree(path, ignore_errors=True)
