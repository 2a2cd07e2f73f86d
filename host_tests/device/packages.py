"""Packages of every kind, made without a compressor, since the MicroPython VM has none."""

from hashlib import sha256

from qsota import package


def pattern(size, seed=0):
    """Bytes that do not repeat soon."""
    return bytes((i * 7 + (i >> 8) * 31 + seed) & 0xFF for i in range(size))


def make(kind, image, payload, base=b"", **changed):
    """A package with that payload; header fields may be changed."""
    plain = kind == package.PLAIN
    fields = {
        "kind": kind,
        "flags": 0,
        "window_bits": 0 if plain else 9,
        "loader": 1,
        "counter": 0,
        "payload_size": len(payload),
        "image_size": len(image),
        "base_size": len(base),
        "key_id": 0,
        "image_sha256": sha256(image).digest(),
        "base_sha256": sha256(base).digest() if base else bytes(32),
        "board": "BENCH",
        "component": "MCU",
        "version": "2_0_0",
    }
    fields.update(changed)
    head = bytearray(package.HEADER_SIZE)
    package.pack(package.Header(**fields), head)
    return bytes(head) + payload


# --- raw DEFLATE by hand


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


def stored(data, block=60000):
    """A stream of blocks that are not compressed."""
    out = b""
    for at in range(0, len(data) or 1, block):
        piece = data[at : at + block]
        n = len(piece)
        last = at + block >= len(data)
        out += bytes((last, n & 0xFF, n >> 8, ~n & 0xFF, ~n >> 8 & 0xFF)) + piece
    return out


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


# --- the steps of a delta


def number(value):
    out = b""
    while value > 0x7F:
        out += bytes((value & 0x7F | 0x80,))
        value >>= 7
    return out + bytes((value,))


def step(same, data=b"", new=False, jump=0):
    """One step: copy `same` bytes, then differences (or new bytes), then jump."""
    rest = len(data) << 2 | (2 if new else 0) | (1 if jump else 0)
    out = number(same) + number(rest)
    if jump:
        out += number(2 * jump if jump > 0 else -2 * jump - 1)
    return out + data
