"""How the steps of a delta are written; `qsota.update.delta` reads them.

Runs on CPython and on MicroPython.
"""

_JUMPS, _NEW = 1, 2


def step(same, data=b"", new=False, jump=0):
    """One step: copy `same` bytes, then differences (or new bytes), then jump in the base."""
    rest = len(data) << 2 | (_NEW if new else 0) | (_JUMPS if jump else 0)
    out = number(same) + number(rest)
    if jump:
        out += number(2 * jump if jump > 0 else -2 * jump - 1)
    return out + data


def number(value):
    """Seven bits in a byte, the lowest first; all bytes but the last have their top bit set."""
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    digits.append(value)
    return bytes(digits)
