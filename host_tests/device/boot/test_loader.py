import sys

from boot_bench import (
    boot,
    boot_over_resets,
    boot_py,
    forget,
    hand_over,
    mounted_main,
    on_record,
    operations,
    power_up,
    rig_with,
    upgraded,
)
from qsota import log
from qsota.boot import loader, starting
from qsota.boot.record_data import BAD, EMPTY, GOOD, NOTHING, REPORT_NEW, REPORT_OLD, TRIAL
from qsota.resident import handover
from rig import ERASE, SLOTS, STATE, Reset, Rig
from util import raises

# The slot to run


def test_a_confirmed_slot_is_mounted_and_nothing_is_written():
    rig = rig_with(GOOD, GOOD, 1)
    ops = operations(rig)
    state = boot(rig)
    assert (state.slot, state.trial, state.wdt) == (1, False, None)
    assert state.record.slots[1].version == "v1" and state.board.name == "TINY"
    assert mounted_main(rig) == "version = 'new'\n"
    assert ops == [] and rig.watchdogs == []


def test_the_application_comes_first_on_the_path():
    rig, seen = rig_with(GOOD), []

    def start_and_look():
        loader.boot(rig.board())
        starting.start(handover.state.board, handover.state)
        seen.extend(sys.path)

    power_up(rig)
    rig.run(start_and_look)
    assert seen[0] == "/app" and len(seen) == len(sys.path) + 1


def test_the_root_is_sealed():
    rig = rig_with(GOOD)
    boot_py(rig)
    (kind, device, progsize), readonly = rig.vfs.mounts["/"]
    # By its name: tests before this one have loaded the class anew.
    assert type(device).__name__ == "Guard" and readonly


def test_a_root_that_cannot_be_sealed_does_not_stop_the_boot():
    rig = rig_with(GOOD)
    rig.vfs.broken = True
    forget()
    rig.run(loader.boot, rig.board())
    assert handover.state.board and rig.vfs.mounts["/"] == "stock"
    rig.run(starting.start, handover.state.board, handover.state)
    assert handover.state.slot == 0


def test_what_fails_once_at_boot_is_done_again():
    """No memory for a moment, say: without its board the device would end at a REPL."""
    rig = rig_with(GOOD)
    board, left = rig.board(), [1]
    stop = board.stop_watchdog

    def no_memory():
        if left:
            left.pop()
            raise MemoryError()
        stop()

    board.stop_watchdog = no_memory
    forget()
    rig.run(loader.boot, board)
    assert handover.state.board is board and rig.vfs.mounts["/"] != "stock"


def test_a_trial_burns_an_attempt_under_a_watchdog():
    rig = upgraded()
    state = boot(rig)
    assert (state.slot, state.trial) == (1, True)
    assert mounted_main(rig) == "version = 'new'\n"
    assert on_record(rig) == (1, [GOOD, TRIAL], 2, NOTHING, "")
    assert state.wdt is rig.watchdogs[0] and state.wdt.timeout == 8000 and state.wdt.fed > 0


def test_the_attempt_is_burned_before_the_new_image_is_read():
    rig, seen = upgraded(), []
    read = rig.flash.read
    start, size = SLOTS[1]

    def watched(at, buf):
        if start <= at < start + size:
            seen.append("read")
        read(at, buf)

    rig.flash.read = watched
    rig.flash.on_op = lambda kind, at, length: seen.append(kind)
    boot(rig)
    burned = seen.index("read")
    assert "program" in seen[:burned] and "program" not in seen[burned:]


def test_a_trial_without_attempts_is_reverted_and_says_why():
    rig = upgraded(attempts=0)
    state = boot(rig)
    assert (state.slot, state.trial, state.wdt) == (0, False, None)
    assert mounted_main(rig) == "version = 'old'\n"
    assert on_record(rig) == (0, [GOOD, BAD], 0, REPORT_OLD, "trial-failed")


def test_a_trial_runs_as_often_as_it_has_attempts():
    rig = upgraded(attempts=3)
    assert [boot(rig).slot for _ in range(5)] == [1, 1, 1, 0, 0]


def test_a_damaged_trial_never_runs():
    rig = upgraded()
    rig.damage(1)
    raises(Reset, boot, rig)  # the watchdog is armed, and the old application may not feed it
    assert on_record(rig) == (0, [GOOD, BAD], 2, REPORT_OLD, "image-damaged")
    state = boot(rig)
    assert (state.slot, state.trial, state.wdt) == (0, False, None)


def test_a_trial_that_is_no_file_system_never_runs():
    rig = upgraded()
    rec = rig.records().load()
    rec.slots[1] = rig.put(1, b"not a ROMFS image", TRIAL, "v1", 3)
    rig.records().store(rec)
    raises(Reset, boot, rig)
    assert on_record(rig) == (0, [GOOD, BAD], 2, REPORT_OLD, "image-damaged")


