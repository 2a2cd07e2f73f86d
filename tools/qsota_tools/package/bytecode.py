"""Where the bytecode of each function is in an .mpy file, by which a board runs it in place: see
firmware/qsota/boot/in_place.py. The format is that of MicroPython's py/persistentcode.c."""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

_HEADER = 4  # "M", version, features, bits of a small int
# Kinds of objects: without data, and with a zero behind a text that is not counted.
_BARE = range(5)
_TEXTS = (5, 6)
_TUPLE = 10
_KIND, _CHILDREN, _SIZE = 3, 4, 3  # of the number before a function: two bits, one, the rest
_BYTECODE = 0
_SHORTEST = 4  # the board's key of a function is its third and fourth byte


class Function(NamedTuple):
    """depth: 0 of the module's own code, which runs once; number: where its kind and size are."""

    depth: int
    number: int
    place: int
    size: int


def functions(data: bytes) -> list[Function]:
    """All the bytecode in an .mpy file, each before what is within it; ValueError for anything
    else, native code too."""
    reader = _Reader(data)
    names, objects = reader.number(), reader.number()
    for _ in range(names):
        reader.skip_name()
    for _ in range(objects):
        reader.skip_object()
    found = list(reader.functions())
    if reader.at != len(data):
        raise ValueError("bytes behind the code")
    return found


def leaves(data: bytes) -> list[tuple[int, int]]:
    """(begin, end) of those in an .mpy file that can run in place: what has others within it is
    the module or a class as a rule, and runs once."""
    found = functions(data)
    following = [*(each.depth for each in found[1:]), 0]
    return [
        (each.place, each.place + each.size)
        for each, depth in zip(found, following, strict=True)
        if each.depth and depth <= each.depth
    ]


def start(data: bytes) -> int:
    """Where the bytecode of an .mpy file begins, which ends it: the number before the module's.

    ValueError if one function's begins as all of another one reads: the board compares as many
    bytes as the one has, and could take the other for it; or if one is too short for its key.
    """
    found = functions(data)
    codes = sorted({data[each.place : each.place + each.size] for each in found})
    for code, following in itertools.pairwise(codes):
        if following.startswith(code):
            raise ValueError(f"bytecode that begins as another's: {code!r}")
    if min(map(len, codes)) < _SHORTEST:
        raise ValueError("bytecode without a key")
    return found[0].number


class _Reader:
    def __init__(self, data: bytes):
        self._data, self.at = data, _HEADER

    def number(self) -> int:
        """7 bits a byte, the highest first."""
        value = 0
        while True:
            byte = self._data[self.at]
            self.at += 1
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value

    def skip_name(self) -> None:
        size = self.number()
        if not size & 1:  # else it is one of those that MicroPython has
            self.at += (size >> 1) + 1

    def skip_object(self) -> None:
        kind = self._data[self.at]
        self.at += 1
        if kind in _BARE:
            return
        size = self.number()
        if kind == _TUPLE:
            for _ in range(size):
                self.skip_object()
        else:
            self.at += size + (kind in _TEXTS)

    def functions(self, depth: int = 0) -> Iterator[Function]:
        at, head = self.at, self.number()
        if head & _KIND != _BYTECODE:
            raise ValueError("native code")
        yield Function(depth, at, self.at, head >> _SIZE)
        self.at += head >> _SIZE
        if head & _CHILDREN:
            for _ in range(self.number()):
                yield from self.functions(depth + 1)
