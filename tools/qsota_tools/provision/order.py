"""Where the files of a pack lie in it, by the blocks of the root's file system: a function runs in
place on a board unless it lies in two of them, so as few as possible shall; and no read may end
where a block begins."""

import bisect
from typing import NamedTuple

_POINTER = 4  # bytes; LittleFS begins each block of a file but the first with some of them


class Part(NamedTuple):
    """A file as it is in the pack: its bytes in all, (begin, end) of each function in it, and
    where in it reads of the board end."""

    size: int
    functions: list[tuple[int, int]]
    reads: tuple[int, ...]


def for_blocks(parts: dict[str, Part], start: int, block: int) -> dict[str, int]:
    """Where each part begins in the pack, in that order; the first at `start` or some bytes behind
    it. block: bytes of one in the root's file system.

    After a read up to the first byte of a block, LittleFS 2.8, which MicroPython 1.25 has, takes
    what it has read of the block before for the block that begins there, if the next seek goes
    into that (lfs2_file_seek_). So no read ends there.

    Next comes what loses the smallest share of itself there. Of 7.0 KB that lie in two blocks of
    512 bytes in the order of names 2.1 KB are left, and none of 0.6 KB in blocks of 4096; to try
    2,000 changes of this order found nothing better.
    """
    ends = _ends(block, start + sum(part.size + block for part in parts.values()))
    if start in ends:
        raise AssertionError("the index of the pack ends where a block does")
    left, places, at = sorted(parts), {}, start
    while left:
        name = min(left, key={name: _share(parts[name], at, ends) for name in left}.get)
        left.remove(name)
        while any(at + read in ends for read in parts[name].reads):
            at += 1
        places[name] = at
        at += parts[name].size
    return places


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
