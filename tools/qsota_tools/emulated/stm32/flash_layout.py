"""The flash inside the chips: what is where."""

from typing import NamedTuple

BASE = 0x08000000
_KB = 1024
_SMALL = [(n * 16 * _KB, 16 * _KB) for n in range(4)] + [(64 * _KB, 64 * _KB)]


class FlashLayout(NamedTuple):
    """Offsets and sizes: of each sector, and of the storage that MicroPython mounts if it has no
    other."""

    size: int
    sectors: list[tuple[int, int]]
    storage: tuple[int, int]


def _even(size: int, step: int, start: int = 0) -> list[tuple[int, int]]:
    return [(at, step) for at in range(start, size, step)]


LAYOUTS = {
    "H743": FlashLayout(2048 * _KB, _even(2048 * _KB, 128 * _KB), (1536 * _KB, 512 * _KB)),
    "F405": FlashLayout(
        1024 * _KB, _SMALL + _even(1024 * _KB, 128 * _KB, 128 * _KB), (16 * _KB, 112 * _KB)
    ),
    "F411": FlashLayout(
        512 * _KB, _SMALL + _even(512 * _KB, 128 * _KB, 128 * _KB), (16 * _KB, 64 * _KB)
    ),
}
