"""For each position of a new image its longest matches in an old one: by sorted suffixes."""

import numpy

try:
    import pydivsufsort
except ImportError:  # no wheel for this system: slower, and as good
    pydivsufsort = None

NOWHERE = -1
_PREFIX = 8  # bytes that the first round of the own suffix sort compares at once
_SORTED = 128  # bytes that it compares; of longer matches any one will do


def neighbours(old: bytes, new: bytes) -> tuple[numpy.ndarray, numpy.ndarray]:
    """For each position of new the positions in old of the two suffixes next to its own: one of
    them is its longest match. NOWHERE if there is none on that side."""
    order = suffix_order(old + new)
    is_old = order < len(old)
    places = numpy.arange(len(order))
    found = []
    for backwards in (False, True):
        near = numpy.where(is_old, places, -1)
        if backwards:
            near = (
                len(order)
                - 1
                - numpy.maximum.accumulate(numpy.where(is_old, len(order) - 1 - places, -1)[::-1])[
                    ::-1
                ]
            )
            near = numpy.where(near == len(order), -1, near)
        else:
            near = numpy.maximum.accumulate(near)
        positions = numpy.where(near < 0, NOWHERE, order[near])
        of_new = numpy.empty(len(new), numpy.int64)
        of_new[order[~is_old] - len(old)] = positions[~is_old]
        found.append(of_new)
    return found[0], found[1]


def suffix_order(data: bytes) -> numpy.ndarray:
    """The positions of data in the order of what follows them."""
    if pydivsufsort:
        return pydivsufsort.divsufsort(data).astype(numpy.int64)
    return doubled_order(data)


def doubled_order(data: bytes) -> numpy.ndarray:
    """The same by prefix doubling, of the 128 bytes that follow."""
    size = len(data)
    padded = numpy.frombuffer(data + bytes(_PREFIX), numpy.uint8)
    keys = numpy.zeros(size, numpy.uint64)
    for n in range(_PREFIX):
        keys = keys << numpy.uint64(8) | padded[n : n + size]
    # The end of data comes before zeros: by how much is left, where that is less than the prefix.
    left = numpy.minimum(_PREFIX, size - numpy.arange(size))
    order = numpy.lexsort((left, keys))
    ranks = _ranks(order, keys, left)
    width = _PREFIX
    while width < _SORTED and ranks[order[-1]] < size - 1:
        follow = numpy.full(size, -1, numpy.int64)
        follow[: max(0, size - width)] = ranks[width:]
        keys = ranks * (size + 1) + follow + 1
        order = numpy.argsort(keys, kind="stable")
        ranks = _ranks(order, keys)
        width *= 2
    return order


def _ranks(order: numpy.ndarray, *keys: numpy.ndarray) -> numpy.ndarray:
    differs = numpy.zeros(len(order), bool)
    for key in keys:
        differs[1:] |= key[order[1:]] != key[order[:-1]]
    ranks = numpy.empty(len(order), numpy.int64)
    ranks[order] = numpy.cumsum(differs)
    return ranks


def match_starts(old: bytes, new: bytes, places: numpy.ndarray, length: int) -> numpy.ndarray:
    """Whether as many bytes of new and old are equal, from each position and its place on."""
    ours = numpy.frombuffer(new, numpy.uint8)
    theirs = numpy.frombuffer(old, numpy.uint8)
    at = numpy.arange(len(new))
    fits = (places >= 0) & (places + length <= len(old)) & (at + length <= len(new))
    for n in range(length):
        still = numpy.flatnonzero(fits)
        fits[still] = theirs[places[still] + n] == ours[still + n]
    return fits
