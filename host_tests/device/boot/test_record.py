import binascii
import struct

from qsota.boot.flash import Area
from qsota.boot.record import RECORD_SIZE, RecordLog, pack_into, unpack
from qsota.boot.record_data import (
    BAD,
    EMPTY,
    GOOD,
    NOTHING,
    REPORT_OLD,
    TRIAL,
    Plan,
    Record,
    SlotState,
    Upgrade,
)
from qsota.errors import FlashError
from qsota_tools.proof.lab.nor_flash import NorFlash, PowerCut, cut_at
from qsota_tools.proof.lab.tears import leave
from util import raises

STORES = 40
TORN = (0, 1, 255, 256, 257, 507, 508, 511, 512, 2048, 4095, 4096)


def tear(flash, index, how):
    """Let operation number index from now, from 0, be torn in that way."""
    ops = []

    def hook(kind, at, length):
        ops.append(kind)
        return leave(flash, kind, at, length, how) if len(ops) == index + 1 else None

    flash.on_op = hook


def log_on(flash):
    return RecordLog(Area(flash, 2 * flash.erase_size, flash.erase_size, flash.program_size))


def cut_in_store(flash, log, rec):
    """The power fails while rec is stored, and comes back; the log as the device opens it then."""
    raises(PowerCut, log.store, rec)
    flash.power_on()
    flash.on_op = None
    return log_on(flash)


def packed(rec):
    buf = bytearray(RECORD_SIZE)
    pack_into(rec, buf)
    return buf


def full_record():
    rec = Record()
    rec.seq = 0xFFFFFFFE
    rec.active = 1
    rec.slots[0] = SlotState(GOOD, 0, 618496, bytes(range(32)), "1.2.3", 7)
    rec.slots[1] = SlotState(TRIAL, 3, 4, b"\xa5" * 32, "x" * 64, 0xFFFFFFFF)
    rec.report = REPORT_OLD
    rec.upgrade = Upgrade("MCU-main", "1.3.0_rc.1", 123456, bytes(range(16)), b"\x11" * 32)
    rec.upgrade.told = True
    rec.plan = Plan(0xFFFE, 3, 255, "LCD" * 10 + "XY", "5" * 40)
    rec.floor = 6
    rec.reason = "trial-failed"
    rec.tally = 0xA5
    return rec


def with_byte(at, value):
    """The full record with one byte changed and a CRC that fits."""
    buf = packed(full_record())
    buf[at] = value
    struct.pack_into("<I", buf, 508, binascii.crc32(memoryview(buf)[:508]))
    return buf


# The codec


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


# The log


def test_a_blank_log_gives_a_new_record():
    rec = log_on(NorFlash(2)).load()
    assert rec.seq == 0 and rec.slots[0].state == EMPTY


def test_the_newest_record_is_loaded():
    flash = NorFlash(2)
    log = log_on(flash)
    rec = log.load()
    for n in range(STORES):
        rec.floor = n
        log.store(rec)
        loaded = log_on(flash).load()
        assert (loaded.seq, loaded.floor) == (rec.seq, n)


def test_the_units_are_erased_in_turn():
    flash = NorFlash(2)
    log, rec = log_on(flash), Record()
    for _ in range(STORES):
        log.store(rec)
    assert flash.erases == [3, 3]  # 40 records, 7 to a unit and the first one twice


def test_the_first_record_of_a_unit_is_written_twice():
    flash = NorFlash(2)
    log, rec = log_on(flash), Record()
    rec.floor = 5
    log.store(rec)
    copies = [unpack(flash.content[at : at + RECORD_SIZE]) for at in (0, RECORD_SIZE)]
    assert [copy.floor for copy in copies] == [5, 5]
    assert flash.content[2 * RECORD_SIZE :] == b"\xff" * (8192 - 2 * RECORD_SIZE)


def test_another_run_writes_only_into_a_unit_that_it_has_erased():
    flash = NorFlash(2)
    for n in range(STORES):
        rec = Record()
        rec.floor = n
        before = sum(flash.erases)
        log_on(flash).store(rec)
        assert sum(flash.erases) == before + 1
        assert log_on(flash).load().floor == n


def test_store_without_load_continues_the_sequence():
    flash = NorFlash(2)
    first, second = Record(), Record()
    log_on(flash).store(first)
    log_on(flash).store(second)
    assert second.seq > first.seq and log_on(flash).load().seq == second.seq


