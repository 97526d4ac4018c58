# SPDX-License-Identifier: GPL-2.0
"""For the tests of ubd: a machine that takes commands, images, what is in them."""

import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["TOP"], "tests"))
from lib import machine  # noqa: E402 (the path comes first)
from lib.machine import need  # noqa: E402
from lib.mconsole import Mconsole  # noqa: E402

SECTOR = 512
DISKIO = os.path.join(machine.BUILD, "tests/guest/diskio")

# Commands come on one serial line and their output goes back on it; kernel
# messages have the console for themselves. The test's directory is /host, commands
# begin in an empty one of the machine's own.
SCRIPT = """
mkdir /host
mount -t hostfs none /host -o {place}
cp {diskio} /bin/diskio
mkdir /scratch
cd /scratch
stty raw -echo </dev/ttyS0 >/dev/null
exec 3</dev/ttyS0 4>/dev/ttyS0
say ready
while read -r line <&3; do
	[ "$line" = leave ] && break
	eval "$line" >&4 2>&1 </dev/null
	echo "@$?@" >&4
done
"""


class Guest(machine.Machine):
    """A machine whose shell does what the test says. args: of ./linux; place:
    the directory that is /host inside."""

    def __init__(self, name, *args, place=None, **options):
        place = place or machine.OUT
        inside = os.path.join(place, "diskio")
        if not os.path.exists(inside):
            shutil.copy(DISKIO, inside)
        self.input, theirs_in = None, None
        theirs_in, self.input = os.pipe()
        self.output, theirs_out = os.pipe()
        lines = ["con=null", "con0=null,fd:1", "ssl=null",
                 f"ssl0=fd:{theirs_in},fd:{theirs_out}"]
        super().__init__(name, SCRIPT.format(place=place, diskio="/host/diskio"),
                         args=args, lines=lines, **options)
        self.theirs = (theirs_in, theirs_out)
        self.pending = b""

    def launch(self, **more):
        self.start(pass_fds=self.theirs, **more)
        for fd in self.theirs:
            os.close(fd)
        os.set_blocking(self.output, False)

    def boot(self, **more):
        self.launch(**more)
        self.expect("@ ready")
        return self

    def send(self, command):
        """Start a command; `result` has to follow."""
        os.write(self.input, command.encode() + b"\n")

    def result(self, seconds=60, what=""):
        """The status of the command that was sent, and what it printed."""
        def there():
            try:
                self.pending += os.read(self.output, 65536)
            except BlockingIOError:
                pass
            ended = self.process.poll()
            need(ended is None, f"{self.name}: it ended with {ended}: {what}")
            return self.pending.endswith(b"@\n") or self.pending.endswith(b"@\r\n")

        machine.wait_until(there, seconds, lambda: f"{self.name}: no end of: "
                           f"{what}: {self.pending.decode(errors='replace')}")
        text = self.pending.decode(errors="replace").replace("\r", "")
        self.pending = b""
        text, _, status = text[:-2].rpartition("@")
        return int(status), text

    def try_run(self, command, seconds=60):
        """Returns its status and what it printed."""
        self.send(command)
        return self.result(seconds, command)

    def run(self, command, seconds=60):
        """Returns what it printed; it has to end with status 0."""
        status, text = self.try_run(command, seconds)
        need(not status, f"{self.name}: {command}: status {status}: {text.strip()}")
        return text

    def ops(self, disk, *ops, seconds=60):
        """diskio ops: how each ended, a list."""
        _, text = self.try_run(f"diskio ops /dev/{disk} {' '.join(ops)}", seconds)
        return [line.split(" ", 1)[1] for line in text.splitlines()]

    def ops_ok(self, disk, *ops):
        said = self.ops(disk, *ops)
        need(said and set(said) == {"ok"}, f"{self.name}: {disk}: {' '.join(ops)}: "
             f"{', '.join(said)}")

    def mconsole(self):
        return Mconsole(self.mconsole_path())

    def leave(self, seconds=60):
        """It powers off, well."""
        os.write(self.input, b"leave\n")
        self.end(seconds)
        os.close(self.input)
        os.close(self.output)

    def counters(self, name="aio"):
        """A file of /proc/um with lines "name value"."""
        text = self.run(f"cat /proc/um/{name}")
        return {k: int(v) for k, v in (x.split() for x in text.splitlines())}


def refused(option, *words, args=()):
    """./linux does not start without this disk: it ends with status 1, and the last
    line says why, with the words in it."""
    name = f"refused{len(machine.Machine.all)}"
    guest = Guest(name, *args, option)
    guest.launch()
    machine.wait_until(lambda: guest.process.poll() is not None or
                       "@ ready" in guest.text(), 30, f"{option}: it hangs")
    need(guest.process.poll() is not None, f"{option}: it starts all the same")
    lines = guest.text().strip().splitlines()
    said = [x for x in lines if x.startswith("linux: ")]
    need(guest.process.returncode == 1 and len(said) == 1 and lines[-1:] == said,
         f"{option}: status {guest.process.returncode}, {len(said)} lines: {lines[-2:]}")
    need(all(str(word) in said[0] for word in words),
         f"{option}: not {', '.join(map(str, words))}, but {said[0]}")


def disk_name(unit):
    """As sd's: ubda ... ubdz, ubdaa, ..."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return "ubd" + (letters[unit // 26 - 1] if unit >= 26 else "") + \
        letters[unit % 26]


def pattern(seed, first, count):
    """The sectors that `diskio ops` writes for a seed."""
    return b"".join(b"%08x%08x" % (seed, n) * (SECTOR // 16) if seed
                    else bytes(SECTOR) for n in range(first, first + count))


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def image(path, data):
    """An image with this content; data a number: empty, of that many bytes."""
    with open(path, "wb") as f:
        if isinstance(data, int):
            f.truncate(data)
        else:
            f.write(data)
    return path


def content(path):
    with open(path, "rb") as f:
        return f.read()


def sectors_full(data):
    return data + bytes(-len(data) % SECTOR)


def same(have, want, what):
    """Two byte strings; the reason names the first sector that differs."""
    if have == want:
        return
    need(len(have) == len(want), f"{what}: {len(have)} bytes, not {len(want)}")
    at = next(i for i in range(0, len(want), SECTOR)
              if have[i:i + SECTOR] != want[i:i + SECTOR])
    raise machine.Failed(f"{what}: sector {at // SECTOR} is "
                         f"{have[at:at + 16].hex()}..., not "
                         f"{want[at:at + 16].hex()}...")


def out(name):
    return os.path.join(machine.OUT, name)


def place_in(kind):
    """A directory on a tmpfs, or None; gone at the end by shutil.rmtree."""
    shm = "/dev/shm"
    done = subprocess.run(["stat", "-f", "-c", "%T", shm], text=True,
                          stdout=subprocess.PIPE, check=False)
    if done.stdout.strip() != kind or not os.access(shm, os.W_OK):
        return None
    return tempfile.mkdtemp(prefix="um-test-", dir=shm)

