"""Valid data, mutated at random, for everything that reads bytes from outside.

What a reader may do with it is to refuse it in its own words, or to read it as something else that
is sound in itself; it must not raise anything else, read outside of its data, or never end.
"""

import binascii
import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutation import edits, mutated, same_size

from qsota import log
from qsota.boot.choose import choose
from qsota.boot.flash import Area
from qsota.boot.record import RECORD_SIZE, RecordLog, pack_into, unpack
from qsota.boot.record_data import Record, SlotState, Upgrade
from qsota.command.forms import HEX, RAW, Payload
from qsota.errors import AtError, FlashError, PackageError
from qsota.session import events
from qsota.session.quecthing import QuecThing
from qsota.update import package
from qsota_tools.proof.lab.nor_flash import NorFlash
from scripted import OK, converse

pytestmark = pytest.mark.slow

log.sink = None

# --- the AT layer

DATA = b"\x00\xff\r\nOK\r\n+QIOTEVT: 7,10706\r\n"
TALKS = {
    "AT+QIOTSTATE?": (lambda q, form: q.state(), b"\r\n+QIOTSTATE: 8\r\n"),
    "AT+QIOTREG?": (lambda q, form: q.registered_mode(), b"\r\n+QIOTREG: 2\r\n"),
    'AT+QIOTCFG="productinfo"': (
        lambda q, form: q.product_info(),
        b'\r\n+QIOTCFG: "productinfo","pk","ps"\r\n',
    ),
    "AT+QIOTMCUVER?": (
        lambda q, form: q.version("MCU"),
        b'\r\n+QIOTMCUVER: "MCU","1_0"\r\n+QIOTMCUVER: "a:1;b:2"\r\n',
    ),
    "AT+QIOTOTARD=?": (lambda q, form: q.read_limit(), b"\r\n+QIOTOTARD: <start>,(1-1024)\r\n"),
    "AT+CSQ": (lambda q, form: q.signal(), b"\r\n+CSQ: 24,99\r\n"),
    "AT+QIOTUPDATE=1": (lambda q, form: q.action(1), b"\r\n+QIOTEVT: 7,10707\r\n"),
    f"AT+QIOTOTARD=0,{len(DATA)}": (
        lambda q, form: q.read(0, bytearray(len(DATA)), len(DATA), Payload(form)),
        b"\r\n+QIOTOTARD: 0,%d\r\n" % len(DATA) + DATA + b"\r\n",
    ),
}


@settings(max_examples=150)
@given(st.sampled_from(sorted(TALKS)), edits, st.sampled_from([RAW, HEX, "hexwords", "auto"]))
def test_a_mutated_answer_ends_in_an_at_error_and_the_next_command_is_answered(line, edits, form):
    call, answer = TALKS[line]
    answers = {line: mutated(answer + OK, edits), "AT+CGMR": b"\r\nREV1\r\n" + OK}

    async def talk(at, module, clock):
        quec = QuecThing(at)
        with suppress(AtError):
            await call(quec, form)
        await at.sync()
        assert b"REV1" in await at.command("AT+CGMR", b"")

    converse(talk, answers)


LINES = [
    b'+QIOTEVT: 7,10700,"MCU","1_0","2_0",30,-113,27954',
    b'+QIOTEVT: 7,10701,"MCU",27954,"' + b"2b" * 16 + b'",4022793929,"' + b"2b" * 32 + b'"',
    b'+QIOTEVT: 7,10703,"MCU",27954,1500,1000',
    b'+QIOTSUBEVT: "pk","dk",7,10703,"MCU",1,2,3',
    b"+QIOTEVT: 5,10200,20",
]
U32 = 10**10


@settings(max_examples=300)
@given(st.sampled_from(LINES), edits)
def test_a_mutated_event_is_none_or_one_with_sound_fields(line, edits):
    event = events.parse(mutated(line, edits))
    if isinstance(event, events.Plan):
        assert all(isinstance(text, str) for text in event[2:5])
        assert all(-U32 < number < U32 for number in event[5:])
    elif isinstance(event, events.DownloadStart):
        assert 0 <= event.length < U32
        assert event.sha256 is None or len(event.sha256) == 32
        assert event.component == "" or len(event.md5) == 16
    elif isinstance(event, events.Block):
        assert isinstance(event.component, str) and 0 <= min(event[3:]) <= max(event[3:]) < U32
    elif event is not None:
        assert isinstance(event.type, int) and isinstance(event.code, int)
        assert len(event.fields) <= 10


