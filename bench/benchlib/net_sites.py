# SPDX-License-Identifier: GPL-2.0
"""Where the network rows run: each subject in network namespaces of its own, so that
nothing of the host's network is touched, and nothing is left of it. A machine has
all transports at once, each with addresses of its own; at the other end is the host,
or a second machine. Natively it is two namespaces that veth connects."""

import contextlib
import dataclasses
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from lib.guest import ALARM
from lib.machine import PRELUDE

from . import roots
from .start import Bad, Boot

RUN_SECONDS = 30
RR_PORT = 5300

INIT = PRELUDE + """
export LD_LIBRARY_PATH=/lib
mount -t tmpfs tmp /tmp
stty -echo </dev/console
ip link set lo up
echo "@ready"
while read -r number command; do
	eval "$command" </dev/null
	echo "@end $number $?"
done
poweroff -f
"""


@dataclasses.dataclass
class Transport:
    """option: of a machine's command line, of either end: {me} is 0 or 1, {other}
    the other, {fd} a descriptor of its end, {switch} the path of a vde_switch."""
    name: str
    interface: str
    option: str
    here: str               # the machine's address
    there: str              # that of the other end
    tap: str = ""           # the interface on the host
    pair: bool = False      # the other end is a second machine
    needs: tuple = ()       # (program, Debian package)


TRANSPORTS = [
    # without gro=1 vector drops the large packets that it lets a tap send
    Transport("tap", "vec0", "vec0:transport=tap,ifname=tap1,depth=128,gro=1",
              "10.9.1.2", "10.9.1.1", tap="tap1"),
    Transport("tuntap", "eth0", "eth0=tuntap,tap2", "10.9.2.2", "10.9.2.1",
              tap="tap2"),
    Transport("fd", "vec1", "vec1:transport=fd,fd={fd},mtu=1500", "10.9.3.2",
              "10.9.3.1", pair=True),
    Transport("l2tpv3", "vec2", "vec2:transport=l2tpv3,mtu=1450,udp=1,"
              "src=127.0.0.1,dst=127.0.0.1,srcport=1103{me},dstport=1103{other},"
              "rx_session=1,tx_session=1,depth=128", "10.9.4.2", "10.9.4.1",
              pair=True),
    Transport("vde", "vec3", "vec3:transport=vde,vnl=vde://{switch},mtu=1500",
              "10.9.5.2", "10.9.5.1", pair=True,
              needs=(("vde_switch", "vde2"), ("vde_plug", "vdeplug"))),
    # its addresses are built in; the second is the host's loopback interface
    Transport("slirp", "eth1", "eth1=slirp,,./slirp", "10.0.2.15", "10.0.2.2",
              needs=(("slirp-fullbolt", "slirp"),)),
]


