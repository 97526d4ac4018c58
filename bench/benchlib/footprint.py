# SPDX-License-Identifier: GPL-2.0
"""Memory and CPU time that machines take from the host, read from /proc: of their
processes, of the files that are their memory, and of the host's kernel."""

import ctypes
import os
import re
import subprocess

from lib.machine import file_read, pids, session_of

# /proc/meminfo's lines of memory that the kernel has for processes. Stacks are in
# VmallocUsed as well, and SReclaimable is what is known of files: not these.
KERNEL = ("SUnreclaim", "KernelStack", "PageTables", "SecPageTables", "Percpu")


KCMP = 312              # of x86-64
KCMP_VM = 1


def memory_shared(one, other):
    """Whether two processes have the same memory (clone with CLONE_VM), not only
    the same pages. Their PSS is that of both, in either of them."""
    return ctypes.CDLL(None).syscall(KCMP, one, other, KCMP_VM, 0, 0) == 0


def memories(processes):
    """One process of each memory."""
    found = []
    for pid in processes:
        if not any(memory_shared(pid, other) for other in found):
            found.append(pid)
    return found


def sessions_pids(leaders):
    """{leader: its processes}"""
    found = {leader: [] for leader in leaders}
    for pid in pids():
        leader = session_of(pid)
        if leader in found:
            found[leader].append(pid)
    return found


def field_bytes(data, name):
    match = re.search(rb"^%s:\s+(\d+) kB" % name.encode(), data, re.M)
    return int(match[1]) * 1024 if match else 0


class Processes:
    """What machines have in memory, in bytes. sessions: lists of the processes of
    each. pss: shared pages by their share; mapped: the part of it that is shared
    memory; tables: page tables."""

    def __init__(self, sessions):
        self.pss = self.mapped = self.tables = 0
        files = {}
        for pid in [p for some in sessions for p in memories(some)]:
            rollup = file_read(f"/proc/{pid}/smaps_rollup")
            self.pss += field_bytes(rollup, "Pss")
            self.mapped += field_bytes(rollup, "Pss_Shmem")
            self.tables += field_bytes(file_read(f"/proc/{pid}/status"), "VmPTE")
            files.update(memory_files(pid))
        # all that is in the files that are a machine's memory, mapped or not
        self.shared = sum(files.values())

    def all(self):
        """Without what the kernel has for them; nothing twice."""
        return self.pss - self.mapped + max(self.mapped, self.shared)


def memory_files(pid):
    """{which file: bytes} of files without a name, that are open: a machine's
    memory is one."""
    found = {}
    try:
        for number in os.listdir(f"/proc/{pid}/fd"):
            path = f"/proc/{pid}/fd/{number}"
            if os.readlink(path).endswith(" (deleted)"):
                info = os.stat(path)
                found[info.st_dev, info.st_ino] = info.st_blocks * 512
    except OSError:
        pass            # it has just ended, or closed that file
    return found


def cpu_read(processes):
    """{thread: nanoseconds of CPU time}"""
    found = {}
    for pid in processes:
        try:
            for tid in os.listdir(f"/proc/{pid}/task"):
                words = file_read(f"/proc/{pid}/task/{tid}/schedstat").split()
                if words:
                    found[pid, tid] = int(words[0])
        except OSError:
            pass
    return found


def cpu_between(before, after):
    """Of threads that were there at the end."""
    return sum(ns - before.get(thread, 0) for thread, ns in after.items())


def meminfo():
    """/proc/meminfo in bytes."""
    lines = re.findall(rb"^(\w+):\s+(\d+) kB", file_read("/proc/meminfo"), re.M)
    return {name.decode(): int(value) * 1024 for name, value in lines}


def kernel_bytes():
    """The kernel's, for all processes of this host."""
    info = meminfo()
    return sum(info.get(name, 0) for name in KERNEL)


def cached_bytes(path):
    """The part of a file that is in the page cache; None: it can't be asked."""
    try:
        done = subprocess.run(["fincore", "--bytes", "--noheadings", "--output",
                               "RES", path], capture_output=True, text=True,
                              check=False, stdin=subprocess.DEVNULL)
        return int(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError):
        return None


class Group:
    """A cgroup (v2) for one machine: the host counts the kernel's memory there.
    problem says why there is none."""

    def __init__(self, name):
        self.path = ""
        self.problem = "no cgroup v2 that counts memory and that we may use"
        for base in groups_possible():
            path = os.path.join(base, name)
            try:
                os.mkdir(path)
                self.path, self.problem = path, ""
                return
            except OSError as error:
                self.problem = f"cgroup {path}: {error.strerror}"

    def enter(self, pid):
        """A process, with the children that it will have."""
        if not self.path:
            return
        try:
            with open(os.path.join(self.path, "cgroup.procs"), "w",
                      encoding="ascii") as f:
                f.write(str(pid))
        except OSError as error:
            self.problem = f"cgroup {self.path}: {error.strerror}"

    def kernel(self):
        """Bytes; None: not counted."""
        if self.problem:
            return None
        stat = file_read(os.path.join(self.path, "memory.stat"))
        match = re.search(rb"^kernel (\d+)$", stat, re.M)
        if not match:
            self.problem = "memory.stat of cgroups has no line 'kernel' here"
        return int(match[1]) if match else None

    def end(self):
        if self.path:
            try:
                os.rmdir(self.path)
            except OSError as error:
                self.problem = f"cgroup {self.path}: {error.strerror}"


def groups_possible():
    """Where a cgroup can be made in which memory is counted: our own if it is the
    root, or beside our own."""
    own = re.search(rb"^0::(.*)$", file_read("/proc/self/cgroup"), re.M)
    mount = re.search(rb" (\S+) \S+(?: \S+)* - cgroup2 ",
                      file_read("/proc/self/mountinfo"))
    if not own or not mount:
        return []
    place = mount[1].decode() + own[1].decode().rstrip("/")
    return [base for base in (place, os.path.dirname(place))
            if b"memory" in file_read(
                os.path.join(base, "cgroup.subtree_control")).split()]
