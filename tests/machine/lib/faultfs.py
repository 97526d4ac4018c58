# SPDX-License-Identifier: GPL-2.0
"""A file that fails on demand: a FUSE file system of one file (its root is the
file), served by a thread of the test by the protocol of /dev/fuse. What the test
mounts is in a mount namespace of its own and goes when the test ends."""

import ctypes
import dataclasses
import errno
import os
import struct
import threading
import time

IN = struct.Struct("=IIQQIIIHH")
OUT = struct.Struct("=IiQ")
GETATTR, SETATTR, OPEN, READ, WRITE, STATFS = 3, 4, 14, 15, 16, 17
RELEASE, FSYNC, FLUSH, INIT, FALLOCATE = 18, 20, 25, 26, 43
NO_ANSWER = (2, 36, 42)         # FORGET, INTERRUPT, BATCH_FORGET
ASYNC_READ, BIG_WRITES, ASYNC_DIO = 1, 1 << 5, 1 << 15
SET_SIZE = 1 << 3
DIRECT_IO = 1                   # the host keeps nothing of it in its page cache
MAX_WRITE = 128 << 10
BACKGROUND = 4096               # requests in flight; with more, io_submit() would block
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 16384, 1 << 18

libc = ctypes.CDLL(None, use_errno=True)


class Unavailable(Exception):
    """There is no FUSE here, or no mount namespace; the reason."""


def call(name, *args):
    if getattr(libc, name)(*args):
        number = ctypes.get_errno()
        raise Unavailable(f"{name}: {os.strerror(number)}")


def namespace_enter():
    """Once per test: what is mounted from here on only this test sees."""
    call("unshare", CLONE_NEWNS)
    call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)


def mount(kind, place, options=""):
    call("mount", b"none", os.fsencode(place), kind.encode(), 0, options.encode())


def unmount(place):
    call("umount2", os.fsencode(place), 2)


@dataclasses.dataclass
class Fault:
    """Requests of a kind (read write fsync fallocate) that touch bytes from
    first up to last fail with this error, or move at most `short` bytes; count
    times, or for ever, the first `skip` not; each after `delay` seconds. hits: how
    often it happened."""
    kind: str
    error: int = 0
    first: int = 0
    last: int = 1 << 62
    short: int = -1
    count: int = 1 << 62
    skip: int = 0
    delay: float = 0
    hits: int = 0

    def fits(self, kind, offset, length):
        return kind == self.kind and self.hits < self.count and \
            (kind == "fsync" or offset < self.last and offset + length > self.first)


