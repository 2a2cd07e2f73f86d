"""The module's one OTA file: a block of the package, from its start in the package on."""

import binascii
import hashlib


class Block:
    def __init__(self):
        self.drop()

    def drop(self):
        """The file is erased, and what it was part of is forgotten."""
        self.firmware = None
        self.start = self.size = 0
        self._data = bytearray()

    def first(self, firmware, free):
        """The first block of a package; free flash below 0 is what an underflow makes of it."""
        self.firmware = firmware
        self.start = 0
        self.size = firmware.size if free < 0 else min(firmware.size, free)

    @property
    def total(self):
        """Bytes of the whole package, 0 while there is none."""
        return self.firmware.size if self.firmware else 0

    @property
    def last(self):
        return self.start + self.size >= self.total

    def shrink(self):
        """No longer than what is left of the package."""
        self.size = min(self.size, self.total - self.start)

    def fill(self, body):
        """Each block overwrites the file from its start; what is longer stays."""
        self._data[: len(body)] = body

    def read(self, start, length):
        """The bytes, clipped to the block; b"" outside of it."""
        offset, end = start - self.start, self.start + self.size
        if not self.start <= start < end:
            return b""
        return bytes(self._data[offset : offset + min(length, end - start)])

    def md5(self):
        """Of the file, as lower-case text."""
        return binascii.hexlify(hashlib.md5(self._data).digest()).decode()
