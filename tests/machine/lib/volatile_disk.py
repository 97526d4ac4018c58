# SPDX-License-Identifier: GPL-2.0
"""A disk with a volatile write cache, for a power cut: an NBD server in a thread.
What is written is kept in memory until a flush; when the power is cut, each
sector of what was not flushed has its old contents or any of those written
since. qemu's own caches can't be had like that: what they wrote is in this
machine's page cache, which outlives qemu."""

import os
import random
import socket
import struct
import threading

SECTOR = 512

# The NBD protocol, "fixed newstyle" (all numbers big-endian)
MAGIC, OPTION_MAGIC, REPLY_MAGIC = 0x4e42444d41474943, 0x49484156454f5054, \
    0x3e889045565a9
FIXED_NEWSTYLE, NO_ZEROES = 1, 2
OPTION_EXPORT, OPTION_ABORT, OPTION_INFO, OPTION_GO = 1, 2, 6, 7
REPLY_ACK, REPLY_INFO, REPLY_UNKNOWN = 1, 3, 0x80000001
INFO_EXPORT = 0
HAS_FLAGS, SEND_FLUSH, SEND_FUA = 1, 4, 8
REQUEST, SIMPLE_REPLY = 0x25609513, 0x67446698
READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3
COMMAND_FUA = 1
EINVAL = 22


class Gone(Exception):
    """The other side closed its end."""


class VolatileDisk:
    """Serves the file `image` at the socket `path`. With lies=True a flush does
    nothing, to see that the test notices."""

    def __init__(self, image, path, lies=False):
        self.file = os.open(image, os.O_RDWR | os.O_CLOEXEC)
        self.size = os.fstat(self.file).st_size
        self.lies = lies
        self.cache = {}             # sector -> what was written, oldest first
        self.flushes = self.writes = 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        """After the client has gone (or never came)."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(30)
        self.listener.close()

    def cut(self, rng=random, kept=0.5):
        """The power goes, after close. kept: the part of unflushed sectors that
        reach the disk all the same. Returns how many did not."""
        lost = 0
        for sector, versions in self.cache.items():
            if rng.random() < kept:
                os.pwrite(self.file, rng.choice(versions), sector * SECTOR)
            else:
                lost += 1
        self.cache = {}
        os.close(self.file)
        return lost

    def _serve(self):
        try:
            client, _ = self.listener.accept()
        except OSError:
            return
        with client:
            try:
                self._handshake(client)
                while self._request(client):
                    pass
            except (Gone, OSError):
                pass

    @staticmethod
    def _receive(client, size):
        parts = []
        while size:
            part = client.recv(min(size, 1 << 20))
            if not part:
                raise Gone()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _unpack(self, client, form):
        return struct.unpack(form, self._receive(client, struct.calcsize(form)))

    def _handshake(self, client):
        client.sendall(struct.pack(">QQH", MAGIC, OPTION_MAGIC,
                                   FIXED_NEWSTYLE | NO_ZEROES))
        flags, = self._unpack(client, ">I")
        export = struct.pack(">QH", self.size, HAS_FLAGS | SEND_FLUSH | SEND_FUA)
        while True:
            _, option, length = self._unpack(client, ">QII")
            self._receive(client, length)

            def reply(kind, data=b"", option=option):
                client.sendall(struct.pack(">QIII", REPLY_MAGIC, option, kind,
                                           len(data)) + data)

            if option == OPTION_EXPORT:
                padding = b"" if flags & NO_ZEROES else bytes(124)
                client.sendall(export + padding)
                return
            if option in (OPTION_GO, OPTION_INFO):
                reply(REPLY_INFO, struct.pack(">H", INFO_EXPORT) + export)
                reply(REPLY_ACK)
                if option == OPTION_GO:
                    return
            elif option == OPTION_ABORT:
                reply(REPLY_ACK)
                raise Gone()
            else:
                reply(REPLY_UNKNOWN)

    def _request(self, client):
        _, flags, kind, handle, offset, length = self._unpack(client, ">IHHQQI")
        data, answer, error = b"", b"", 0
        if kind == WRITE:
            data = self._receive(client, length)
        if kind == DISCONNECT:
            return False
        if kind not in (READ, WRITE, FLUSH) or (offset | length) % SECTOR or \
                offset + length > self.size:
            error = EINVAL
        elif kind == READ:
            answer = self._read(offset, length)
        elif kind == WRITE:
            self._write(offset, data, flags & COMMAND_FUA)
        else:
            self._flush()
        client.sendall(struct.pack(">IIQ", SIMPLE_REPLY, error, handle) + answer)
        return True

    def _read(self, offset, length):
        data = bytearray(os.pread(self.file, length, offset))
        for at in range(0, length, SECTOR):
            versions = self.cache.get((offset + at) // SECTOR)
            if versions:
                data[at:at + SECTOR] = versions[-1]
        return bytes(data)

    def _write(self, offset, data, fua):
        self.writes += 1
        for at in range(0, len(data), SECTOR):
            sector = (offset + at) // SECTOR
            self.cache.setdefault(sector, []).append(data[at:at + SECTOR])
            if fua and not self.lies:
                os.pwrite(self.file, self.cache.pop(sector)[-1], sector * SECTOR)

    def _flush(self):
        self.flushes += 1
        if self.lies:
            return
        for sector, versions in self.cache.items():
            os.pwrite(self.file, versions[-1], sector * SECTOR)
        self.cache = {}