def hex_model(text, n):
    """(the bytes, whether the text is broken) by the rule: pairs of digits, blanks in between."""
    data = b""
    while len(data) < n:
        text = text.lstrip(b"\r\n\t ")
        pair, text = text[:2], text[2:]
        try:
            data += binascii.unhexlify(pair) if len(pair) == 2 else b""
        except binascii.Error:
            return data, True
        if len(pair) < 2:
            return data, any(byte not in b"0123456789abcdefABCDEF" for byte in pair)
    return data, False


@settings(max_examples=300)
@given(st.binary(min_size=1, max_size=60), edits, st.integers(1, 60))
def test_mutated_hex_text_is_read_as_far_as_it_is_one(image, edits, n):
    text = mutated(b" ".join(image[i : i + 5].hex().encode() for i in range(0, 60, 5)), edits)
    buf, payload = bytearray(n), Payload(HEX)
    payload.begin(buf, n)
    payload.feed(text, 0, len(text))
    data, broken = hex_model(text, n)
    assert (bytes(buf[: payload.count]), payload.failed) == (data, broken)


# --- the package header

HEADERS = [
    package.Header(
        kind, 0, bits, 1, 7, 900, size, base, key, b"\1" * 32, sha, "PICO", "MCU", "2_0"
    )
    for kind, bits, size, base, key, sha in (
        (package.PLAIN, 0, 900, 0, 0, bytes(32)),
        (package.DEFLATE, 10, 2000, 0, 5, bytes(32)),
        (package.DELTA, 15, 2000, 1000, 5, b"\2" * 32),
    )
]


REFUSALS = (
    "wrong-board",
    "wrong-component",
    "wrong-version",
    "window-too-large",
    "wrong-length",
    "too-large",
    "old-loader",
)


def packed(header):
    buf = bytearray(package.HEADER_SIZE)
    package.pack(header, buf)
    if header.key_id:
        buf[package.SIGNED_SIZE] = 1
    return bytes(buf)


def with_crc(data, at):
    data = bytearray(data)
    struct.pack_into("<I", data, at, binascii.crc32(data[:at]))
    return data


@settings(max_examples=300)
@given(st.sampled_from(HEADERS), edits)
def test_a_mutated_header_with_a_good_crc_is_refused_or_canonical(header, edits):
    data = with_crc(same_size(packed(header), edits), 380)
    try:
        found = package.parse(data)
    except PackageError:
        return
    again = bytearray(package.HEADER_SIZE)
    package.pack(found, again)
    assert again[: package.SIGNED_SIZE] == data[: package.SIGNED_SIZE]
    for board in ("PICO", "OTHER"):
        try:
            package.check_for(found, board, "MCU", "2_0", 10000, 1668)
        except PackageError as error:
            assert error.reason in REFUSALS
        else:
            assert (found.board, found.component, found.version) == (board, "MCU", "2_0")
            assert found.payload_size == 900 and found.image_size <= 10000 - package.HEADER_SIZE


# --- the boot record


def example_record():
    rec = Record()
    rec.seq, rec.active, rec.floor, rec.report = 5, 1, 3, 1
    rec.slots = [
        SlotState(2, 0, 900, b"\1" * 32, "1_0", 3),
        SlotState(1, 3, 800, b"\2" * 32, "2_0", 4),
    ]
    rec.upgrade = Upgrade("MCU", "2_0", 1668, b"\3" * 16, b"\4" * 32)
    rec.reason = "trial-failed"
    return rec


def packed_record(rec):
    buf = bytearray(RECORD_SIZE)
    pack_into(rec, buf)
    return bytes(buf)


@settings(max_examples=300)
@given(edits, st.lists(st.booleans(), min_size=8, max_size=8))
def test_a_mutated_record_with_a_good_crc_is_none_or_leads_to_a_boot(edits, luck):
    rec = unpack(with_crc(same_size(packed_record(example_record()), edits), RECORD_SIZE - 4))
    if rec is None:
        return
    assert unpack(packed_record(rec)).seq == rec.seq
    slot, trial = choose(rec, luck.pop, lambda index: luck.pop(), lambda: None)
    assert slot in (0, 1, None) and not (trial and slot is None)


@settings(max_examples=200)
@given(edits, edits, st.integers(1, 15))
def test_a_mutated_log_loads_and_takes_the_next_record(first, second, count):
    content = b"".join(packed_record(example_record()) for _ in range(count))
    content = same_size(mutated(content, first).ljust(8192, b"\xff"), second)
    area = Area(NorFlash(2, content=content), 8192, 4096, 256)
    rec = RecordLog(area).load()
    rec.floor = 77
    records = RecordLog(area)
    records.load()
    try:
        records.store(rec)
    except FlashError:
        records.store(rec)  # what was programmed by chance is in the way once, at most
    assert RecordLog(area).load().floor == 77
