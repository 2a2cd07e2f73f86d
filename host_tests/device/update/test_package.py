import binascii
import struct

from qsota.errors import PackageError
from qsota.update import package
from util import raises

_SHA = bytes(range(32))
_KEY = 0x12345678


def header(**changes):
    fields = {
        "kind": package.PLAIN,
        "flags": 0,
        "window_bits": 0,
        "loader": 1,
        "counter": 7,
        "payload_size": 1000,
        "image_size": 1000,
        "base_size": 0,
        "key_id": 0,
        "image_sha256": _SHA,
        "base_sha256": bytes(32),
        "board": "RPI_PICO",
        "component": "MCU",
        "version": "1.2.3",
    }
    fields.update(changes)
    return package.Header(**fields)


def recall(**changed):
    fields = {"kind": package.RECALL, "payload_size": 0}
    fields.update(changed)
    return header(**fields)


def delta(**changes):
    fields = {"kind": package.DELTA, "window_bits": 10, "payload_size": 90}
    fields.update({"base_size": 900, "base_sha256": _SHA})
    fields.update(changes)
    return header(**fields)


def packed(h=None):
    buf = bytearray(package.HEADER_SIZE)
    package.pack(h or header(), buf)
    return buf


def with_bytes(offset, data, buf=None):
    """A header with other bytes at offset and a CRC that fits them."""
    buf = buf or packed()
    buf[offset : offset + len(data)] = data
    struct.pack_into("<I", buf, 380, binascii.crc32(buf[:380]))
    return buf


def refusal(buf):
    return raises(PackageError, package.parse, buf).reason


def unfit(h, length=1768, **limits):
    arguments = {"slot_size": 2000, "length": length}
    arguments.update(limits)

    def check():
        package.check_for(h, "RPI_PICO", "MCU", "1.2.3", **arguments)

    return raises(PackageError, check).reason


def test_what_is_packed_is_parsed():
    assert package.parse(packed()) == header()


def test_every_kind_is_packed_and_parsed():
    deflate = header(kind=package.DEFLATE, window_bits=12, payload_size=600)
    for h in (deflate, delta(), recall()):
        assert package.parse(packed(h)) == h


def test_the_longest_names_and_the_largest_numbers_fit():
    biggest = 0xFFFFFFFF
    h = header(
        flags=package.ALLOW_DOWNGRADE,
        loader=0xFFFF,
        counter=biggest,
        payload_size=biggest,
        image_size=biggest,
        board="B" * 32,
        component="C" * 32,
        version="9" * 64,
    )
    assert package.parse(packed(h)) == h


def test_the_header_is_found_at_the_start_of_a_longer_buffer():
    assert package.parse(memoryview(packed() + b"payload")) == header()


def test_every_truncation_is_refused():
    buf = memoryview(packed())
    for n in range(package.HEADER_SIZE):
        assert refusal(buf[:n]) == "truncated"


def test_every_flipped_bit_is_refused():
    buf = packed()
    reasons = {}
    for bit in range(package.HEADER_SIZE * 8):
        buf[bit // 8] ^= 1 << bit % 8
        reason = refusal(buf)
        buf[bit // 8] ^= 1 << bit % 8
        reasons[reason] = reasons.get(reason, 0) + 1
    # The magic; format and header size; the rest of the signed part; the empty signature.
    assert reasons == {
        "wrong-magic": 4 * 8,
        "unknown-format": 3 * 8,
        "bad-header-crc": (384 - 7) * 8,
        "bad-header-field": 384 * 8,
    }


def test_another_format_is_told_from_damage():
    assert refusal(with_bytes(0, b"qsot")) == "wrong-magic"
    assert refusal(with_bytes(4, b"\x02")) == "unknown-format"
    assert refusal(with_bytes(8, b"\x00\x04")) == "unknown-format"
    assert refusal(with_bytes(5, b"\x04")) == "unknown-kind"


def test_unknown_flags_are_refused():
    assert refusal(with_bytes(6, b"\x02")) == "bad-header-field"
    assert package.parse(with_bytes(6, b"\x01")).flags == package.ALLOW_DOWNGRADE


def test_reserved_bytes_must_be_zero():
    assert refusal(with_bytes(224, b"\x01")) == "bad-header-field"
    assert refusal(with_bytes(379, b"\x01")) == "bad-header-field"


def test_sizes_must_agree_with_the_kind():
    for bad in (
        header(image_size=0, payload_size=0),
        header(payload_size=999),
        header(window_bits=10),
        header(base_size=1),
        header(base_sha256=_SHA),
        delta(payload_size=0),
        delta(base_size=0),
        delta(base_sha256=bytes(32)),
        delta(window_bits=4),
        delta(window_bits=16),
        recall(payload_size=1),
        recall(window_bits=9),
        recall(base_size=1),
        recall(image_size=0),
    ):
        assert raises(PackageError, packed, bad).reason == "bad-header-field"


def test_sizes_from_the_wire_are_checked_like_our_own():
    assert refusal(with_bytes(20, bytes(4))) == "bad-header-field"
    assert refusal(with_bytes(7, b"\x0a")) == "bad-header-field"


def test_names_must_be_clean_text():
    for offset in (96, 128, 160):
        for bad in (b"\0", b"a\0b", b"a b\0", b"a;\0", b'a"\0', b"\xff\xfe\0", b"\xc3\xa9\0"):
            assert refusal(with_bytes(offset, bad)) == "bad-header-field"


def test_a_bad_name_is_not_packed():
    for bad in (header(board=""), header(component="x" * 33), header(version="1:2")):
        assert raises(PackageError, packed, bad).reason == "bad-header-field"
    assert raises(PackageError, packed, header(kind=4)).reason == "unknown-kind"


def test_a_signature_and_its_key_come_together():
    signed = packed(header(key_id=_KEY))
    assert refusal(signed) == "bad-header-field"
    signed[384:768] = b"\x5a" * 384
    assert package.parse(signed).key_id == _KEY


def test_valid_name_follows_the_cloud():
    assert package.valid_name("App_1.0-rc", 10)
    assert not package.valid_name("App_1.0-rc2", 10)
    assert not package.valid_name("", 10)
    for bad in ':;",\r\n \0/\\é':
        assert not package.valid_name("a" + bad, 10)


def test_a_package_for_this_board_fits():
    package.check_for(header(), "RPI_PICO", "MCU", "1.2.3", 1768, 1768, floor=7)


def test_each_guard_has_its_own_reason():
    assert unfit(header(board="RPI_PICO2")) == "wrong-board"
    assert unfit(header(component="BLE")) == "wrong-component"
    assert unfit(header(version="1.2.4")) == "wrong-version"
    assert unfit(delta(), length=768 + 90, window_bits=9) == "window-too-large"
    assert unfit(header(), length=1767) == "wrong-length"
    assert unfit(header(), slot_size=1767) == "too-large"
    assert unfit(header(loader=2)) == "old-loader"
    assert unfit(header(), floor=8) == "downgrade"


def test_a_downgrade_needs_the_flag():
    h = header(flags=package.ALLOW_DOWNGRADE)
    package.check_for(h, "RPI_PICO", "MCU", "1.2.3", 2000, 1768, floor=8)
