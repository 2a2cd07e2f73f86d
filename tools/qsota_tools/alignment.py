"""Finds, for every part of a new image, where it comes from in the old one.

The parts follow from a search for the cheapest description: each byte of the new image is either
taken from the old one on some diagonal (position in old minus position in new), at next to no cost
where it is equal and some where it is not, or is new; changing the diagonal has its price, too.
"""

from collections.abc import Iterator
from typing import NamedTuple

_PREFIX = 8  # bytes that the first round of the suffix sort compares at once
_MATCH_MIN = 6  # shorter matches are chance


class Costs(NamedTuple):
    """In bits after compression, roughly."""

    equal: float = 0.03
    different: float = 12.0
    new: float = 6.0
    change: float = 36.0


class Part(NamedTuple):
    """new[start:end] comes from old on this diagonal, or is new where that is None."""

    start: int
    end: int
    diagonal: int | None


def align(old: bytes, new: bytes, costs: Costs = Costs()) -> list[Part]:
    """The parts of new, in order, of the lowest total cost."""
    # A trail is (diagonal, where it starts in new, trail before it); one per diagonal in use.
    best, best_trail = 0.0, None
    totals: dict[int | None, float] = {}
    trails: dict[int | None, tuple] = {}
    for at, diagonals in enumerate(_matches(old, new)):
        byte = new[at]
        for diagonal in (None, *diagonals):
            if diagonal not in totals or totals[diagonal] > best + costs.change:
                totals[diagonal] = best + costs.change
                trails[diagonal] = (diagonal, at, best_trail)
        limit = best + costs.change
        best = float("inf")
        for diagonal, total in list(totals.items()):
            if diagonal is None:
                total += costs.new
            elif 0 <= at + diagonal < len(old):
                total += costs.equal if old[at + diagonal] == byte else costs.different
            else:
                total = float("inf")
            # One that costs more than to come back later will never be the best again.
            if total > limit + costs.different:
                del totals[diagonal], trails[diagonal]
                continue
            totals[diagonal] = total
            if total < best:
                best, best_trail = total, trails[diagonal]
    return _parts(best_trail, len(new))


def _parts(trail: tuple | None, end: int) -> list[Part]:
    parts = []
    while trail:
        diagonal, start, trail = trail
        parts.append(Part(start, end, diagonal))
        end = start
    return parts[::-1]


def _matches(old: bytes, new: bytes) -> Iterator[list[int]]:
    """For each position of new the diagonals of its longest matches in old, at most two."""
    size = len(old)
    order = suffix_order(old + new)
    before, after = [-1] * len(new), [-1] * len(new)
    for neighbours, positions in ((before, order), (after, reversed(order))):
        last = -1
        for position in positions:
            if position < size:
                last = position
            else:
                neighbours[position - size] = last
    for at in range(len(new)):
        key = new[at : at + _MATCH_MIN]
        yield [
            position - at
            for position in {before[at], after[at]}
            if position >= 0 and old[position : position + _MATCH_MIN] == key
        ]


def suffix_order(data: bytes) -> list[int]:
    """The positions of data in the order of what follows them (prefix doubling)."""
    size = len(data)
    padded = data + bytes(_PREFIX)
    # The number of real bytes tells an end from zeros.
    keys = [
        int.from_bytes(padded[i : i + _PREFIX]) * (_PREFIX + 1) + min(_PREFIX, size - i)
        for i in range(size)
    ]
    order = sorted(range(size), key=keys.__getitem__)
    width = _PREFIX
    while True:
        rank, ranks = 0, [0] * size
        for last, position in zip(order, order[1:], strict=False):
            rank += keys[last] != keys[position]
            ranks[position] = rank
        if rank >= size - 1:
            return order
        follow = ranks[width:] + [-1] * width
        keys = [a * (size + 1) + b + 1 for a, b in zip(ranks, follow, strict=False)]
        order.sort(key=keys.__getitem__)
        width *= 2
