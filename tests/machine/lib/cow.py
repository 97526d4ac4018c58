# SPDX-License-Identifier: GPL-2.0
"""COW files of ubd, written and read by other code than the driver's.

A header, a bitmap (bit n of it: sector n is in this file, not in the backing
file; the lowest bit of a byte first), then a place for each sector."""

import os
import struct

MAGIC = 0x4f4f4f4d
SECTOR = 512

# magic, version, path, mtime, size, sector; version 1 in the host's byte order
V1 = struct.Struct("<II256sIQI")
V2 = struct.Struct(">II4096sIQI")
# magic, version, mtime, size, sector, alignment, format, path
V3 = struct.Struct(">IIIQIII4096s")
# the same with the padding of 64-bit hosts, as written until 2005; mtime is in
# the upper half of its 8 bytes
V3_BROKEN = struct.Struct(">IIIIQIII4096s4x")
HEADERS = {1: V1, 2: V2, 3: V3, "3-broken": V3_BROKEN}


def header(version, backing, mtime, size, sector=SECTOR, align=4096, kind=0):
    path = os.fsencode(backing)
    if version in (1, 2):
        return HEADERS[version].pack(MAGIC, version, path, mtime, size, sector)
    if version == 3:
        return V3.pack(MAGIC, 3, mtime, size, sector, align, kind, path)
    return V3_BROKEN.pack(MAGIC, 3, mtime, 0, size, sector, align, kind, path)


def layout(version, size, align=4096):
    """Where the bitmap is, and where the data."""
    def up(n, unit):
        return (n + unit - 1) // unit * unit

    sectors = (size + SECTOR - 1) // SECTOR
    head = HEADERS[version].size
    if version in (1, 2):
        # its writers made no room for the last bits of an odd number of sectors
        bitmap = head
        return bitmap, up(bitmap + sectors // 8, SECTOR)
    bitmap = up(head, align)
    return bitmap, up(bitmap + (sectors + 7) // 8, align)


class Cow:
    """One to read: its fields, and the disk that it makes with its backing file."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as f:
            head = f.read(8192)
        align = 4096
        if struct.unpack_from("<II", head) == (MAGIC, 1):
            self.version = 1
            _, _, name, self.mtime, self.size, sector = V1.unpack_from(head)
        elif struct.unpack_from(">II", head) == (MAGIC, 2):
            self.version = 2
            _, _, name, self.mtime, self.size, sector = V2.unpack_from(head)
        elif struct.unpack_from(">II", head) != (MAGIC, 3):
            raise ValueError(f"{path} is no COW file")
        elif head[V3.size - 4096:][:4] != bytes(4):
            self.version = 3
            _, _, self.mtime, self.size, sector, align, _, name = \
                V3.unpack_from(head)
        else:
            self.version = "3-broken"
            _, _, self.mtime, _, self.size, sector, align, _, name = \
                V3_BROKEN.unpack_from(head)
        if sector != SECTOR:
            raise ValueError(f"{path} has sectors of {sector} bytes")
        self.align = align
        self.backing = os.fsdecode(name.split(b"\0")[0])
        self.bitmap_at, self.data_at = layout(self.version, self.size, align)

    def changed(self):
        """The numbers of the sectors that are in this file."""
        sectors = (self.size + SECTOR - 1) // SECTOR
        with open(self.path, "rb") as f:
            f.seek(self.bitmap_at)
            bits = f.read((sectors + 7) // 8)
        return [n for n in range(min(sectors, 8 * len(bits)))
                if bits[n // 8] >> n % 8 & 1]

    def merged(self):
        """All sectors; the last one is made full with zeros."""
        backing = os.path.join(os.path.dirname(self.path), self.backing)
        with open(backing, "rb") as f:
            disk = bytearray(f.read())
        disk += bytes(-len(disk) % SECTOR)
        with open(self.path, "rb") as f:
            for n in self.changed():
                f.seek(self.data_at + n * SECTOR)
                data = f.read(SECTOR)
                disk[n * SECTOR:(n + 1) * SECTOR] = data + bytes(SECTOR - len(data))
        return bytes(disk)


def create(path, backing, changed=(), version=3, align=4096, name=None):
    """A COW file with these sectors: pairs of number and data."""
    status = os.stat(backing)
    size = status.st_size
    bitmap_at, data_at = layout(version, size, align)
    bits = bytearray(((size + SECTOR - 1) // SECTOR + 7) // 8)
    with open(path, "wb") as f:
        f.write(header(version, name or backing, int(status.st_mtime), size,
                       align=align))
        for number, data in changed:
            bits[number // 8] |= 1 << number % 8
            f.seek(data_at + number * SECTOR)
            f.write(data)
        if bitmap_at + len(bits) > data_at:
            raise ValueError(f"{path}: no room for the bitmap of {size} bytes")
        f.seek(bitmap_at)
        f.write(bits)
        f.truncate(data_at + (size + SECTOR - 1) // SECTOR * SECTOR)
