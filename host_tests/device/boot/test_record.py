# The record: its bytes, and what is no record.

import binascii
import struct

from qsota.boot.record import RECORD_SIZE, pack_into, unpack
from qsota.boot.record_data import (
    BAD,
    EMPTY,
    GOOD,
    NOTHING,
    REPORT_OLD,
    TRIAL,
    Plan,
    Record,
    Upgrade,
)
from record_flash import full_record, packed
from util import raises


def with_byte(at, value):
    """The full record with one byte changed and a CRC that fits."""
    buf = packed(full_record())
    buf[at] = value
    struct.pack_into("<I", buf, 508, binascii.crc32(memoryview(buf)[:508]))
    return buf


def test_a_record_comes_back_field_by_field():
    rec = unpack(packed(full_record()))
    assert (rec.seq, rec.active, rec.report, rec.floor) == (0xFFFFFFFE, 1, REPORT_OLD, 6)
    assert (rec.reason, rec.tally) == ("trial-failed", 0xA5)
    a, b = rec.slots
    assert (a.state, a.attempts, a.size, a.version, a.counter) == (GOOD, 0, 618496, "1.2.3", 7)
    assert a.sha256 == bytes(range(32))
    assert (b.state, b.attempts, b.size, b.counter) == (TRIAL, 3, 4, 0xFFFFFFFF)
    assert (b.version, b.sha256) == ("x" * 64, b"\xa5" * 32)
    upgrade = rec.upgrade
    assert (upgrade.component, upgrade.target) == ("MCU-main", "1.3.0_rc.1")
    assert (upgrade.length, upgrade.md5) == (123456, bytes(range(16)))
    assert upgrade.sha256 == b"\x11" * 32 and upgrade.told
    plan = rec.plan
    assert (plan.key, plan.tries, plan.resumes) == (0xFFFE, 3, 255)
    assert (plan.component, plan.target) == ("LCD" * 10 + "XY", "5" * 40)


def test_a_target_too_long_for_the_plan_is_not_kept():
    assert Plan(0, 0, 0, "LCD", "5" * 41).target == ""


def test_a_new_record_is_empty():
    rec = unpack(packed(Record()))
    assert (rec.seq, rec.active, rec.report, rec.floor, rec.reason) == (0, 0, NOTHING, 0, "")
    assert rec.tally == 0
    assert [(s.state, s.size, s.version) for s in rec.slots] == [(EMPTY, 0, "")] * 2
    assert rec.upgrade is None


def test_an_upgrade_without_sha256_stays_without():
    rec = Record()
    rec.upgrade = Upgrade("MCU", "2", 1, bytes(16))
    assert unpack(packed(rec)).upgrade.sha256 == b""


def test_an_upgrade_without_md5_stays_without():
    rec = Record()
    rec.upgrade = Upgrade("MCU", "2", 1)
    assert unpack(packed(rec)).upgrade.md5 == b""


def test_a_closed_upgrade_stays_closed():
    rec = Record()
    for is_open in (True, False):
        rec.upgrade = Upgrade("MCU", "2", 1, open=is_open)
        assert unpack(packed(rec)).upgrade.open is is_open


def test_a_retired_slot_gives_way_to_a_good_one_only():
    rec = Record()
    rec.retire(0, "trial-failed")
    assert (rec.active, rec.slots[0].state, rec.report) == (0, BAD, REPORT_OLD)
    rec.slots[1].state = GOOD
    rec.retire(0, "trial-failed")
    assert rec.active == 1 and rec.reason == "trial-failed"


def test_a_text_that_does_not_fit_is_refused():
    for name, attribute, limit in (("reason", "reason", 32), ("version", "version", 64)):
        rec = Record()
        setattr(rec if name == "reason" else rec.slots[1], attribute, "x" * (limit + 1))
        raises(ValueError, pack_into, rec, bytearray(RECORD_SIZE))
    for component, target in (("x" * 33, "1"), ("MCU", "1" * 65)):
        rec = Record()
        rec.upgrade = Upgrade(component, target, 1, bytes(16))
        raises(ValueError, pack_into, rec, bytearray(RECORD_SIZE))


def test_a_changed_bit_anywhere_makes_the_record_invalid():
    buf = packed(full_record())
    for at in range(RECORD_SIZE):
        buf[at] ^= 1 << (at % 8)
        assert unpack(buf) is None
        buf[at] ^= 1 << (at % 8)
    assert unpack(buf)


def test_what_is_no_record_is_none():
    for buf in (b"", b"\xff" * RECORD_SIZE, bytes(RECORD_SIZE), packed(full_record())[:-1]):
        assert unpack(buf) is None


def test_a_field_out_of_range_is_none_even_with_a_good_crc():
    assert unpack(with_byte(6, REPORT_OLD))
    for at, value in (
        (4, 2),  # format
        (5, 2),  # active slot
        (6, 3),  # report
        (16, BAD + 1),  # state of slot 0
        (124, BAD + 1),  # state of slot 1
        (16 + 44, 0xFF),  # version: not text
        (232 + 56, 0xFF),  # component
        (384, 0xFF),  # reason
    ):
        assert unpack(with_byte(at, value)) is None
