# SPDX-License-Identifier: GPL-2.0
"""A client of a machine's management console, by its protocol."""

import os
import socket
import struct

from . import machine

MAGIC, VERSION = 0xcafebabe, 2


class Mconsole:
    """A client of one machine; path is that of its socket."""
    count = 0

    def __init__(self, path):
        Mconsole.count += 1
        self.own = os.path.join(machine.OUT, f"client{Mconsole.count}")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.own)
        self.socket.settimeout(10 * machine.SLOW)
        self.path = path

    def raw(self, data):
        """The answer to just these bytes, as bytes."""
        self.socket.sendto(data, self.path)
        return self.socket.recv(8192)

    def send(self, command):
        """Without waiting for the answer, which `request` of None gives."""
        text = command.encode(errors="surrogateescape")
        self.socket.sendto(struct.pack("III", MAGIC, VERSION, len(text)) + text,
                           self.path)

    def request(self, command):
        """Returns whether it failed, and what it answers."""
        if command is not None:
            self.send(command)
        answer, more, failed = "", 1, False
        while more:
            try:
                reply = self.socket.recv(8192)
            except socket.timeout as error:
                raise machine.Failed(f"{command}: no answer") from error
            err, more, length = struct.unpack_from("III", reply)
            failed = failed or bool(err)
            answer += reply[12:12 + length].rstrip(b"\0").decode(errors="replace")
        return failed, answer

    def ask(self, command):
        """Returns what it answers; Failed if that is an error."""
        failed, answer = self.request(command)
        machine.need(not failed, f"{command}: {answer}")
        return answer

    def refused(self, command):
        """Returns the message of the error that there has to be."""
        failed, answer = self.request(command)
        machine.need(failed, f"{command}: no error, but '{answer}'")
        return answer
