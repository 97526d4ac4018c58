# SPDX-License-Identifier: GPL-2.0
"""For machine tests of network transports: a network namespace of one's own, and
two machines that talk to each other."""

import os
import re
import subprocess
import sys

from .machine import QUIET_LINES, Machine, Skipped, need, program_find

MARK = "UML_TEST_OWN_NETWORK"

# Each of the two goes on when it is told to by a line on tty1, so that neither
# leaves before the other is done.
PAIR = """
go() { say "$1"; read -r line <&3; }
reach() {
	for try in 1 2 3 4 5 6 7 8 9 10; do
		ping -c 1 -W 1 10.9.0.$other >/dev/null 2>&1 && return
	done
	say "FAIL no answer $1"
}
exec 3<>/dev/tty1
ip link set lo up
ip addr add 10.9.0.$me/24 dev $dev || say "FAIL no $dev"
ip link set $dev up || say "FAIL $dev does not come up"
go up
reach "at first"
for size in 10 100 1000 $large; do
	ping -c 1 -W 5 -s $size 10.9.0.$other >/dev/null ||
		say "FAIL ping of $size bytes"
done
mkdir /www
dd if=/dev/urandom of=/www/data bs=1k count=500 2>/dev/null
(cd /www && md5sum data >sum)
httpd -p 10.9.0.$me:80 -h /www
go serves
cd /tmp
for file in sum data; do
	wget -q http://10.9.0.$other/$file || say "FAIL no $file"
done
md5sum -c sum >/dev/null || say "FAIL data is damaged"
go transferred
ip link set $dev down
sleep 0.5	# vde_switch takes its time to forget who was there
ip link set $dev up || say "FAIL $dev does not come up again"
go again
reach "when up again"
go done
dmesg | grep -i "epollctl\\|errno" && say "FAIL its kernel complains"
"""
STEPS = ["up", "serves", "transferred", "again", "done"]


def own():
    """Start the test again in a network namespace that has nothing but a loopback
    interface, which is up; multicast goes there too."""
    ip = program_find("ip", "iproute2")
    if MARK not in os.environ:
        command = [program_find("unshare", "util-linux"), "--net"]
        if os.geteuid() != 0:
            command.append("--map-root-user")
        done = subprocess.run(command + ["true"], stderr=subprocess.PIPE,
                              text=True, check=False)
        if done.returncode:
            raise Skipped(f"no own network namespace: {done.stderr.strip()}")
        os.environ[MARK] = "1"
        os.execv(command[0], command + [sys.executable] + sys.argv)
    subprocess.run([ip, "link", "set", "lo", "up"], check=True)
    subprocess.run([ip, "route", "add", "224.0.0.0/4", "dev", "lo"], check=True)


def ip(*words):
    """The host's ip(8), in one's own namespace."""
    need(MARK in os.environ, "this test would change the host's network")
    done = subprocess.run(["ip", *words], stderr=subprocess.PIPE, text=True,
                          check=False)
    need(done.returncode == 0, f"ip {' '.join(words)}: {done.stderr.strip()}")


class Pair:
    """Two machines, each with one interface, connected to each other.
    transports: the option of each, large: the largest ping they have to pass."""

    def __init__(self, name, interface, transports, large=1400, pass_fds=((), ())):
        self.name = name
        self.ends, self.machines = [], []
        for me, transport in enumerate(transports, 1):
            script = f"me={me} other={3 - me} dev={interface} large={large}\n"
            there, here = os.pipe()
            self.ends.append(here)
            one = Machine(f"{name}{me}", script + PAIR,
                          args=[f"con1=fd:{there},null", transport],
                          lines=QUIET_LINES)
            one.start(pass_fds=[there, *pass_fds[me - 1]])
            os.close(there)
            self.machines.append(one)

    def talk(self):
        for step in STEPS:
            for one in self.machines:
                one.expect(rf"@ {step}|@ FAIL.*", 60)
            for end in self.ends:
                os.write(end, b"\n")
        for one in self.machines:
            one.end()
        for one in self.machines:
            failures = re.findall("@ (FAIL.*)", one.text())
            need(not failures, f"{one.name}: {'; '.join(failures)}")
        for end in self.ends:
            os.close(end)
