# SPDX-License-Identifier: GPL-2.0
"""./linux on a terminal of its own, as a user has it."""

import codecs
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[()][A-Z0-9]|[=>c78])")


class Failure(Exception):
    """The machine did something else than what was expected."""


class Console:
    """One run of ./linux. What it prints is copied to the test's output."""

    def __init__(self, argv, prompt):
        self.argv = argv
        self.prompt = prompt    # of the shell there, a pattern
        self.text = ""          # what has come and was not yet expected
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.slow = float(os.environ.get("SLOW", "1"))

    def __enter__(self):
        self.master, self.slave = os.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, 200, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.child = subprocess.Popen(
            self.argv, stdin=self.slave, stdout=self.slave,
            stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        os.close(self.master)
        os.close(self.slave)

    def send(self, text):
        os.write(self.master, text.encode())

    def _read(self, seconds):
        """Take in what comes within this time. False if nothing did."""
        if not select.select([self.master], [], [], max(0, seconds))[0]:
            return False
        data = self.decoder.decode(os.read(self.master, 65536))
        sys.stdout.write(data.replace("\r", ""))
        sys.stdout.flush()
        self.text += ESCAPES.sub("", data)
        return True

    def expect(self, pattern, seconds):
        """Wait for the pattern. Returns the match; what was before it is in
        its .string, and what follows is left for the next expect."""
        end = time.monotonic() + seconds * self.slow
        while True:
            match = re.search(pattern, self.text)
            if match:
                self.text = self.text[match.end():]
                return match
            left = end - time.monotonic()
            if self.child.poll() is not None and not self._read(0):
                raise Failure(f"./linux ended ({self.child.returncode}) "
                              f"instead of printing '{pattern}'")
            if left <= 0:
                raise Failure(f"no '{pattern}' within "
                              f"{seconds * self.slow:.0f} s")
            self._read(min(left, 0.5))

    def command(self, line, seconds=30):
        """Have the shell there, which waits for one, run a line. Returns its
        status and output."""
        # the echo of the line must not look like the end of its output
        self.send(f"{line}; echo \"<\"$?\">\"\r")
        match = self.expect(r"<(\d+)>\r?\n", seconds)
        output = match.string[:match.start()].replace("\r", "")
        self.expect(self.prompt, seconds)
        return int(match.group(1)), output.partition("\n")[2].strip()

    def check_end(self, seconds):
        """./linux has to end: with status 0, the terminal as it was."""
        end = time.monotonic() + seconds * self.slow
        while self.child.poll() is None:
            if time.monotonic() > end:
                raise Failure(f"./linux goes on for {seconds * self.slow:.0f} s")
            self._read(0.1)
        while self._read(0):
            pass
        if self.child.returncode:
            raise Failure(f"./linux ended with {self.child.returncode}, not 0")
        if termios.tcgetattr(self.slave) != self.before:
            raise Failure("the terminal's settings are not what they were: "
                          f"{termios.tcgetattr(self.slave)[:4]} instead of "
                          f"{self.before[:4]}")


def check(condition, text):
    if not condition:
        raise Failure(text)


def linux(*arguments):
    """The command line of the machine under test."""
    return [os.environ["LINUX"], "mem=" + os.environ.get("MEM", "256M"),
            "backend=" + os.environ.get("BACKEND", "skas"), *arguments]


def main(test):
    """Run a test function; the exit status and last line the runner wants."""
    try:
        test()
    except Failure as failure:
        print(f"\nFAIL: {failure}")
        sys.exit(1)
    print("\npassed")
