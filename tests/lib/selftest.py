# SPDX-License-Identifier: GPL-2.0
"""For the tests of tests/run itself: run it on a table of one's own and compare
its lines and its exit status."""

import os
import re
import subprocess


class Checker:
    def __init__(self, top, linux):
        self.command = [os.path.join(top, "tests/run"), "--table", "table",
                        "--tests-dir", "tests", "--build", "build",
                        "--linux", linux]
        self.failures = []

    def tree(self, build):
        """A build directory with the machinery and without tests."""
        for kind in ("contract", "guest", "machine"):
            os.makedirs("build/tests/" + kind)
        os.symlink(os.path.join(build, "tests/lib"), "build/tests/lib")

    def fail(self, text):
        self.failures.append(text)

    def run(self, *args):
        """Returns status, lines (without those of logs), everything."""
        done = subprocess.run(self.command + list(args), capture_output=True,
                              text=True, env=dict(os.environ, SECRET="1"),
                              check=False)
        lines = [s for s in done.stdout.splitlines() if not s.startswith("    ")]
        return done.returncode, lines, done.stdout + done.stderr

    def expect(self, what, args, status, *patterns):
        """Exactly these lines (patterns; " T" is a time), the summary that
        belongs to them, this status."""
        got_status, lines, text = self.run(*args)
        counts = [sum(p.startswith(v) for p in patterns)
                  for v in ("ok", "FAIL", "skip")]
        wanted = list(patterns)
        wanted.append("%d passed, %d failed, %d skipped" % tuple(counts))
        if got_status != status:
            self.fail(f"{what}: status {got_status}, not {status}\n{text}")
        for n in range(max(len(lines), len(wanted))):
            line = lines[n] if n < len(lines) else "(nothing)"
            pattern = wanted[n] if n < len(wanted) else "(nothing)"
            if not re.fullmatch(pattern.replace(" T", r" \d+\.\d"), line):
                self.fail(f"{what}: '{line}'\n  is not '{pattern}'\n{text}")
                break

    def end(self):
        """Exit status of the test."""
        for failure in self.failures:
            print("FAIL " + failure)
        return 1 if self.failures else 0


def file_make(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def program_make(path, script):
    file_make(path, f"#!/bin/sh\n{script}\n")
    os.chmod(path, 0o755)
