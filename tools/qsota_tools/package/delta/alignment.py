"""Finds, for every part of a new image, where it comes from in the old one.

The parts are those of the cheapest description: each byte of the new image is either taken from
the old one on some diagonal (position in old minus position in new), at next to no cost where it
is equal and at some where it is not, or is new; to change the diagonal has its price, too.
"""

from collections.abc import Callable, Iterator
from math import inf
from typing import NamedTuple

import numpy

from qsota_tools.common.progress import Share
from qsota_tools.package.delta.suffixes import match_starts, neighbours

_MATCH_MIN = 3  # nothing shorter pays for a change of the diagonal
_MATCH_MIN_LARGE = 8  # where shorter matches are everywhere by chance
_LARGE = 1 << 19  # bytes
_TOLD_EACH = 1 << 14  # bytes
_STRIDE = 64  # bytes that are compared at first to see how far a diagonal goes


class Costs(NamedTuple):
    """What a byte costs in bits once everything is compressed, roughly."""

    equal: float
    different: float
    new: float
    change: float


class Part(NamedTuple):
    """new[start:end] comes from old on this diagonal, or is new where that is None."""

    start: int
    end: int
    diagonal: int | None


class Matches:
    """The diagonals of the longest matches of each position of new, at most two."""

    def __init__(self, old: bytes, new: bytes):
        length = _MATCH_MIN if len(old) + len(new) < _LARGE else _MATCH_MIN_LARGE
        above, below = neighbours(old, new)
        starts = match_starts(old, new, above, length), match_starts(old, new, below, length)
        starts[1][above == below] = False
        at = numpy.arange(len(new))
        self._above = (above - at).tolist()
        self._below = (below - at).tolist()
        self._has_above, self._has_below = starts[0].tobytes(), starts[1].tobytes()
        some = numpy.where(starts[0] | starts[1], at, len(new))
        self._next = numpy.minimum.accumulate(some[::-1])[::-1].tolist()

    def at(self, position: int) -> list[int]:
        found = []
        if self._has_above[position]:
            found.append(self._above[position])
        if self._has_below[position]:
            found.append(self._below[position])
        return found

    def next(self, position: int) -> int:
        """The first position from this one on that has a match; or the end."""
        return self._next[position]


class _Reach:
    """How far the images are equal on a diagonal."""

    def __init__(self, old: bytes, new: bytes):
        self._old, self._new = memoryview(old), memoryview(new)
        self._known: dict[int, int] = {}  # where the equal bytes end that were looked at

    def __call__(self, diagonal: int, at: int) -> int:
        """The first position from `at` on that differs, or where one of the images ends."""
        if self._known.get(diagonal, -1) >= at:
            return self._known[diagonal]
        end = self._find(diagonal, at)
        self._known[diagonal] = end
        return end

    def _find(self, diagonal: int, at: int) -> int:
        old, new = self._old, self._new
        last = min(len(new), len(old) - diagonal)
        stride = _STRIDE
        while at < last:
            end = min(at + stride, last)
            if old[at + diagonal : end + diagonal] == new[at:end]:
                at, stride = end, 2 * stride
            elif end - at == 1:
                return at
            else:
                stride = (end - at) // 2
        return at


def align(
    old: bytes, new: bytes, all_costs: list[Costs], share: Share | None = None
) -> Iterator[list[Part]]:
    """For each of the costs the parts of new, in order, of the lowest total cost.

    share: told now and then how many of how many bytes are done, all costs together.
    """
    matches = Matches(old, new) if old and new else None
    for number, costs in enumerate(all_costs):

        def tell(at: int, number: int = number) -> None:
            if share:
                share(number * len(new) + at, len(all_costs) * len(new))

        yield _cheapest(old, new, costs, matches, tell)


def _cheapest(
    old: bytes, new: bytes, costs: Costs, matches: Matches | None, tell: Callable[[int], None]
) -> list[Part]:
    # A trail is (diagonal, where it starts in new, trail before it), the way to a total.
    best, best_trail = 0.0, None
    totals: dict[int | None, float] = {}
    trails: dict[int | None, tuple] = {}
    reach = _Reach(old, new)
    at, size, equal = 0, len(new), costs.equal
    told = 0
    while at < size:
        if at >= told:
            tell(at)
            told = at + _TOLD_EACH
        if steps := _same_for_all(totals, at, size, matches, reach):
            step = costs.new if None in totals else equal
            for diagonal in totals:
                totals[diagonal] += steps * step
            best += steps * step
            at += steps
            continue
        for diagonal in (None, *(matches.at(at) if matches else ())):
            if diagonal not in totals:
                totals[diagonal] = best + costs.change
                trails[diagonal] = (diagonal, at, best_trail)
        for diagonal in totals:
            if diagonal is None:
                totals[diagonal] += costs.new
            elif not 0 <= at + diagonal < len(old):
                totals[diagonal] = inf
            else:
                is_equal = old[at + diagonal] == new[at]
                totals[diagonal] += equal if is_equal else costs.different
        leader = min(totals, key=totals.__getitem__)
        best, best_trail = totals[leader], trails[leader]
        # One that is behind by a change is dropped: to come back to it costs no more than that.
        totals = {d: total for d, total in totals.items() if total < best + costs.change}
        at += 1
    return _parts(best_trail, size)


def _same_for_all(
    totals: dict[int | None, float], at: int, size: int, matches: Matches | None, reach: _Reach
) -> int:
    """For how many positions nothing can be decided: all ways go on at the same cost, and one that
    begins there is behind by a change."""
    if not totals:
        return 0
    if None in totals:
        if len(totals) > 1:
            return 0
        return (matches.next(at) if matches else size) - at
    return min(reach(diagonal, at) for diagonal in totals) - at


def _parts(trail: tuple | None, end: int) -> list[Part]:
    parts = []
    while trail:
        diagonal, start, trail = trail
        parts.append(Part(start, end, diagonal))
        end = start
    return parts[::-1]
