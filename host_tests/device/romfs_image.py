"""Builds ROMFS images for the tests, well-formed or not."""

PADDING, VERBATIM, POINTER, DIRECTORY, FILE, FILESYSTEM = 1, 2, 3, 4, 5, 0x14A6B1


def uint(value):
    encoded = bytes([value & 0x7F])
    while value > 0x7F:
        value >>= 7
        encoded = bytes([0x80 | value & 0x7F]) + encoded
    return encoded


def record(kind, payload):
    return uint(kind) + uint(len(payload)) + payload


def named(kind, name, payload):
    name = name if isinstance(name, bytes) else name.encode()
    return record(kind, uint(len(name)) + name + payload)


def file(name, data):
    return named(FILE, name, record(VERBATIM, data))


def pointer(name, size, offset):
    """A file whose data is elsewhere: size bytes at an offset into the image's payload."""
    return named(FILE, name, record(POINTER, uint(size) + uint(offset)))


def folder(name, *entries):
    return named(DIRECTORY, name, b"".join(entries))


def image(*entries):
    return record(FILESYSTEM, b"".join(entries))