def test_a_stale_record_is_still_stored_as_the_newest():
    flash = NorFlash(2)
    log, rec, stale = log_on(flash), Record(), Record()
    log.store(rec)
    log.store(rec)
    stale.reason = "stale"
    log.store(stale)
    assert log_on(flash).load().reason == "stale"


def test_the_sequence_number_wraps():
    flash = NorFlash(2, content=packed(full_record()))
    log = log_on(flash)
    rec = log.load()
    for seq in (1, 2):  # the first store uses up three numbers
        log.store(rec)
        assert rec.seq == seq and log_on(flash).load().seq == seq


def test_a_torn_record_is_as_if_never_written():
    flash = NorFlash(2)
    log = log_on(flash)
    log.store(Record())
    flash.on_op = cut_at(0, 100)
    log = cut_in_store(flash, log, full_record())
    rec = log.load()
    assert rec.reason == ""
    rec.reason = "next"
    log.store(rec)
    assert log_on(flash).load().reason == "next" and flash.erases == [1, 1]


def test_a_record_that_reads_well_once_may_be_lost_but_not_the_one_before():
    # Its last bits fade; by then the next record must not have cost the one before it.
    for index in range(4):
        flash = NorFlash(2)
        log = log_on(flash)
        rec = log.load()
        rec.floor = 1
        log.store(rec)
        rec.floor = 2
        tear(flash, 0, "fading.last")
        log = cut_in_store(flash, log, rec)
        rec = log.load()
        assert rec.floor == 2
        rec.floor = 3
        flash.on_op = cut_at(index)
        if index < 3:  # erase, two programs
            cut_in_store(flash, log, rec)
        else:
            log.store(rec)
        assert log_on(flash).load().floor == (3 if index > 1 else 1)


def test_what_reads_blank_after_a_cut_is_not_programmed():
    # NorFlash refuses the program of a unit that was being programmed, or erased, at the cut.
    for index in range(3):
        for how in ("touched.first", "late.first") if index else ("blank", "returning"):
            flash = NorFlash(2)
            log_on(flash).store(Record())
            tear(flash, index, how)
            log = cut_in_store(flash, log_on(flash), Record())
            rec = Record()
            rec.floor = 7
            log.store(rec)
            assert log_on(flash).load().floor == 7


def test_the_only_record_of_a_unit_makes_way_for_its_successor():
    # store() did not return, so nobody acted upon it; the unit before it is not touched.
    flash = NorFlash(2)
    log_on(flash).store(Record())
    flash.on_op = cut_at(2)
    rec = Record()
    rec.floor = 2
    log = cut_in_store(flash, log_on(flash), rec)
    assert log.load().floor == 2
    log.store(rec)
    assert flash.erases == [1, 2]


def test_a_record_whose_ecc_does_not_fit_is_skipped():
    flash = NorFlash(2, 2048, 16)
    log = log_on(flash)
    rec = log.load()
    rec.floor = 1
    log.store(rec)
    tear(flash, 0, "dead.middle")
    log = cut_in_store(flash, log, full_record())
    assert log.load().floor == 1
    log.store(rec)
    assert log_on(flash).load().floor == 1


def test_bits_that_do_not_stick_are_reported_and_the_newest_record_is_kept():
    flash = NorFlash(2)
    log = log_on(flash)
    rec = log.load()
    rec.floor = 1
    log.store(rec)

    def program(at, data):
        healthy(at, bytes(len(data)))

    healthy, flash.program = flash.program, program
    rec.floor = 2
    for _ in range(STORES):
        assert raises(FlashError, log.store, rec).reason == "record-write"
        assert log_on(flash).load().floor == 1
    flash.program = healthy
    log.store(rec)
    assert log_on(flash).load().floor == 2


def test_a_device_that_fails_is_reported():
    flash = NorFlash(2)
    log = log_on(flash)
    log.load()

    def fail(kind, offset, length):
        raise OSError(5)

    flash.on_op = fail
    assert raises(FlashError, log.store, Record()).reason == "record-write"
    flash.on_op = None
    log.store(full_record())
    assert log_on(flash).load().reason == "trial-failed"


def test_other_program_units_and_unit_sizes():
    for erase_size, program_size in ((1024, 512), (2048, 16), (8192, 32)):
        flash = NorFlash(2, erase_size, program_size)
        log, rec = log_on(flash), Record()
        for n in range(STORES):
            rec.floor = n
            log.store(rec)
            assert log_on(flash).load().floor == n


