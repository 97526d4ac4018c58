# SPDX-License-Identifier: GPL-2.0
"""Drive ./linux from a machine test: boot a small root with a script, watch the
console, see what is left. Environment: LINUX, OUT, TOP, MEM, BACKEND."""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.environ["TOP"]
OUT = os.environ["OUT"]
LINUX = os.environ["LINUX"]
MEM = os.environ.get("MEM", "64M")
BACKEND = os.environ.get("BACKEND", "")

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tests"))
from lib.cpio import Archive  # noqa: E402 (the path comes first)

INIT = """#!/bin/sh
/bin/busybox mkdir -p /proc /sys /dev /tmp
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
export PATH=/bin
/bin/busybox --install -s /bin
"""
INITTAB = """::sysinit:/etc/rc
::respawn:/bin/sleep 1000
::ctrlaltdel:/etc/down
"""


def fail(text):
    print(f"FAIL: {text}")
    sys.exit(1)


def skip(text):
    print(f"SKIP: {text}")
    sys.exit(77)


def check(condition, text):
    if not condition:
        fail(text)
    print(f"ok: {text}")


def initrd(script, name="initrd", rc=None):
    """An initramfs with busybox whose /init runs the script, then powers off.
    With rc: busybox's init runs rc when it starts and script when ctrl-alt-del
    is pressed."""
    busybox = shutil.which("busybox")
    if not busybox:
        skip("busybox is not installed")
    archive = Archive()
    archive.file("/bin/busybox", busybox)
    archive.device("/dev/console", 0o600, 5, 1)
    start = INIT.replace("#!/bin/sh", "#!/bin/busybox sh")
    if rc is None:
        archive.data("/init", f"{start}{script}\npoweroff -f\n", 0o755)
    else:
        archive.data("/init", f"{start}exec init\n", 0o755)
        archive.data("/etc/inittab", INITTAB)
        archive.data("/etc/rc", f"#!/bin/busybox sh\n{rc}\n", 0o755)
        archive.data("/etc/down", f"#!/bin/busybox sh\n{script}\n", 0o755)
    path = os.path.join(OUT, name)
    with open(path, "wb") as f:
        f.write(archive.finish())
    return path


def environment(**more):
    """A clean one: no TMPDIR of the caller, a HOME of our own."""
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": OUT}
    env.update(more)
    return {k: v for k, v in env.items() if v is not None}


def open_to_all():
    """Move LINUX and OUT to where any user can reach them: the checkout may lie
    below a folder, /root say, that is closed to others."""
    global LINUX, OUT
    folder = tempfile.mkdtemp(prefix="um-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    LINUX = shutil.copy(LINUX, os.path.join(folder, "linux"))
    OUT = os.path.join(folder, "out")
    os.mkdir(OUT)
    os.chmod(OUT, 0o755)


def run(*args, timeout=30, env=None, **options):
    """./linux with just these arguments, to its end. Returns the result of
    subprocess.run; its texts are decoded."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([LINUX, *args], env=env or environment(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=timeout, text=True, errors="replace",
                          check=False, **options)


class Machine:
    """A running ./linux, run by the program prefix if there is one. Its console is a
    file; its standard input a pipe that stays open."""
    count = 0

    def __init__(self, *args, script=None, rc=None, mem=MEM, linux=None,
                 env=None, prefix=(), **options):
        Machine.count += 1
        self.log = os.path.join(OUT, f"console{Machine.count}")
        command = [*prefix, linux or LINUX, f"mem={mem}", "root=/dev/ram0"]
        if BACKEND:
            command.append(f"backend={BACKEND}")
        if script is not None:
            command.append("initrd=" + initrd(script, f"initrd{Machine.count}", rc))
        command += [a for a in args if a]
        options.setdefault("stdin", subprocess.PIPE)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            env=env or environment(), **options)
        self.pid = self.process.pid
        atexit.register(self.kill)      # a test that fails leaves none

    def text(self):
        with open(self.log, "rb") as f:
            return f.read().decode("utf-8", "replace").replace("\r", "")

    def wait_for(self, text, timeout=30):
        """Until the console has said it."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if text in self.text():
                return
            if self.process.poll() is not None and text not in self.text():
                self.fail(f"it ended with status {self.process.returncode} "
                          f"before it said '{text}'")
            time.sleep(0.05)
        self.kill()
        self.fail(f"no '{text}' after {timeout} s")

    def wait(self, timeout=60):
        """Its exit status, negative for a signal."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self.fail(f"no end after {timeout} s")

    def finish(self, timeout=60):
        """Wait for the end, which has to be a good one; the console's text."""
        status = self.wait(timeout)
        if status:
            self.fail(f"exit status {status}")
        return self.text()

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        """And see its children off: the host kills them."""
        if self.process.poll() is not None:
            return
        rest = children(self.pid)
        self.process.kill()
        self.process.wait()
        end = time.monotonic() + 5
        while any(os.path.exists(f"/proc/{p}/exe") for p in rest) and \
                time.monotonic() < end:
            time.sleep(0.02)

    def fail(self, text):
        print("---- console, the end of it")
        print("\n".join(self.text().splitlines()[-40:]))
        fail(text)


def processes(program):
    """The pids of those that run this program file."""
    pids = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            if os.readlink(f"/proc/{name}/exe") == program:
                pids.append(int(name))
        except OSError:
            pass
    return pids


def own_linux():
    """A copy of ./linux, so that its processes can be told from others."""
    copy = os.path.join(OUT, "linux-copy")
    shutil.copy(LINUX, copy)
    return copy


def gone(program, seconds=5):
    """Wait until no process runs the program. Returns those that still do."""
    end = time.monotonic() + seconds
    while processes(program) and time.monotonic() < end:
        time.sleep(0.02)
    return processes(program)


def children(pid):
    """Those that it has; none if there is no such process."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
            return [int(p) for p in f.read().split()]
    except OSError:
        return []


SIGTERM, SIGINT, SIGHUP, SIGKILL = (signal.SIGTERM, signal.SIGINT,
                                    signal.SIGHUP, signal.SIGKILL)
