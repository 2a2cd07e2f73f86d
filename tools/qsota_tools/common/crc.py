"""CRC-32/MPEG-2, the sum that the cloud shows next to MD5 and SHA-256. Runs on MicroPython too."""

import binascii

_MIRROR = bytes(sum(((byte >> bit) & 1) << (7 - bit) for bit in range(8)) for byte in range(256))


def crc32_mpeg2(data):
    """CRC-32/MPEG-2 of data: the mirror image of the usual CRC-32, without its final inversion."""
    crc = binascii.crc32(bytes([_MIRROR[byte] for byte in data])) ^ 0xFFFFFFFF
    return sum(_MIRROR[(crc >> shift) & 0xFF] << (24 - shift) for shift in (0, 8, 16, 24))
