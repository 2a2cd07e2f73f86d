"""The steps of a delta, as `qsota.update.delta` takes them: found here, applied there."""

from collections.abc import Iterator

from qsota_tools.common.progress import Share
from qsota_tools.package.delta.alignment import Costs, Part, align
from qsota_tools.package.delta.coding import step

# No single guess of what compression will make of a byte is the best for every pair of images.
_GUESSES = [
    Costs(0.02, 9, 6, 30),
    Costs(0.02, 13, 6, 36),
    Costs(0.02, 18, 6.5, 44),
]


def all_steps(old: bytes, new: bytes, share: Share | None = None) -> Iterator[bytes]:
    """Different ways to make new out of old, each as the bytes of its steps; share: see align."""
    for parts in align(old, new, _GUESSES, share):
        yield b"".join(_steps(old, new, parts))


def _steps(old: bytes, new: bytes, parts: list[Part]) -> Iterator[bytes]:
    base = 0  # the decoder's position in old
    same, data, added = 0, b"", False  # the step in the making: bytes added or differences
    for part in _without_first_jump(parts):
        if part.diagonal is None:
            # New bytes end a step that had room for them, or make one of their own.
            if data:
                yield step(same, data, added)
                same = 0
            data, added = new[part.start : part.end], True
            continue
        start = part.start + part.diagonal
        if same or data:
            yield step(same, data, added, start - base)
        base = start + part.end - part.start
        *whole, (same, data) = _runs(old[start:base], new[part.start : part.end])
        added = False
        for run in whole:
            yield step(*run)
    if same or data:
        yield step(same, data, added)


def _without_first_jump(parts: list[Part]) -> Iterator[Part]:
    """A jump follows a step, so a first part that needs one gives its first byte as new."""
    for part in parts:
        if part.start == 0 and part.diagonal:
            yield Part(0, 1, None)
            part = part._replace(start=1)
        if part.start < part.end:
            yield part


def _runs(old: bytes, new: bytes) -> Iterator[tuple[int, bytes]]:
    """(equal bytes, differences after them) for two pieces of the same length."""
    at, end = 0, len(new)
    while at < end:
        start = at
        while at < end and old[at] == new[at]:
            at += 1
        same, start = at - start, at
        while at < end and old[at] != new[at]:
            at += 1
        yield same, bytes((new[i] - old[i]) & 0xFF for i in range(start, at))