def test_a_trial_whose_attempt_cannot_be_burned_is_not_run():
    rig = upgraded()

    def fail(kind, at, length):
        raise OSError(5)

    rig.flash.on_op = fail
    for _ in range(5):
        state = boot(rig)
        assert (state.slot, state.trial, state.wdt) == (0, False, None)
    rig.flash.on_op = None
    assert on_record(rig) == (1, [GOOD, TRIAL], 3, NOTHING, "")


def test_a_trial_whose_burn_does_not_stick_is_given_up():
    rig = upgraded()

    def fail_once(kind, at, length):
        rig.flash.on_op = None
        raise OSError(5)

    rig.flash.on_op = fail_once
    assert boot(rig).slot == 0
    assert on_record(rig) == (0, [GOOD, BAD], 2, REPORT_OLD, "record-write")


def test_a_damaged_slot_gives_way_to_the_other_one():
    rig = rig_with(GOOD, GOOD, 1)
    rec = rig.records().load()
    rec.report = REPORT_NEW  # must not reach the cloud any more: the old version runs
    rig.records().store(rec)
    rig.damage(1)
    boot_over_resets(rig)
    assert handover.state.slot == 0
    assert on_record(rig) == (0, [GOOD, BAD], 0, REPORT_OLD, "image-damaged")


def test_an_unusable_active_slot_gives_way_to_a_good_one():
    for state in (BAD, EMPTY):
        rig = rig_with(GOOD, state, 1)
        assert boot(rig).slot == 0
        assert on_record(rig) == (0, [GOOD, state], 0, NOTHING, "")
        ops = operations(rig)
        assert boot(rig).slot == 0 and ops == []


def test_without_a_good_slot_nothing_is_mounted():
    for a, b in ((EMPTY, EMPTY), (BAD, BAD), (EMPTY, BAD)):
        rig = rig_with(a, b)
        ops = operations(rig)
        state = boot(rig)
        assert state.slot is None and state.board and "/app" not in rig.vfs.mounts
        assert ops == []


def test_two_damaged_slots_end_in_recovery():
    rig = rig_with(GOOD, GOOD)
    rig.damage(0)
    rig.damage(1)
    boot_over_resets(rig)
    assert handover.state.slot is None
    assert on_record(rig)[1] == [BAD, BAD]
    ops = operations(rig)
    assert boot(rig).slot is None and ops == []


def test_a_failed_trial_without_a_good_slot_ends_in_recovery():
    rig = rig_with(BAD, TRIAL, 1, attempts=0)
    assert boot(rig).slot is None
    assert on_record(rig) == (1, [BAD, BAD], 0, REPORT_OLD, "trial-failed")


def test_a_blank_chip_ends_in_recovery():
    state = boot(Rig())
    assert state.slot is None and state.record.seq == 0


# Faults of flash and configuration


def test_a_confirmed_slot_boots_even_if_records_cannot_be_written():
    rig = rig_with(GOOD, GOOD, 1)
    rig.damage(1)

    def fail(kind, at, length):
        raise OSError(5)

    rig.flash.on_op = fail
    boot_over_resets(rig)
    assert handover.state.slot == 0
    assert mounted_main(rig) == "version = 'old'\n"


def test_records_that_cannot_be_read_end_in_recovery():
    rig = rig_with(GOOD)
    read = rig.flash.read

    def failing(at, buf):
        if STATE[0] <= at < STATE[0] + STATE[1]:
            raise OSError(5)
        read(at, buf)

    rig.flash.read = failing
    assert boot_over_resets(rig) == 2
    assert handover.state.slot is None and handover.state.board


def test_a_slot_that_cannot_be_read_gives_way_to_the_other_one():
    rig = rig_with(GOOD, GOOD, 1)
    read = rig.flash.read

    def failing(at, buf):
        if at >= SLOTS[1][0]:
            raise OSError(5)
        read(at, buf)

    rig.flash.read = failing
    boot_over_resets(rig)
    assert handover.state.slot == 0
    assert "slot 1: FlashError" in log.lines()[0]


def test_an_unusable_board_file_leaves_the_repl():
    for areas in ({"state": "here"}, {"state": [STATE[0], 3 * ERASE]}):
        rig = rig_with(GOOD, areas=areas)
        boot_py(rig)
        assert hand_over(rig) == [] and "/app" not in rig.vfs.mounts
        assert "boot: " in log.lines()[-1] and "Error" in log.lines()[-1]


def test_without_a_board_file_there_is_no_board():
    rig = Rig()
    power_up(rig)
    rig.run(loader.boot)
    assert handover.state.board is None and "no-board-file" in log.lines()[-1]
    assert hand_over(rig) == []