class Namespace:
    """A network namespace, there as long as a process in it waits for us."""

    def __init__(self):
        self.own = os.geteuid() == 0
        words = [] if self.own else ["--map-root-user"]
        self.holder = subprocess.Popen(
            [roots.program_find("unshare", "util-linux"), "--net", *words, "sh", "-c",
             "echo ready; exec cat"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said = self.holder.stdout.readline().decode("utf-8", "replace").strip()
        if said != "ready":
            self.end()
            raise roots.Missing(f"no network namespace: {said}")
        self.ip("link", "set", "lo", "up")

    def enter(self):
        """In front of a command that shall run in there."""
        words = [] if self.own else ["--user", "--preserve-credentials"]
        return ["nsenter", "-t", str(self.holder.pid), "--net", *words]

    def ip(self, *words):
        ip = roots.program_find("ip", "iproute2")
        done = subprocess.run(self.enter() + [ip, *words], capture_output=True,
                              text=True, check=False, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise roots.Missing(f"ip {' '.join(words)}: {done.stderr.strip()}")

    def end(self):
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()


class Servers:
    """On the host, in a namespace: iperf3 and netrr for whoever connects."""

    def __init__(self, namespace, pin, iperf, netrr):
        self.running = [
            subprocess.Popen(namespace.enter() + pin + command,
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
            for command in ([iperf, "-s"], [netrr, "serve", str(RR_PORT)])]

    def end(self):
        for process in self.running:
            process.kill()
            process.wait()


@dataclasses.dataclass
class Tools:
    """iperf, netrr: paths on the host; initrd: a root that has both; transports:
    those that are possible here; pin, pin_other: words in front of a command that
    bind it to the CPU of either end."""
    iperf: str
    netrr: str
    initrd: str
    transports: list
    cpus: list

    def pin(self, end):
        return ["taskset", "-c", str(self.cpus[end])]


class Native:
    """Client and server, each in its namespace and on its CPU."""

    def __init__(self, _subject, tools, stack):
        self.tools = tools
        self.broken = {}
        ends = []
        for number in (1, 2):
            ends.append(Namespace())
            stack.callback(ends[-1].end)
        holder = ends[1].holder.pid
        ends[0].ip("link", "add", "veth1", "type", "veth", "peer", "name", "veth2",
                   "netns", str(holder))
        for number, end in enumerate(ends, 1):
            end.ip("addr", "add", f"10.9.0.{number}/24", "dev", f"veth{number}")
            end.ip("link", "set", f"veth{number}", "up")
        servers = Servers(ends[1], tools.pin(1), tools.iperf, tools.netrr)
        stack.callback(servers.end)
        self.client = ends[0]

    def has(self, _transport):
        return True

    def run(self, command):
        """Status, and what it printed."""
        words = [{"iperf3": self.tools.iperf, "netrr": self.tools.netrr}.get(w, w)
                 for w in command]
        done = subprocess.run(self.client.enter() + self.tools.pin(0) + words,
                              capture_output=True, text=True, check=False,
                              timeout=RUN_SECONDS, stdin=subprocess.DEVNULL)
        return done.returncode, done.stdout + done.stderr

    def address(self, _transport):
        return "10.9.0.2"


class Inside:
    """A machine that does what we tell its console."""

    def __init__(self, boot):
        self.boot = boot
        self.count = 0

    def run(self, command, seconds=RUN_SECONDS):
        self.count += 1
        at = len(self.boot.text)
        self.boot.send(f"{self.count} {' '.join(command)}\n")
        end = rb"@end %d (\d+)\r?\n" % self.count
        self.boot.expect(end, seconds)
        said = self.boot.text[at:]
        match = re.search(end, said)
        text = said[:match.start()].decode("utf-8", "replace").replace("\r", "")
        alarm = ALARM.search(text)
        if alarm:
            raise Bad(f"its kernel says: {alarm[0]}")
        return int(match[1]), text


class Machines:
    """Two of them, and the host's ends of their networks."""

    def __init__(self, subject, tools, stack):
        self.subject = subject
        self.tools = tools
        self.missing = set()    # names of transports that it does not have
        self.broken = {}        # and of those that do not come up, why
        self.namespace = Namespace()
        stack.callback(self.namespace.end)
        self.sockets = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="bench-"))
        for transport in tools.transports:
            if transport.tap:
                self._tap(transport)
        if any("{switch}" in t.option for t in tools.transports):
            self._switch(stack)
        servers = Servers(self.namespace, tools.pin(1), tools.iperf, tools.netrr)
        stack.callback(servers.end)
        self.ends = self._boot(stack)
        for me, inside in enumerate(self.ends):
            self._configure(me, inside)

    def _tap(self, transport):
        name = transport.tap
        self.namespace.ip("tuntap", "add", name, "mode", "tap")
        self.namespace.ip("addr", "add", transport.there + "/24", "dev",
                          name)
        self.namespace.ip("link", "set", name, "up")

    def _switch(self, stack):
        path = os.path.join(self.sockets, "switch")
        switch = subprocess.Popen(
            self.namespace.enter() + self.tools.pin(1) +
            [roots.program_find("vde_switch", "vde2"), "-s", path, "-n", "8"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        stack.callback(switch.wait)
        stack.callback(switch.kill)
        stack.callback(switch.stdin.close)
        end = time.monotonic() + 10
        while not os.path.exists(path + "/ctl"):
            if time.monotonic() > end or switch.poll() is not None:
                raise Bad("vde_switch does not start")
            time.sleep(0.02)

    @staticmethod
    def _slirp(directory):
        """What it says of itself must not be in between what the machine says. It
        is found from there: ./linux takes a _ in a path for a space."""
        path = os.path.join(directory, "slirp")
        with open(path, "w", encoding="ascii") as f:
            f.write("#!/bin/sh\nexec slirp-fullbolt 2>/dev/null\n")
        os.chmod(path, 0o755)

    def _boot(self, stack):
        pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ends = []
        for me in (0, 1):
            directory = os.path.join(self.sockets, str(me))
            os.mkdir(directory)
            self._slirp(directory)
            words = {"me": me, "other": 1 - me, "fd": pair[me].fileno(),
                     "switch": os.path.join(self.sockets, "switch")}
            options = [t.option.format(**words) for t in self.tools.transports
                       if me == 0 or t.pair]
            pinned = dataclasses.replace(self.subject, cpu=self.tools.cpus[me])
            boot = Boot(pinned, directory, [
                f"mem={self.subject.memory}", f"initrd={self.tools.initrd}",
                "rdinit=/init", "loglevel=4", *options],
                pass_fds=[pair[me].fileno()], prefix=self.namespace.enter())
            stack.callback(boot.kill)
            ends.append(Inside(boot))
        for one in pair:
            one.close()
        for one in ends:
            one.boot.expect(rb"@ready\r?\n")
        return ends

    def _configure(self, me, inside):
        for transport in self.tools.transports:
            if me and not transport.pair:
                continue
            name = transport.interface
            address = transport.there if me else transport.here
            status, text = inside.run([
                "ip", "addr", "add", f"{address}/24", "dev", name, "2>&1",
                "&&", "ip", "link", "set", name, "up", "2>&1"])
            if status and self.subject.backend:
                self.broken[transport.name] = f"{name}: {text.strip()}"
            elif status:        # a peer may be made without it
                self.missing.add(transport.name)
        if me:
            inside.run(["iperf3", "-s", ">/dev/null", "2>&1", "&"])
            inside.run(["netrr", "serve", str(RR_PORT), ">/dev/null", "2>&1", "&"])

    def has(self, transport):
        return transport.name not in self.missing

    def run(self, command):
        return self.ends[0].run(command + ["2>&1"])

    def address(self, transport):
        return transport.there


def libraries_find(program):
    """The shared libraries of a program, by the host's ldd."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True,
                          check=False, stdin=subprocess.DEVNULL)
    return re.findall(r"(/\S+) \(0x", done.stdout)


def transports_possible(results):
    """Those that this host can have; the others are named."""
    found = []
    for transport in TRANSPORTS:
        lacking = [f"there is no {name} (Debian package {package})"
                   for name, package in transport.needs if not shutil.which(name)]
        if transport.tap and not os.access("/dev/net/tun", os.R_OK | os.W_OK):
            lacking.append("/dev/net/tun can't be opened")
        if lacking:
            results.missing[f"net/{transport.name}"] = lacking[0]
        else:
            found.append(transport)
    return found


def site_make(subject, tools, stack):
    """What cleans up after it is added to the stack, in any case."""
    with contextlib.ExitStack() as mine:
        site = (Machines if subject.linux else Native)(subject, tools, mine)
        stack.push(mine.pop_all())
        return site
