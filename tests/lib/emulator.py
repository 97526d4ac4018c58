# SPDX-License-Identifier: GPL-2.0
"""Emulated hosts: a Debian kernel with KVM in a full software emulator. All
jobs travel in one initramfs, run one after the other in one boot, and their
results come back over a serial port. See tests/hosts/ for the other end."""

import base64
import dataclasses
import fcntl
import io
import os
import re
import shlex
import shutil
import subprocess
import tarfile
import tempfile

from . import report
from .cpio import Archive
from .jobs import Job, NativeHost, Outcome, environment, outcome_read

INITRD_BASE_MB = 512        # memory of the emulated host besides the machines'
SILENCE_SECONDS = 90        # /init there says @alive every 10 s


@dataclasses.dataclass
class Kind:
    """A kind of emulated host."""
    boot: str               # script in tests/hosts
    packages: str
    programs: list          # that the script needs
    module: str
    args: str
    slow: int
    boot_seconds: int
    cpu: str = ""           # another than the script's own


SVM = Kind("boot-svm", "packages.svm", ["qemu-system-x86_64"],
           "kvm-amd", "npt=1", 8, 120)
VMX = Kind("boot-vmx", "packages.vmx", ["bochs-bin", "xorriso", "script"],
           "kvm-intel", "ept=1", 20, 600)
KINDS = {
    "svm": SVM,
    "svm-npt0": dataclasses.replace(SVM, args="npt=0"),
    # AMD family 10h: the last basic CPUID leaf is 5, no XSAVE, no FSGSBASE
    "svm-old": dataclasses.replace(SVM, cpu="phenom,+svm"),
    "vmx": VMX,
    "vmx-ept0": dataclasses.replace(VMX, args="ept=0"),
}


