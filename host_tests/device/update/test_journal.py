from journal_bench import UPGRADE, Header, journal, reloaded
from qsota.boot.record_data import (
    BAD,
    EMPTY,
    GOOD,
    NOTHING,
    REPORT_NEW,
    REPORT_OLD,
    TRIAL,
    Upgrade,
)
from qsota.errors import FlashError
from qsota.session.trial import confirm, revert
from util import raises


def test_the_spare_slot_is_the_one_that_does_not_run():
    assert journal(0)[0].spare() == 1
    assert journal(1)[0].spare() == 0


def test_recovery_spares_a_slot_that_is_good():
    assert journal(None, (EMPTY, EMPTY))[0].spare() == 0
    assert journal(None, (GOOD, BAD))[0].spare() == 1
    assert journal(None, (BAD, GOOD))[0].spare() == 0


def test_the_way_back_is_not_cleared_while_a_trial_runs():
    trial, _ = journal(1, (GOOD, TRIAL))
    assert raises(FlashError, trial.clear_spare).reason == "trial-open"
    assert trial.record.slots[0].state == GOOD


def test_a_slot_that_is_empty_needs_no_record_to_be_cleared():
    empty, _ = journal()
    before = empty.record.seq
    empty.clear_spare()
    assert empty.record.seq == before


def test_an_old_image_is_not_bootable_once_its_slot_is_cleared():
    old, flash = journal(0, (GOOD, GOOD))
    old.clear_spare()
    assert reloaded(old, flash).record.slots[1].state == EMPTY


def test_every_step_survives_a_restart():
    steps, flash = journal()
    steps.begin(UPGRADE)
    assert reloaded(steps, flash).open_upgrade().target == "2_0_0"
    steps.install(Header, 3)
    slot = reloaded(steps, flash).record.slots[1]
    assert (slot.state, slot.attempts, slot.size, slot.version) == (TRIAL, 3, 4000, "2_0_0")
    new = reloaded(steps, flash)
    new.state.slot = 1
    assert new.trial()
    confirm(new.state)
    record = reloaded(new, flash).record
    assert (record.slots[1].state, record.floor, record.report) == (GOOD, 7, REPORT_NEW)
    new.done()
    record = reloaded(new, flash).record
    assert (record.report, record.upgrade.open) == (NOTHING, False)


def test_a_revert_makes_the_other_slot_active():
    trial, flash = journal(1, (GOOD, TRIAL))
    revert(trial.state, "self-test")
    record = reloaded(trial, flash).record
    assert (record.active, record.slots[1].state) == (0, BAD)
    assert (record.report, record.reason) == (REPORT_OLD, "self-test")


def test_a_failure_is_reported_with_the_old_version():
    steps, flash = journal()
    steps.begin(UPGRADE)
    steps.fail("wrong-board")
    record = reloaded(steps, flash).record
    assert (record.report, record.reason) == (REPORT_OLD, "wrong-board")


def test_the_end_can_have_a_reason_and_keeps_an_older_one():
    steps, _ = journal()
    steps.done("ended-by-module")
    steps.done()
    assert steps.record.reason == "ended-by-module" and steps.record.upgrade is None


def test_the_confirmed_floor_never_sinks():
    steps, _ = journal(1, (GOOD, TRIAL))
    steps.record.floor = 9
    steps.record.slots[1].counter = 7
    confirm(steps.state)
    assert steps.record.floor == 9


def test_the_slot_holds_a_package_only_under_the_same_digest():
    steps, _ = journal()
    assert not steps.holds(UPGRADE)
    steps.begin(UPGRADE)
    assert steps.holds(Upgrade("MCU", "9", 5000, b"", b"s" * 32))
    assert not steps.holds(Upgrade("MCU", "2_0_0", 5001, bytes(16), b"s" * 32))
    assert not steps.holds(Upgrade("MCU", "2_0_0", 5000, bytes(16), b"t" * 32))
    assert not steps.holds(Upgrade("MCU", "2_0_0", 5000, bytes(16)))
    assert not steps.holds(Upgrade("LCD", "2_0_0", 5000, bytes(16), b"s" * 32))
    steps.done()
    assert steps.holds(UPGRADE)
    steps.record.slots[1].state = BAD
    assert not steps.holds(UPGRADE)


def test_a_record_of_an_earlier_run_is_written_once_more_to_be_kept():
    steps, flash = journal()
    steps = reloaded(steps, flash)
    before = steps.record.seq
    steps.keep()
    kept = reloaded(steps, flash).record
    assert kept.seq > before and kept.slots[0].state == GOOD
    steps.keep()
    assert reloaded(steps, flash).record.seq == kept.seq


def test_a_record_of_this_run_needs_no_keeping():
    steps, flash = journal()
    steps.begin(UPGRADE)
    before = sum(flash.erases), steps.record.seq
    steps.keep()
    assert (sum(flash.erases), steps.record.seq) == before
