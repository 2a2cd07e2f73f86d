"""Random changes to valid data, for the fuzz tests."""

from hypothesis import strategies as st

_INTERESTING = [0, 1, 9, 10, 13, 32, 34, 44, 48, 57, 65, 127, 128, 129, 255]
edits = st.lists(
    st.tuples(
        st.sampled_from(["set", "insert", "delete", "copy", "cut"]),
        st.integers(0, 2**16),
        st.integers(0, 2**16),
        st.one_of(st.sampled_from(_INTERESTING), st.integers(0, 255)),
    ),
    min_size=1,
    max_size=6,
)


def mutated(data, changes):
    data = bytearray(data)
    for kind, at, other, byte in changes:
        at %= len(data) + 1
        other %= len(data) + 1
        size = byte % 16 + 1
        if kind == "set":
            data[at : at + 1] = bytes([byte])
        elif kind == "insert":
            data[at:at] = bytes([byte]) * size
        elif kind == "delete":
            del data[at : at + size]
        elif kind == "copy":
            data[at : at + size] = data[other : other + size]
        elif byte < 64:
            del data[at:]
    return bytes(data)


def same_size(data, changes):
    """The mutated data, cut or filled up to the size of data."""
    return (mutated(data, changes) + bytes(len(data)))[: len(data)]
