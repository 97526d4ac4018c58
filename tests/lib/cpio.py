# SPDX-License-Identifier: GPL-2.0
"""Write initramfs archives ("newc" cpio) without root and without cpio(1)."""

import os
import stat


class Archive:
    """Collects entries in memory; directories appear before what is in them."""

    def __init__(self):
        self.parts = []
        self.size = 0
        self.inode = 0
        self.dirs = {""}

    def _entry(self, name, mode, data=b"", rdev=(0, 0)):
        self.inode += 1
        path = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0,
                  rdev[0], rdev[1], len(path), 0)
        self._put(b"070701" + b"".join(b"%08X" % f for f in fields) + path)
        self._put(data)

    def _put(self, data):
        """Header with name, and the data, are padded to 4 bytes."""
        data += b"\0" * (-len(data) % 4)
        self.parts.append(data)
        self.size += len(data)

    def _parents(self, name):
        parent = os.path.dirname(name)
        if parent not in self.dirs:
            self.directory(parent)

    def directory(self, name):
        name = name.strip("/")
        if name in self.dirs:
            return
        self._parents(name)
        self.dirs.add(name)
        self._entry(name, stat.S_IFDIR | 0o755)

    def data(self, name, data, mode=0o644):
        name = name.strip("/")
        self._parents(name)
        if isinstance(data, str):
            data = data.encode()
        self._entry(name, stat.S_IFREG | mode, data)

    def file(self, name, source):
        mode = 0o755 if os.access(source, os.X_OK) else 0o644
        with open(source, "rb") as f:
            self.data(name, f.read(), mode)

    def tree(self, name, source):
        """A file, or a directory with all that is in it."""
        if not os.path.isdir(source):
            self.file(name, source)
            return
        self.directory(name)
        for entry in sorted(os.listdir(source)):
            self.tree(name + "/" + entry, os.path.join(source, entry))

    def device(self, name, mode, major, minor):
        name = name.strip("/")
        self._parents(name)
        self._entry(name, stat.S_IFCHR | mode, b"", (major, minor))

    def link(self, name, target):
        name = name.strip("/")
        self._parents(name)
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def finish(self):
        """The archive. Two archives may follow each other: the size is a
        multiple of 512, as the padding between them has to be zero bytes."""
        self._entry("TRAILER!!!", 0)
        self.parts.append(b"\0" * (-self.size % 512))
        return b"".join(self.parts)
