"""CRC-32/MPEG-2, the sum that the cloud shows next to MD5 and SHA-256. Runs on MicroPython too."""

import binascii

_MIRROR = bytes(sum(((byte >> bit) & 1) << (7 - bit) for bit in range(8)) for byte in range(256))
START = 0xFFFFFFFF


def crc32_mpeg2(data, crc=START):
    """CRC-32/MPEG-2 of data, or of what has the sum crc and data behind it.

    It is the mirror image of the usual CRC-32 without its final inversion, so that binascii does
    the work.
    """
    if hasattr(data, "translate"):
        mirrored = data.translate(_MIRROR)
    else:  # MicroPython
        mirrored = bytes([_MIRROR[byte] for byte in data])
    return _reflected(binascii.crc32(mirrored, _reflected(crc) ^ START) ^ START)


def _reflected(value):
    return sum(_MIRROR[(value >> shift) & 0xFF] << (24 - shift) for shift in (0, 8, 16, 24))