class FaultFile:
    """path looks like the file `store` (both exist). faults: may be changed at
    any time; calls: the kinds of requests there were, with offset and length.
    The host turns a short write of asynchronous I/O into EIO; sync=True: there is
    none. The test must not end with this file open: nobody would answer close()."""

    def __init__(self, path, store, sync=False):
        self.path, self.faults, self.calls = path, [], []
        self.holding, self.held = False, []
        self.lock = threading.Lock()
        self.flags = ASYNC_READ | BIG_WRITES | (0 if sync else ASYNC_DIO)
        self.file = os.open(store, os.O_RDWR | os.O_CLOEXEC)
        try:
            self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        except OSError as error:
            raise Unavailable(f"/dev/fuse: {error.strerror}") from error
        mount("fuse", path, f"fd={self.device},rootmode=100000,user_id={os.getuid()},"
              f"group_id={os.getgid()}")
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def fail(self, kind, error=0, **more):
        """From now on; `clear` ends it. Returns the Fault."""
        fault = Fault(kind, error, **more)
        self.faults.append(fault)
        return fault

    def clear(self):
        self.faults = []

    def hold(self):
        """From now on reads and writes get no answer; `held` has those that wait."""
        self.holding = True

    def release(self):
        """They get it, and new ones again."""
        with self.lock:
            self.holding = False
            held, self.held = self.held, []
        for request in held:
            self.reply(*request)

    def close(self):
        self.clear()
        self.release()
        unmount(self.path)
        self.thread.join(10)
        os.close(self.device)
        os.close(self.file)

    def serve(self):
        while True:
            try:
                request = os.read(self.device, MAX_WRITE + 8192)
            except OSError as error:
                if error.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                    continue
                return          # ENODEV: unmounted
            _, opcode, unique, *_ = IN.unpack_from(request)
            if opcode in NO_ANSWER:
                continue
            with self.lock:
                if self.holding and opcode in (READ, WRITE):
                    self.held.append((opcode, unique, request))
                    continue
            self.reply(opcode, unique, request)

    def reply(self, opcode, unique, request):
        try:
            answer, error = self.answer(opcode, request[IN.size:]), 0
        except OSError as failure:
            answer, error = b"", -failure.errno
        try:
            os.write(self.device, OUT.pack(OUT.size + len(answer), error, unique)
                     + answer)
        except OSError:
            pass                # who asked is gone

    def limit(self, kind, offset, length):
        """How many bytes this request may move; or the error it gets."""
        self.calls.append((kind, offset, length))
        for fault in list(self.faults):
            if not fault.fits(kind, offset, length):
                continue
            if fault.skip:
                fault.skip -= 1
            else:
                fault.hits += 1
                time.sleep(fault.delay)
                if fault.error:
                    raise OSError(fault.error, "as was wanted")
                return min(length, fault.short)
        return length

    def answer(self, opcode, body):
        if opcode == INIT:
            _, minor, ahead, _ = struct.unpack_from("=IIII", body)
            return struct.pack("=IIIIHHIIHHI28x", 7, min(minor, 31), ahead,
                               self.flags, BACKGROUND, BACKGROUND, MAX_WRITE, 1, 0, 0, 0)
        if opcode in (GETATTR, SETATTR):
            valid, _, _, size = struct.unpack_from("=IIQQ", body.ljust(24, b"\0"))
            if opcode == SETATTR and valid & SET_SIZE:
                os.ftruncate(self.file, size)
            return self.attributes()
        if opcode == OPEN:
            return struct.pack("=QII", 0, DIRECT_IO, 0)
        if opcode in (RELEASE, FLUSH):
            return b""
        if opcode == STATFS:
            return struct.pack("=QQQQQIIII24x", 1 << 30, 1 << 30, 1 << 30, 1 << 20,
                               1 << 20, 4096, 255, 4096, 0)
        return self.transfer(opcode, body)

    def transfer(self, opcode, body):
        if opcode == READ:
            _, offset, size = struct.unpack_from("=QQI", body)
            return os.pread(self.file, self.limit("read", offset, size), offset)
        if opcode == WRITE:
            _, offset, size = struct.unpack_from("=QQI", body)
            size = self.limit("write", offset, size)
            os.pwrite(self.file, body[40:40 + size], offset)
            return struct.pack("=II", size, 0)
        if opcode == FSYNC:
            self.limit("fsync", 0, 0)
            return b""
        if opcode == FALLOCATE:
            _, offset, length, mode = struct.unpack_from("=QQQI", body)
            self.limit("fallocate", offset, length)
            libc.fallocate64.argtypes = [ctypes.c_int, ctypes.c_int,
                                         ctypes.c_int64, ctypes.c_int64]
            if libc.fallocate64(self.file, mode, offset, length):
                raise OSError(ctypes.get_errno(), "fallocate")
            return b""
        raise OSError(errno.ENOSYS, "unknown request")

    def attributes(self):
        st = os.fstat(self.file)
        return struct.pack("=QIIQQQQQQIIIIIIIIII", 0, 0, 0, 1, st.st_size,
                           st.st_blocks, int(st.st_atime), int(st.st_mtime),
                           int(st.st_ctime), 0, 0, 0, st.st_mode, 1, os.getuid(),
                           os.getgid(), 0, 4096, 0)