class EmulatedHost:
    def __init__(self, config, name):
        self.config = config
        self.name = name
        self.kind = KINDS[name]
        self.slow = self.kind.slow
        self.scripts = os.path.join(config.top, "tests/hosts")
        self.cache = os.path.join(config.build, "hosts",
                                  config.host_kernel or "kernel")
        self.round = 0

    def unavailable(self):
        """Get what is needed. Returns what is missing, or ""."""
        missing = [p for p in self.kind.programs + ["busybox", "xz", "objcopy",
                                                    "strip"]
                   if not shutil.which(p)]
        if missing:
            return f"{', '.join(missing)} not installed " \
                   f"(packages: tests/hosts/{self.kind.packages})"
        if elf_interpreter(shutil.which("busybox")):
            return "busybox is not static (package busybox-static)"
        os.makedirs(self.cache, exist_ok=True)
        with open(os.path.join(self.cache, "lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run(
                [os.path.join(self.scripts, "fetch-kernel"), self.cache] +
                ([self.config.host_kernel] if self.config.host_kernel else []),
                stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            text = done.stderr.decode("utf-8", "replace").strip()
            return f"no kernel: {text.splitlines()[-1] if text else '?'}"
        return ""

    def run(self, jobs, done):
        """Run the jobs; done(job, outcome) is called for each."""
        while jobs and not self.config.children.stopping:
            self.round += 1
            jobs = self._boot(jobs, done)

    def _boot(self, jobs, done):
        """One boot of the emulator. Returns the jobs still to be run."""
        ident = f"emulator{self.round}-{self.name}"
        report.progress(f"{self.name}: emulator boot {self.round}, "
                        f"{len(jobs)} jobs")
        work = tempfile.mkdtemp(prefix="host", dir=self.config.scratch)
        try:
            initrd = os.path.join(work, "initrd")
            with open(initrd, "wb") as f:
                f.write(self._initramfs(jobs))
            size = os.path.getsize(initrd) >> 20
            outcome = self._emulate(ident, jobs, initrd, size)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        logs = os.path.join(self.config.logs, ident)
        results = Results(outcome.log)
        problem = f"the emulated host died or hung " \
                  f"({outcome.end or outcome.error})"
        rest = []
        for number, job in enumerate(jobs):
            key = f"{number:03}"
            if key in results.archives:
                self._deliver(job, results.archives[key], done)
            elif key == results.running:
                done(job, Outcome(error=problem, lost=True,
                                  log=self._salvage(job, logs)))
            elif "" < results.last < key:
                rest.append(job)
            else:
                done(job, Outcome(error=problem, lost=True,
                                  log=os.path.join(logs, "console")))
        if not self.config.keep and results.off:
            shutil.rmtree(logs, ignore_errors=True)
        return rest

    def _salvage(self, job, logs):
        """What a job printed that was running when the emulator ended."""
        target = os.path.join(self.config.logs, job.ident)
        os.makedirs(target)
        log = os.path.join(target, "log")
        with open(os.path.join(logs, "live"), "rb") as source, \
                open(log, "wb") as f:
            f.write(source.read().rpartition(b"@begin ")[2].partition(b"\n")[2])
            f.write(b"\n(the emulated host's own console:)\n")
            with open(os.path.join(logs, "console"), "rb") as console:
                f.write(console.read())
        return log

    def _deliver(self, job, data, done):
        logs = os.path.join(self.config.logs, job.ident)
        os.makedirs(logs)
        try:
            with tarfile.open(fileobj=io.BytesIO(base64.b64decode(data))) as tar:
                for member in tar:
                    if member.isdir() or member.isfile():
                        member.mode |= 0o700 if member.isdir() else 0o600
                        tar.extract(member, logs, set_attrs=False)
            outcome = outcome_read(logs)
        except (tarfile.TarError, ValueError, EOFError, OSError) as error:
            outcome = Outcome(error=f"its results arrived broken: {error}")
        done(job, outcome)

    def _emulate(self, ident, jobs, initrd, initrd_mb):
        kernel = os.path.join(self.cache, "vmlinuz")
        console = os.path.join(self.config.logs, ident, "console")
        need = max((memory_mb(job) for job in jobs), default=0)
        words = ["console=ttyS0", "quiet", "loglevel=4", "panic=-1", "nokaslr",
                 "mitigations=off", "no_timer_check", "random.trust_cpu=on",
                 "audit=0", "nowatchdog", f"test.kvm={self.kind.module}",
                 f"test.kvmargs={self.kind.args}"]
        total = sum(job.timeout + 60 for job in jobs)
        live = os.path.join(self.config.logs, ident, "live")
        job = Job(ident, [os.path.join(self.scripts, self.kind.boot), kernel,
                          initrd, console, live,
                          str(INITRD_BASE_MB + 2 * initrd_mb + need),
                          " ".join(words)] + self._cpu(),
                  self.kind.boot_seconds + total,
                  idle=max(self.kind.boot_seconds, SILENCE_SECONDS))
        outcomes = []
        NativeHost(self.config).run([job], lambda _, out: outcomes.append(out))
        return outcomes[0]

    def _cpu(self):
        cpu = self.config.cpu or self.kind.cpu
        return ["-cpu", cpu] if cpu and self.kind.boot == "boot-svm" else []

    def _initramfs(self, jobs):
        archive = Archive()
        archive.file("init", os.path.join(self.scripts, "init"))
        archive.file("bin/busybox", shutil.which("busybox"))
        archive.file("bin/supervise",
                     os.path.join(self.config.build, "tests/lib/supervise"))
        archive.device("dev/console", 0o600, 5, 1)
        archive.device("dev/null", 0o666, 1, 3)
        for name in sorted(os.listdir(self.cache)):
            if name.endswith(".ko"):
                archive.file("modules/" + name, os.path.join(self.cache, name))
        for path in sorted({p for job in jobs for p in job.ship}):
            self._ship(archive, path)
        for number, job in enumerate(jobs):
            job_pack(archive, f"jobs/{number:03}", job, self.config.keep)
        return archive.finish()

    def _ship(self, archive, path):
        """The same path there as here. ./linux goes without its symbols."""
        if path != self.config.linux:
            archive.tree(path, path)
            return
        with tempfile.NamedTemporaryFile(dir=self.config.scratch) as small:
            done = subprocess.run(["strip", "-o", small.name, path], check=False,
                                  stderr=subprocess.DEVNULL)
            source = small.name if done.returncode == 0 else path
            with open(source, "rb") as f:
                archive.data(path, f.read(), 0o755)
        for library in elf_libraries(path):
            archive.file(library, library)


def elf_interpreter(path):
    with open(path, "rb") as f:
        return b"/ld-linux-x86-64.so.2\0" in f.read(4096) \
            if f.read(4) == b"\x7fELF" else False


def elf_libraries(path):
    """The shared libraries of a program that is not static."""
    if not elf_interpreter(path):
        return []
    text = subprocess.run(["ldd", path], capture_output=True, text=True,
                          check=False).stdout
    return sorted(set(re.findall(r"(/\S+)", text)))


def memory_mb(job):
    """Memory that the machine in a job may need."""
    sizes = re.findall(r"\bmem=(\d+)([KMG])", " ".join(job.argv), re.I) + \
        re.findall(r"^(\d+)([KMG])$", job.env.get("MEM", ""), re.I)
    scale = {"K": 1 / 1024, "M": 1, "G": 1024}
    disks = sum(size for _, size in job.disks) >> 20
    return int(max([int(n) * scale[u.upper()] for n, u in sizes] + [0])) + disks


def job_pack(archive, place, job, keep):
    """A job as a directory with a start script."""
    work = f"/{place}/work"
    lines = [f"export {key}={shlex.quote(value)}" for key, value in
             environment(job.env, work, PATH="/bin:/sbin").items()]
    lines += [f"truncate -s {size} {shlex.quote(name)}"
              for name, size in job.disks]
    argv = ["/bin/supervise", "-o", f"/{place}/out/log",
            "-r", f"/{place}/out/report", "-t", str(job.timeout),
            "-i", str(job.idle), "-g", "10"]
    argv += [a.replace("@DIR@", work) for a in job.argv]
    lines.append("exec " + " ".join(shlex.quote(a) for a in argv))
    archive.data(f"{place}/start", "\n".join(lines) + "\n")
    archive.data(f"{place}/good", "".join(f"end {e}\n" for e in job.good))
    for name, data in job.files:
        archive.data(f"{place}/work/{name}", data)
    if keep:
        archive.data(f"{place}/keep", b"")


class Results:
    """What came over the serial port, see tests/hosts/init."""

    def __init__(self, path):
        self.boot = ""
        self.off = False
        self.last = ""          # job that was begun last
        self.archives = {}      # number -> base64 text
        self.running = None
        number, data = None, []
        try:
            with open(path, encoding="latin-1") as f:
                lines = f.read().replace("\r", "").split("\n")
        except OSError:
            lines = []
        for line in lines:
            word, _, rest = line.partition(" ")
            if word == "@boot":
                self.boot = rest
            elif word == "@begin":
                self.running = self.last = rest
            elif word == "@off":
                self.off = True
            elif word == "@end":
                number, data = rest, []
            elif word == "@sent" and rest == number:
                self.archives[number] = "".join(data)
                self.running = number = None
            elif number is not None and not word.startswith("@"):
                data.append(line)
