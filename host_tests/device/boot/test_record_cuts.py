# The log of records when its power is cut, and when reads go wrong.


from qsota.boot.flash import Area
from qsota.boot.record import RECORD_SIZE, RecordLog
from qsota.boot.record_data import Record
from qsota_tools.proof.lab.nor_flash import NorFlash, PowerCut, cut_at
from record_flash import STORES, fail, log_on
from util import raises

TORN = (0, 1, 255, 256, 257, 507, 508, 511, 512, 2048, 4095, 4096)


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
