"""What a power cut at or inside a flash operation leaves behind, on a NorFlash chip.

The kinds follow what is known of NOR cells: an erase first programs every bit to 0 and then
removes the charge slowly; a program sets its bits one after the other; and a cell that a cut
left half-way may read one value now and another later. Noise is a function of the place and
of the seed, so that a run can be repeated. Runs on CPython and on MicroPython.
"""

from hashlib import sha256

from qsota_tools.proof.lab.nor_flash import Left, PowerCut

_PERIOD = 31 * 32  # bytes of noise before they repeat: no multiple of a program unit
_PLACES = ("first", "middle", "last")  # program units that a cut can hit; those before are whole


def cuts(kind, length, chip):
    """The names of all cuts of an "erase" or a "program" of length bytes."""
    ecc = ["dead"] if chip.program_size < 256 else []
    if kind == "erase":
        return ["before", "after"] + sorted(_ERASES) + ecc
    count = min(len(_PLACES), length // chip.program_size)
    places = _PLACES[:1] + _PLACES[4 - count :]
    return ["before", "after"] + [
        name + "." + place for name in sorted(_PROGRAMS) + ecc for place in places
    ]


def leave(chip, kind, at, length, cut, seed=0):
    """For an on_op hook: the Left of that cut, or PowerCut if it comes before the operation."""
    if cut == "before":
        raise PowerCut()
    key = b"%d %d " % (seed, at) + cut.encode()
    if kind == "erase":
        return _erase(chip, at, length, cut, key)
    return _program(chip, at, length, cut, key)


def _erase(chip, at, length, cut, key):
    old, blank = bytes(chip.content[at : at + length]), b"\xff" * length
    if cut == "after":
        return Left(blank, whole=True)
    if cut == "dead":
        half = length // 2
        return Left(blank[half:] + old[half:], dead=chip.units(at + half, half))
    now, later, reads = _ERASES[cut](old, blank, key)
    return Left(now, 0, later, reads)


def _program(chip, at, length, cut, key):
    data, size, units = chip.writing, chip.program_size, chip.units(at, length)
    if cut == "after":
        return Left(data, len(units))
    name, _, place = cut.partition(".")
    n = {"first": 0, "middle": len(units) // 2, "last": len(units) - 1}[place]
    before, unit = data[: n * size], data[n * size : (n + 1) * size]
    blank, rest = b"\xff" * size, b"\xff" * (length - (n + 1) * size)
    if name == "dead":
        return Left(before + unit + rest, n + 1, dead=units[n : n + 1])
    now, later, reads = _PROGRAMS[name](unit, blank, key)
    return Left(before + now + rest, n + 1, later and before + later + rest, reads)


# What a range reads now, later (None: the same) and after how many reads. Of an erase: the unit
# with its old content; of a program: the program unit that the cut hit, with what it was to hold.

_ERASES = {
    "touched": lambda old, blank, key: (old, None, 1),
    "zeroed": lambda old, blank, key: (bytes(len(old)), None, 1),
    "early": lambda old, blank, key: (_or(old, _noise(key, len(old), 4)), None, 1),
    "half": lambda old, blank, key: (_halves(blank, old), None, 1),
    "spots": lambda old, blank, key: (_minus(blank, _noise(key, len(old), 8)), None, 1),
    "almost": lambda old, blank, key: (_minus(blank, _pick(blank, key)), None, 1),
    "blank": lambda old, blank, key: (blank, None, 1),
    "fading": lambda old, blank, key: (old, blank, 1),
    "fading2": lambda old, blank, key: (old, blank, 2),
    "returning": lambda old, blank, key: (blank, _or(old, _noise(key, len(old), 4)), 1),
}

_PROGRAMS = {
    "touched": lambda data, blank, key: (blank, None, 1),
    "low": lambda data, blank, key: (_halves(data, blank), None, 1),
    "high": lambda data, blank, key: (_halves(blank, data), None, 1),
    "bits": lambda data, blank, key: (_or(data, _noise(key, len(data), 1)), None, 1),
    "almost": lambda data, blank, key: (_or(data, _pick(_inverse(data), key)), None, 1),
    "fading": lambda data, blank, key: (data, _or(data, _noise(key, len(data), 1)), 1),
    "fading2": lambda data, blank, key: (data, _or(data, _noise(key, len(data), 1)), 2),
    "late": lambda data, blank, key: (blank, _or(data, _noise(key, len(data), 1)), 1),
    "returning": lambda data, blank, key: (_or(data, _noise(key, len(data), 1)), data, 1),
}


def _halves(low, high):
    half = len(low) // 2
    return low[:half] + high[half:]


def _noise(key, length, power):
    """length bytes, as an int, in which one bit of 2**power is set at random."""
    block = b"".join([sha256(b"%d " % i + key).digest() for i in range(_PERIOD // 32)])
    stream = block * (length // _PERIOD + 2)
    mask = -1
    for n in range(power):
        mask &= _int(stream[37 * n : 37 * n + length])
    return mask


def _pick(bits, key):
    """One of the bits that are set in bits, at random, as an int."""
    start = _int(sha256(key).digest()[:4]) % (8 * len(bits))
    bits = _int(bits)
    above = bits >> start << start or bits
    return above & -above


def _or(data, mask):
    return (_int(data) | mask).to_bytes(len(data), "little")


def _minus(data, mask):
    return (_int(data) & ~mask).to_bytes(len(data), "little")


def _inverse(data):
    return _minus(b"\xff" * len(data), _int(data))


def _int(data):
    return int.from_bytes(data, "little")
