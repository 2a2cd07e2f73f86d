"""Packages for the bench, of every kind, made without a compressor: MicroPython has none.

Runs on CPython and on MicroPython.
"""

from hashlib import sha256

from qsota.update import package


def image(version, size=5000):
    """The image of a version, not a ROMFS: the bench does not mount it."""
    block = sha256(version.encode()).digest()
    return (block * (size // 32 + 1))[:size]


def plain(version, size=5000, **changed):
    """A plain package of image(version, size); changed as in make()."""
    content = image(version, size)
    return make(package.PLAIN, content, content, version=version, **changed)


def recall(version, size=5000, **changed):
    """A recall of image(version, size); changed as in make()."""
    return make(package.RECALL, image(version, size), b"", version=version, **changed)


def make(kind, content, payload, base=b"", **changed):
    """A package with that payload for the image `content`; header fields may be changed."""
    fields = {
        "kind": kind,
        "flags": 0,
        "window_bits": 9 if kind in (package.DEFLATE, package.DELTA) else 0,
        "loader": 1,
        "counter": 0,
        "payload_size": len(payload),
        "image_size": len(content),
        "base_size": len(base),
        "key_id": 0,
        "image_sha256": sha256(content).digest(),
        "base_sha256": sha256(base).digest() if base else bytes(32),
        "board": "BENCH",
        "component": "MCU",
        "version": "2_0_0",
    }
    fields.update(changed)
    head = bytearray(package.HEADER_SIZE)
    package.pack(package.Header(**fields), head)
    return bytes(head) + payload


def stored(data, block=60000):
    """A DEFLATE stream of blocks that are not compressed."""
    out = b""
    for at in range(0, len(data) or 1, block):
        piece = data[at : at + block]
        n = len(piece)
        last = at + block >= len(data)
        out += bytes((last, n & 0xFF, n >> 8, ~n & 0xFF, ~n >> 8 & 0xFF)) + piece
    return out
