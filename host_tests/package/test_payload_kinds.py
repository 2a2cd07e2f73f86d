"""Payloads: what the host packs, the device's own code unpacks, and it takes nothing else."""

import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qsota.errors import PackageError
from qsota.update import package
from qsota.update.delta import Patch
from qsota_tools import boards
from qsota_tools.common.errors import UserError
from qsota_tools.package import payload
from qsota_tools.package.delta.steps import all_steps
from qsota_tools.package.make import make_package
from streams import Base, inflated, patched

BOARD = boards.load("VIRTUAL")


def code_like(size, seed=1):
    """Bytes with the repeats of compiled code."""
    draw = random.Random(seed)
    words = [draw.randbytes(draw.randint(2, 9)) for _ in range(300)]
    out = bytearray()
    while len(out) < size:
        out += words[min(draw.randrange(300), draw.randrange(300))]
    return bytes(out[:size])


OLD = code_like(20000)
NEW = OLD[:5000] + b"\x01" + OLD[5001:9000] + code_like(700, 2) + OLD[8000:16000] + OLD[1000:4000]


@settings(max_examples=60)
@given(st.binary(max_size=3000), st.integers(9, 15), st.integers(1, 2000))
def test_any_bytes_survive_deflate(data, window_bits, piece):
    assert inflated(payload.deflate(data, window_bits), piece, window_bits) == data


@pytest.mark.parametrize("size", [100_000, 300_000])
def test_blocks_of_large_images_are_never_too_short_for_the_device(size):
    for data in (code_like(size), random.Random(size).randbytes(size), bytes(size)):
        assert inflated(payload.deflate(data, 12), window_bits=12) == data
    mixed = b"".join(code_like(9000, n) + random.Random(n).randbytes(9000) for n in range(10))
    assert inflated(payload.deflate(mixed, 9)) == mixed


def test_the_stream_is_plain_deflate():
    assert zlib.decompress(payload.deflate(OLD, 12), -12) == OLD


@settings(max_examples=60)
@given(st.binary(max_size=600), st.binary(min_size=1, max_size=600))
def test_any_image_is_made_out_of_any_other(old, new):
    for steps in all_steps(old, new):
        assert patched(old, steps) == new


@st.composite
def edited(draw):
    """Two images of which one was made from the other by a few edits."""
    old = code_like(2000, draw(st.integers(0, 5)))
    new = bytearray(old)
    for _ in range(draw(st.integers(0, 6))):
        at, size = draw(st.integers(0, len(new))), draw(st.integers(0, 80))
        new[at : at + size] = draw(st.binary(max_size=40))
    return old, bytes(new) or b"x"


@settings(max_examples=40)
@given(edited(), st.integers(1, 700))
def test_edits_are_found_again(pair, piece):
    old, new = pair
    for steps in all_steps(old, new):
        assert patched(old, steps, piece) == new
        assert len(steps) < 900


def test_an_image_and_itself():
    assert [len(steps) for steps in all_steps(OLD, OLD)] == [4, 4, 4]


def test_repeats_of_one_byte_take_no_time():
    for old, new in ((bytes(5000), bytes(9000)), (bytes(9000), b"\xff" * 9000), (b"", bytes(10))):
        for steps in all_steps(old, new):
            assert patched(old, steps) == new


def test_a_delta_is_no_larger_than_that_of_bsdiff():
    import bsdiff4.core

    control, diff, extra = bsdiff4.core.diff(OLD, NEW)
    theirs = len(zlib.compress(control + diff + extra, 9))
    assert len(payload.pack(package.DELTA, NEW, 12, OLD)) < 1.03 * theirs


# --- whole packages

KINDS = [
    make_package(NEW, BOARD, "MCU", "2.0.0", kind=package.PLAIN),
    make_package(NEW, BOARD, "MCU", "2.0.0", kind=package.DEFLATE),
    make_package(NEW, BOARD, "MCU", "2.0.0", kind=package.DELTA, base=OLD),
]


def test_every_kind_holds_the_image():
    assert [payload.image_of(data, OLD) for data in KINDS] == [NEW] * 3
    assert len(KINDS[2]) < len(KINDS[1]) < len(KINDS[0])


@settings(max_examples=200)
@given(
    st.sampled_from(KINDS),
    st.lists(
        st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), min_size=1, max_size=4
    ),
)
def test_damage_anywhere_in_a_payload_is_refused(data, damage):
    bad = bytearray(data)
    for where, patch in damage:
        at = package.HEADER_SIZE + int(where * (len(data) - package.HEADER_SIZE - len(patch)))
        bad[at : at + len(patch)] = patch
    try:
        image = payload.image_of(bytes(bad), OLD)
    except UserError as error:
        assert str(error).startswith(("the payload is damaged: ", "the image is damaged: "))
    else:
        assert image == NEW  # not a bit of the image changed


@settings(max_examples=200)
@given(st.binary(max_size=2000), st.sampled_from([package.DEFLATE, package.DELTA]))
def test_noise_is_refused(noise, kind):
    data = KINDS[kind][: package.HEADER_SIZE] + noise
    with pytest.raises(UserError, match="the (payload|image) is damaged"):
        payload.image_of(data, OLD)


@settings(max_examples=200)
@given(st.binary(min_size=1, max_size=500))
def test_noise_as_steps_ends_soon(noise):
    out = bytearray()

    def take(piece):
        if len(out) + len(piece) > 5000:
            raise PackageError("bad-payload")
        out.extend(piece)

    patch = Patch(Base(OLD), take)
    try:
        for _ in patch.write(memoryview(noise)):
            pass
    except PackageError as error:
        assert error.reason == "bad-payload"
    assert len(out) <= 5000


def test_a_delta_needs_its_base():
    with pytest.raises(UserError, match="only with the package that it starts from"):
        payload.image_of(KINDS[2])
    with pytest.raises(UserError, match="starts from another image: 20000 bytes"):
        payload.image_of(KINDS[2], NEW)


def test_the_window_follows_the_board():
    small = make_package(
        OLD, BOARD | {"limits": {"window_bits": 9}}, "MCU", "1", kind=package.DEFLATE
    )
    assert package.parse(small).window_bits == 9
    assert payload.image_of(small) == OLD
    assert package.parse(KINDS[1]).window_bits == 12
