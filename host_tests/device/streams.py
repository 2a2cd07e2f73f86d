"""Streams made by hand, and what the device makes of streams."""

from qsota.update.delta import Patch
from qsota.update.inflate import Inflater
from util import drive


class Bits:
    """Bits as they follow each other in a DEFLATE stream."""

    def __init__(self):
        self._value = self._count = 0
        self._bytes = bytearray()

    def number(self, value, count):
        """Lowest bit first, as all but Huffman codes."""
        self._value |= value << self._count
        self._count += count
        while self._count >= 8:
            self._bytes.append(self._value & 0xFF)
            self._value >>= 8
            self._count -= 8

    def code(self, value, count):
        """A Huffman code: highest bit first."""
        for bit in range(count - 1, -1, -1):
            self.number(value >> bit & 1, 1)

    def done(self):
        if self._count:
            self.number(0, 8 - self._count)
        return bytes(self._bytes)


def match(bits, distance):
    """A match of 258 bytes at that distance (1 to 4, or as distance code and extra bits)."""
    bits.code(0b11000101, 8)
    code, extra, count = distance if isinstance(distance, tuple) else (distance - 1, 0, 0)
    bits.code(code, 5)
    bits.number(extra, count)


def zeros(matches):
    """A stream of 1 + 258 * matches zero bytes in 13 bits per match."""
    bits = Bits()
    bits.number(0b011, 3)  # the last block, with the fixed codes
    bits.code(0x30, 8)
    for _ in range(matches):
        match(bits, 1)
    bits.code(0, 7)
    return bits.done()


def inflated(stream, piece=1000, window_bits=9):
    """A DEFLATE stream that comes in pieces, unpacked."""
    out = bytearray()
    inflater = Inflater(window_bits, out.extend)
    view = memoryview(stream)
    for at in range(0, len(stream), piece):
        drive(inflater.write(view[at : at + piece]))
    drive(inflater.finish())
    return out


class Base:
    """The running image; a read outside of it is an error of the code under test."""

    def __init__(self, image):
        self.size = len(image)
        self._image = image

    def read(self, offset, buf):
        assert 0 <= offset and offset + len(buf) <= self.size
        buf[:] = self._image[offset : offset + len(buf)]


def patched(base, steps, piece=1000):
    """The image that a delta's steps, which come in pieces, make of base."""
    out = bytearray()
    patch = Patch(Base(base), out.extend)
    view = memoryview(steps)
    for at in range(0, len(steps), piece):
        drive(patch.write(view[at : at + piece]))
    return out
