# The log of records in flash: turns, torn writes, other shapes.


from qsota.boot.flash import Area
from qsota.boot.record import RECORD_SIZE, RecordLog, unpack
from qsota.boot.record_data import EMPTY, Record
from qsota.errors import FlashError
from qsota_tools.proof.lab.nor_flash import NorFlash, PowerCut, cut_at
from qsota_tools.proof.lab.tears import leave
from record_flash import STORES, full_record, log_on, packed
from util import raises


def tear(flash, index, how):
    """Let operation number index from now, from 0, be torn in that way."""
    ops = []

    def hook(kind, at, length):
        ops.append(kind)
        return leave(flash, kind, at, length, how) if len(ops) == index + 1 else None

    flash.on_op = hook


def cut_in_store(flash, log, rec):
    """The power fails while rec is stored, and comes back; the log as the device opens it then."""
    raises(PowerCut, log.store, rec)
    flash.power_on()
    flash.on_op = None
    return log_on(flash)


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