def test_an_area_of_another_shape_is_refused():
    flash = NorFlash(3)
    for size, erase_size, program_size in (
        (12288, 4096, 256),
        (4096, 4096, 256),
        (8192, 4096, 1024),
    ):
        area = Area(flash, size, erase_size, program_size)
        assert raises(FlashError, RecordLog, area).reason == "misaligned"
    for unit in (256, 512):
        area = Area(NorFlash(2, unit, 256), 2 * unit, unit, 256)
        assert raises(FlashError, RecordLog, area).reason == "misaligned"


# Power cuts


def store_until_cut(flash, hook):
    """Store records with floor = 1, 2, 3...; how many were stored when the cut came."""
    log = log_on(flash)
    rec = log.load()
    flash.on_op = hook
    try:
        for n in range(STORES):
            rec.floor = n + 1
            log.store(rec)
        n = STORES
    except PowerCut:
        flash.power_on()
    flash.on_op = None
    return n


def count_operations():
    ops = []
    assert store_until_cut(NorFlash(2), lambda *op: ops.append(op)) == STORES
    return len(ops)


def test_a_cut_in_any_operation_leaves_the_old_or_the_new_record():
    for index in range(count_operations()):
        for effective in TORN:
            flash = NorFlash(2)
            stored = store_until_cut(flash, cut_at(index, effective))
            assert stored < STORES
            log = log_on(flash)
            rec = log.load()
            assert rec.floor in (stored, stored + 1)
            rec.reason = "after"
            log.store(rec)
            assert log_on(flash).load().reason == "after"


def test_a_store_that_found_no_memory_after_its_program_is_not_programmed_twice():
    flash = NorFlash(2)

    def no_memory(buf):
        raise MemoryError()

    third = 2 * RECORD_SIZE
    restless = Restless(flash, third, 0, no_memory)
    log, rec = log_on(restless), Record()
    log.store(rec)
    while log._next != third:
        log.store(rec)
    restless._left = 1  # the read-back
    raises(MemoryError, log.store, rec)
    rec.reason = "again"
    log.store(rec)  # the model fails loudly on a second program
    assert log_on(flash).load().reason == "again"


# Reads that go wrong


class Restless:
    """A flash whose reads of one place go wrong a few times: spoil(buf) is called after them."""

    def __init__(self, flash, at, times, spoil):
        self._flash = flash
        self._at = at
        self._left = times
        self._spoil = spoil

    def __getattr__(self, name):
        return getattr(self._flash, name)

    def readblocks(self, block, buf, offset):
        self._flash.readblocks(block, buf, offset)
        if self._left and block * self._flash.erase_size + offset == self._at:
            self._left -= 1
            self._spoil(buf)


def flip(buf):
    buf[100] ^= 4


def blank(buf):
    buf[:] = b"\xff" * len(buf)


def fail(buf):
    raise OSError(5)


def two_records():
    """A flash with an older and a newer record, and where the newer one (floor 2) is."""
    flash = NorFlash(2)
    log, rec = log_on(flash), Record()
    for rec.floor in (1, 2):
        log.store(rec)
    return flash, 2 * RECORD_SIZE


def test_a_read_that_goes_wrong_once_or_twice_does_not_hide_the_newest_record():
    for spoil in (flip, blank, fail):
        for times in (1, 2):
            flash, at = two_records()
            assert log_on(Restless(flash, at, times, spoil)).load().floor == 2


def test_a_record_that_never_reads_well_is_as_if_never_written():
    for spoil in (flip, blank, fail):
        flash, at = two_records()
        assert log_on(Restless(flash, at, 1000, spoil)).load().floor == 1


def test_another_object_of_the_same_run_goes_on_in_the_unit_that_is_open():
    flash, rec = NorFlash(2), Record()
    area = Area(flash, 2 * flash.erase_size, flash.erase_size, flash.program_size)
    before = RecordLog(area)
    before.store(rec)
    ops = []
    flash.on_op = lambda kind, at, length: ops.append(kind)
    RecordLog(area, before.where).store(rec)
    assert "erase" not in ops
    RecordLog(area).store(rec)
    assert "erase" in ops
    assert RecordLog(area).load().seq == rec.seq
