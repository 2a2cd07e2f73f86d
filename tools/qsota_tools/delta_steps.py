"""The steps of a delta, as `qsota.delta` takes them: written here, applied there."""

from collections.abc import Iterator

from qsota_tools.alignment import Costs, Part, align

_JUMPS, _NEW = 1, 2
# No single guess of what compression will make of a byte is the best for every pair of images.
_GUESSES = [
    Costs(0.02, 9, 6, 30),
    Costs(0.02, 13, 6, 36),
    Costs(0.02, 18, 6.5, 44),
]


def all_steps(old: bytes, new: bytes) -> Iterator[bytes]:
    """Different ways to make new out of old, each as the bytes of its steps."""
    for parts in align(old, new, _GUESSES):
        yield b"".join(_steps(old, new, parts))


def _steps(old: bytes, new: bytes, parts: list[Part]) -> Iterator[bytes]:
    base = 0  # the decoder's position in old
    same, kind, data = 0, 0, b""  # the step in the making
    for part in _without_first_jump(parts):
        if part.diagonal is None:
            # New bytes end a step that had room for them, or make one of their own.
            if data:
                yield _step(same, kind, data)
                same = 0
            kind, data = _NEW, new[part.start : part.end]
            continue
        start = part.start + part.diagonal
        if same or data:
            yield _step(same, kind, data, start - base)
        base = start + part.end - part.start
        *whole, (same, kind, data) = _runs(old[start:base], new[part.start : part.end])
        for run in whole:
            yield _step(*run)
    if same or data:
        yield _step(same, kind, data)


def _without_first_jump(parts: list[Part]) -> Iterator[Part]:
    """A jump follows a step, so a first part that needs one gives its first byte as new."""
    for part in parts:
        if part.start == 0 and part.diagonal:
            yield Part(0, 1, None)
            part = part._replace(start=1)
        if part.start < part.end:
            yield part


def _runs(old: bytes, new: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(equal bytes, kind, differences after them) for two pieces of the same length."""
    at, end = 0, len(new)
    while at < end:
        start = at
        while at < end and old[at] == new[at]:
            at += 1
        same, start = at - start, at
        while at < end and old[at] != new[at]:
            at += 1
        yield same, 0, bytes((new[i] - old[i]) & 0xFF for i in range(start, at))


def _step(same: int, kind: int, data: bytes, jump: int = 0) -> bytes:
    rest = len(data) << 2 | kind
    if jump == 0:
        return _number(same) + _number(rest) + data
    folded = 2 * jump if jump > 0 else -2 * jump - 1
    return _number(same) + _number(rest | _JUMPS) + _number(folded) + data


def _number(value: int) -> bytes:
    digits = bytearray()
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*digits, value))
