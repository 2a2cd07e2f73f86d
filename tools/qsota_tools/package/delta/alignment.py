"""Finds, for every part of a new image, where it comes from in the old one.

The parts are those of the cheapest description: each byte of the new image is either taken from
the old one on some diagonal (position in old minus position in new), at next to no cost where it
is equal and at some where it is not, or is new; to change the diagonal has its price, too.
"""

from collections.abc import Iterator
from math import inf
from typing import NamedTuple

_PREFIX = 8  # bytes that the first round of the suffix sort compares at once
_SORTED = 128  # bytes that the suffix sort compares; of longer matches any one will do
_MATCH_MIN = 3  # nothing shorter pays for a change of the diagonal


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


def align(old: bytes, new: bytes, all_costs: list[Costs]) -> Iterator[list[Part]]:
    """For each of the costs the parts of new, in order, of the lowest total cost."""
    matches = _matches(old, new)
    for costs in all_costs:
        yield _cheapest(old, new, costs, matches)


def _cheapest(old: bytes, new: bytes, costs: Costs, matches: list[list[int]]) -> list[Part]:
    # A trail is (diagonal, where it starts in new, trail before it), the way to a total.
    best, best_trail = 0.0, None
    totals: dict[int | None, float] = {}
    trails: dict[int | None, tuple] = {}
    for at, diagonals in enumerate(matches):
        for diagonal in (None, *diagonals):
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
                totals[diagonal] += costs.equal if is_equal else costs.different
        leader = min(totals, key=totals.__getitem__)
        best, best_trail = totals[leader], trails[leader]
        # One that is behind by a change is dropped: to come back to it costs no more than that.
        totals = {d: total for d, total in totals.items() if total < best + costs.change}
    return _parts(best_trail, len(new))


def _parts(trail: tuple | None, end: int) -> list[Part]:
    parts = []
    while trail:
        diagonal, start, trail = trail
        parts.append(Part(start, end, diagonal))
        end = start
    return parts[::-1]


def _matches(old: bytes, new: bytes) -> list[list[int]]:
    """For each position of new the diagonals of its longest matches in old, at most two."""
    # In the sorted suffixes of both images together the longest match is the next old one above
    # or below.
    order = suffix_order(old + new)
    above, below = [-1] * len(new), [-1] * len(new)
    for neighbours, positions in ((above, order), (below, reversed(order))):
        last = -1
        for position in positions:
            if position < len(old):
                last = position
            else:
                neighbours[position - len(old)] = last
    return [
        [
            position - at
            for position in {above[at], below[at]}
            if position >= 0 and old[position : position + _MATCH_MIN] == new[at : at + _MATCH_MIN]
        ]
        for at in range(len(new))
    ]


def suffix_order(data: bytes) -> list[int]:
    """The positions of data in the order of the 128 bytes that follow them (prefix doubling)."""
    size = len(data)
    padded = data + bytes(_PREFIX)
    # The number of real bytes tells the end of data from zeros.
    keys = [
        int.from_bytes(padded[i : i + _PREFIX]) * (_PREFIX + 1) + min(_PREFIX, size - i)
        for i in range(size)
    ]
    order = sorted(range(size), key=keys.__getitem__)
    width = _PREFIX
    while width < _SORTED:
        rank, ranks = 0, [0] * size
        for last, position in zip(order, order[1:], strict=False):
            rank += keys[last] != keys[position]
            ranks[position] = rank
        follow = ranks[width:] + [-1] * width
        keys = [a * (size + 1) + b + 1 for a, b in zip(ranks, follow, strict=False)]
        order.sort(key=keys.__getitem__)
        width *= 2
    return order
