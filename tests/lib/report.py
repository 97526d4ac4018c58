# SPDX-License-Identifier: GPL-2.0
"""One line per test in a fixed order, the tails of failures, the summary."""

import dataclasses
import os
import sys
import threading

TAIL_LINES = 30


@dataclasses.dataclass
class Result:
    verdict: str                # "ok", "FAIL" or "skip"
    seconds: float = 0.0
    reason: str = ""
    log: str = ""               # the file whose end a failure shows


def ok(seconds):
    return Result("ok", seconds)


def fail(reason, seconds=0.0, log=""):
    return Result("FAIL", seconds, reason, log)


def skip(reason, seconds=0.0):
    return Result("skip", seconds, reason)


def line_clean(text):
    """One line of printable characters."""
    return "".join(c if c.isprintable() else "?" for c in text.strip())


def tail_lines(path):
    try:
        with open(path, "rb") as f:
            f.seek(0, os.SEEK_END)
            f.seek(max(0, f.tell() - 64 * 1024))
            text = f.read().decode("utf-8", "replace")
    except OSError as error:
        return [f"(no log: {error})"]
    lines = [line_clean(s) for s in text.replace("\r", "").splitlines()]
    return [s for s in lines if s][-TAIL_LINES:]


class Reporter:
    """Results come in any order, from several threads; a line is printed as
    soon as all lines before it are."""

    def __init__(self, labels, top):
        self.labels = list(labels)
        self.top = top
        self.results = {}
        self.extras = {}
        self.printed = 0
        self.counts = {"ok": 0, "FAIL": 0, "skip": 0}
        self.tails = set()
        self.logs = set()
        self.lock = threading.Lock()

    def put(self, label, result):
        with self.lock:
            assert label not in self.results, label
            self.results[label] = result
            while self.printed < len(self.labels) and \
                    self.labels[self.printed] in self.results:
                label = self.labels[self.printed]
                self._print(label, self.results[label])
                self.printed += 1
                for extra in self.extras.pop(label, ()):
                    self._print(*extra)

    def extra(self, label, result, after=""):
        """A finding that no test of the table stands for: printed at once, or
        behind the line of a test that has no result yet."""
        with self.lock:
            if after in self.labels and after not in self.results:
                self.extras.setdefault(after, []).append((label, result))
            else:
                self._print(label, result)

    def log_dirs(self):
        """The directories of logs that failures point to."""
        return {os.path.dirname(log) for log in self.logs}

    def missing(self):
        return [s for s in self.labels if s not in self.results]

    def _print(self, label, result):
        self.counts[result.verdict] += 1
        text = f"{result.verdict} {label} {result.seconds:.1f}"
        if result.reason:
            text += " " + line_clean(result.reason)
        print(text)
        if result.verdict == "FAIL" and result.log:
            self._print_log(result.log)
        sys.stdout.flush()

    def _print_log(self, log):
        self.logs.add(log)
        if log not in self.tails:
            self.tails.add(log)
            for line in tail_lines(log):
                print("    | " + line)
        print(f"    log: {os.path.relpath(log, self.top)}")

    def summary(self):
        """Print the last line; returns the exit status."""
        print(f"{self.counts['ok']} passed, {self.counts['FAIL']} failed, "
              f"{self.counts['skip']} skipped")
        sys.stdout.flush()
        return 1 if self.counts["FAIL"] else 0


def progress(text):
    print("-- " + text, file=sys.stderr, flush=True)
