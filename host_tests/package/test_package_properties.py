"""The package format against thousands of generated cases, and against its own document."""

import hashlib
import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qsota.errors import PackageError
from qsota.update import package
from qsota.update.md5 import MD5
from qsota_tools.common.crc import crc32_mpeg2
from qsota_tools.common.paths import FIRMWARE
from streams import inflated, patched

DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "package-format.md"

U32 = st.integers(0, 0xFFFFFFFF)
SIZES = st.integers(1, 0xFFFFFFFF)
SHA256 = st.binary(min_size=32, max_size=32)


def names(limit):
    alphabet = string.ascii_letters + string.digits + "_-."
    return st.text(alphabet, min_size=1, max_size=limit)


@st.composite
def headers(draw):
    kind = draw(st.sampled_from([package.PLAIN, package.DEFLATE, package.DELTA]))
    image_size = draw(SIZES)
    is_delta = kind == package.DELTA
    return package.Header(
        kind=kind,
        flags=draw(st.sampled_from([0, package.ALLOW_DOWNGRADE])),
        window_bits=0 if kind == package.PLAIN else draw(st.integers(5, 15)),
        loader=draw(st.integers(0, 0xFFFF)),
        counter=draw(U32),
        payload_size=image_size if kind == package.PLAIN else draw(SIZES),
        image_size=image_size,
        base_size=draw(SIZES) if is_delta else 0,
        key_id=0,
        image_sha256=draw(SHA256),
        base_sha256=draw(SHA256.filter(any)) if is_delta else bytes(32),
        board=draw(names(32)),
        component=draw(names(32)),
        version=draw(names(64)),
    )


def packed(header):
    buf = bytearray(package.HEADER_SIZE)
    package.pack(header, buf)
    return buf


@given(headers())
def test_every_header_survives_the_way_through_its_bytes(header):
    assert package.parse(packed(header)) == header


@given(headers(), st.binary(min_size=1, max_size=40), st.integers(0, package.HEADER_SIZE - 1))
def test_no_other_bytes_pass_for_the_same_header(header, patch, at):
    buf = packed(header)
    damaged = bytearray(buf)
    damaged[at : at + len(patch)] = patch[: package.HEADER_SIZE - at]
    if damaged == buf:
        assert package.parse(damaged) == header
    else:
        with pytest.raises(PackageError):
            package.parse(damaged)


@given(st.binary(max_size=900))
def test_noise_is_refused_with_a_reason(noise):
    with pytest.raises(PackageError) as caught:
        package.parse(noise)
    assert caught.value.reason in ("truncated", "wrong-magic")


@given(st.lists(st.binary(max_size=150), max_size=8))
def test_the_python_md5_agrees_with_hashlib_for_any_slicing(pieces):
    md5 = MD5()
    for piece in pieces:
        md5.update(piece)
    assert md5.digest() == hashlib.md5(b"".join(pieces)).digest()


def bit_by_bit_crc(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc


@given(st.binary(max_size=200))
def test_the_crc_agrees_with_its_definition(data):
    assert crc32_mpeg2(data) == bit_by_bit_crc(data)


@pytest.fixture(scope="module")
def document():
    return DOCUMENT.read_text()


def vector(document, name, size=0):
    """The bytes in one of the document's dumps."""
    dump = re.search(rf"```hex {name}\n(.*?)```", document, re.DOTALL)[1]
    rows = [row.split("  ") for row in dump.splitlines()]
    data = bytearray(size or int(rows[-1][0], 16) + len(bytes.fromhex(rows[-1][1])))
    for offset, row in rows:
        data[int(offset, 16) : int(offset, 16) + len(bytes.fromhex(row))] = bytes.fromhex(row)
    return data


def test_the_header_of_the_document(document):
    dump = vector(document, "header", package.HEADER_SIZE)
    fields = dict(re.findall(r"^- `(\w+)` = `([^`]+)`", document, re.MULTILINE))
    header = package.parse(dump)
    shown = {
        name: value.hex() if isinstance(value, bytes) else str(value)
        for name, value in header._asdict().items()
    }
    assert fields == shown
    assert header.image_sha256 == hashlib.sha256(bytes(range(256)) * 4).digest()
    assert packed(header) == dump


def test_the_signature_of_the_document(document):
    signed, modulus = vector(document, "signed"), vector(document, "modulus")
    header = package.parse(signed)
    list(package.signature_steps(header, signed, [bytes(modulus)]))
    assert f"whose id is {header.key_id:08x}:" in document
    unsigned = package.parse(vector(document, "header", package.HEADER_SIZE))
    assert header._replace(key_id=0) == unsigned


def test_the_stream_of_the_document(document):
    assert inflated(vector(document, "deflate")) == b"qsota qsota qsota\n"


def test_the_steps_of_the_document(document):
    start = document.index("### The steps of a delta")
    old, first, second = re.findall(r"^    (The.*)$", document[start:], re.MULTILINE)
    made = patched(f"{old}\n".encode(), vector(document, "delta"))
    assert made == f"{first}\n{second} ".encode()


def test_the_offsets_of_the_document(document):
    table = re.findall(r"^\| (\d+) \| (\d+) \|", document, re.MULTILINE)
    end = 0
    for offset, size in table:
        assert int(offset) == end
        end += int(size)
    assert end == package.HEADER_SIZE


def test_the_reasons_of_the_document(document):
    reasons = set()
    for path in (FIRMWARE / "qsota" / "update").glob("*.py"):
        source = path.read_text()
        for raised in re.findall(r"raise (?:PackageError|Unreadable)\((.*)\)", source):
            reasons |= set(re.findall(r'"([a-z-]+)"', raised))
        reasons |= set(re.findall(r', "([a-z-]+)"\),', source))
    rows = "".join(re.findall(r"^\| (`[a-z-]+`.*?) \|", document, re.MULTILINE))
    assert reasons == set(re.findall("`([a-z-]+)`", rows))
    assert {"wrong-md5", "wrong-sha256"} <= set(re.findall("`([a-z0-9-]+)`", document))
