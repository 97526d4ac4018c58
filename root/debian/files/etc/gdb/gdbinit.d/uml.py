# SPDX-License-Identifier: GPL-2.0
"""Where the host's debug registers do nothing the kernel refuses them, and gdb, which
does not look before, fails when it goes on: have it watch in software instead."""

import gdb


def breakpoints_missing():
    try:
        with open("/proc/um/host", encoding="ascii") as f:
            lines = f.read().splitlines()
    except OSError:
        return False
    return any("breakpoints" in line.split() for line in lines
               if line.startswith("not as native:"))


if breakpoints_missing():
    gdb.execute("set can-use-hw-watchpoints 0")
