# SPDX-License-Identifier: GPL-2.0
"""tests/table, the options files beside the tests, and what is run where."""

import dataclasses
import fnmatch
import os
import shlex

KINDS = ("contract", "machine", "guest")
TIERS = ("check", "all")
NO_BACKEND = "-"


class TableError(Exception):
    """Something in the table, an options file or the arguments is wrong."""


@dataclasses.dataclass
class Options:
    """tests/KIND/NAME/options: "key = value" lines, see docs/testing.md."""
    args: list = dataclasses.field(default_factory=list)
    env: dict = dataclasses.field(default_factory=dict)
    kernel: list = dataclasses.field(default_factory=list)
    disks: list = dataclasses.field(default_factory=list)   # (variable, bytes)
    files: list = dataclasses.field(default_factory=list)
    record: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Test:
    name: str
    kind: str
    hosts: list
    backends: list
    memory: str
    timeout: float
    tier: str
    options: Options


@dataclasses.dataclass
class Case:
    """One line of the report: a test on a host with a backend."""
    test: Test
    host: str
    backend: str
    suffix: str = ""    # ":64M" where the name alone is not unique

    @property
    def label(self):
        return f"{self.test.name}{self.suffix} {self.host} {self.backend}"

    @property
    def ident(self):
        """The same as a file name."""
        return self.label.replace(" ", "-").replace(":", "-").rstrip("-")


def size_bytes(text):
    factor = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(text[-1:].upper())
    number = text[:-1] if factor else text
    if not number.isdigit():
        raise TableError(f"'{text}' is no size (like 64M)")
    return int(number) * (factor or 1)


def options_read(path):
    options = Options()
    if not os.path.exists(path):
        return options
    with open(path, encoding="utf-8") as f:
        for line in f:
            line = line.split("#")[0].strip()
            if not line:
                continue
            key, equals, value = (s.strip() for s in line.partition("="))
            if not equals:
                raise TableError(f"{path}: '{line}' is not 'key = value'")
            option_set(options, path, key, value)
    return options


def option_set(options, path, key, value):
    if key == "args":
        options.args += shlex.split(value)
    elif key == "env":
        name, _, text = value.partition("=")
        options.env[name] = text
    elif key == "kernel":
        options.kernel += value.split()
    elif key == "disk":
        words = value.split()
        if len(words) != 2:
            raise TableError(f"{path}: 'disk = SIZE VARIABLE' is wanted")
        options.disks.append((words[1], size_bytes(words[0])))
    elif key == "files":
        options.files += value.split()
    elif key == "record":
        options.record += shlex.split(value)
    else:
        raise TableError(f"{path}: unknown option '{key}'")


def test_parse(words, where, tests_dir):
    if len(words) != 7:
        raise TableError(f"{where}: 7 fields are wanted: name kind hosts "
                         f"backends memory timeout tier")
    name, kind, hosts, backends, memory, timeout, tier = words
    if kind not in KINDS:
        raise TableError(f"{where}: kind '{kind}' is not one of {KINDS}")
    if tier not in TIERS:
        raise TableError(f"{where}: tier '{tier}' is not one of {TIERS}")
    if not timeout.isdigit() or int(timeout) == 0:
        raise TableError(f"{where}: timeout '{timeout}' is no number of seconds")
    if kind != "contract":
        size_bytes(memory)
    if (kind == "contract") != (backends == NO_BACKEND):
        raise TableError(f"{where}: backends are for machines: "
                         f"'{NO_BACKEND}' for a contract test and only there")
    options = options_read(os.path.join(tests_dir, kind, name, "options"))
    return Test(name, kind, hosts.split(","), backends.split(","), memory,
                float(timeout), tier, options)


def table_read(path, tests_dir, known_hosts):
    """Returns the tests and the hosts that are used when none is asked for."""
    tests, defaults, seen = [], [], set()
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            where = f"{path}:{number}"
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "default-hosts":
                defaults = words[1:]
                hosts_check(where, defaults, known_hosts)
                continue
            test = test_parse(words, where, tests_dir)
            hosts_check(where, test.hosts, known_hosts)
            for host in test.hosts:
                for backend in test.backends:
                    key = (test.name, host, backend, test.memory)
                    if key in seen:
                        raise TableError(f"{where}: {' '.join(key)} is there twice")
                    seen.add(key)
            tests.append(test)
    return tests, defaults


def hosts_check(where, hosts, known):
    for host in hosts:
        if host not in known:
            raise TableError(f"{where}: unknown host '{host}', "
                             f"there are {', '.join(known)}")


def cases_select(tests, defaults, args, known_hosts):
    """The cases asked for, in the order of the report. Second: what was asked
    for by name and is not declared, as (name, reason)."""
    hosts = args.host or (list(known_hosts) if args.all else defaults)
    cases, missing = [], []
    for pattern in args.tests:
        if not any(fnmatch.fnmatchcase(t.name, pattern) for t in tests):
            raise TableError(f"no test '{pattern}' in {args.table}")
    for host in hosts:
        for kind in KINDS:
            for test in tests:
                if test.kind == kind and host in test.hosts and \
                        test_wanted(test, args):
                    cases += [Case(test, host, b) for b in test.backends
                              if not args.backend or b in args.backend
                              or b == NO_BACKEND]
    for pattern in args.tests:
        if not any(fnmatch.fnmatchcase(c.test.name, pattern) for c in cases):
            missing.append((pattern, "the table declares it for none of these "
                            f"hosts and backends: {' '.join(hosts)} "
                            f"{' '.join(args.backend)}".strip()))
    return cases, missing


def test_wanted(test, args):
    if args.tests:
        return any(fnmatch.fnmatchcase(test.name, p) for p in args.tests)
    return args.all or test.tier == "check"
