# SPDX-License-Identifier: GPL-2.0
"""What was measured, and on what: commit, CPU, kernel, kind of KVM; and what the
host's own operations cost, without which the figures say nothing."""

import os
import platform
import re
import subprocess


def output(command, **more):
    """What a command prints, "" if it can't be run or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True,
                              errors="replace", check=False, timeout=60,
                              stdin=subprocess.DEVNULL, **more)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def commit(top):
    name = output(["git", "-C", top, "rev-parse", "--short=12", "HEAD"])
    if not name:
        return "unknown"
    dirty = output(["git", "-C", top, "status", "--porcelain", "-uno"])
    return name + ("+" if dirty else "")


def cpu_model():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            return re.search(r"^model name\s*:\s*(.*)$", f.read(), re.M)[1]
    except (OSError, TypeError):
        return "unknown"


def parameter(module, name):
    try:
        with open(f"/sys/module/{module}/parameters/{name}",
                  encoding="ascii") as f:
            return f.read().strip() in ("1", "Y")
    except OSError:
        return None


def kind():
    """How KVM translates addresses here."""
    if not os.path.exists("/dev/kvm"):
        return "no KVM"
    for module, name in (("kvm_intel", "ept"), ("kvm_amd", "npt")):
        nested = parameter(module, name)
        if nested is not None:
            return f"{module} {'nested' if nested else 'shadow'} paging"
    if os.path.isdir("/sys/module/kvm_pvm"):
        return "PVM"
    return "unknown KVM"


def virtual():
    """Of a machine that is virtual itself: of what kind."""
    return output(["systemd-detect-virt"]) or "unknown"


def probe(linux):
    """What ./linux --probe says, where it has that."""
    if "--probe" not in output([linux, "--help"]):
        return ""
    try:
        done = subprocess.run([linux, "--probe"], capture_output=True, text=True,
                              errors="replace", check=False, timeout=60,
                              stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def describe(top, linux):
    return {"commit": commit(top), "host": kind(), "cpu": cpu_model(),
            "cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
            "kernel": platform.release(),
            "virtual": virtual(), "linux": output([linux, "--version"]),
            "probe": probe(linux)}
