# SPDX-License-Identifier: GPL-2.0
"""A short run of bench/run, for tests of it."""

import json
import os
import subprocess

from lib import machine

TOP = os.environ["TOP"]


def command(name, *args):
    """What is run; its results go to a directory of that name."""
    return [os.path.join(TOP, "bench/run"), "--subjects", f"native,{machine.BACKEND}",
            "--rounds", "1", "--ms", "1", "--out", os.path.join(machine.OUT, name),
            "--linux", machine.LINUX, "--build", machine.BUILD, *args]


def bench(name, *args, env=None):
    """Runs it; returns status, what it prints, and its JSON lines."""
    done = subprocess.run(command(name, *args), capture_output=True, text=True,
                          check=False, cwd=machine.OUT, stdin=subprocess.DEVNULL,
                          env=dict(os.environ, **(env or {})))
    # behind a bar: a line FAIL of a run that is meant to fail is not this test's
    for line in (done.stdout + done.stderr).splitlines():
        print("| " + line, flush=True)
    out = os.path.join(machine.OUT, name)
    records = []
    for file in sorted(os.listdir(out)):
        if file.endswith(".jsonl"):
            with open(os.path.join(out, file), encoding="utf-8") as f:
                records += [json.loads(line) for line in f]
    return done.returncode, done.stdout, records


def figures_of(records, backend):
    return {r["figure"] for r in records if r["backend"] == backend}


def fails_of(text, subject):
    """{program: why}, of the lines FAIL."""
    lines = [line.split(" ", 2) for line in text.splitlines()
             if line.startswith(f"FAIL {subject} ")]
    return dict(line[2].split(": ", 1) for line in lines)
