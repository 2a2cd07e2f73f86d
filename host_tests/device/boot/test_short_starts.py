"""Many starts in a row that do not last, and what counts as one."""

import sys

from boot_bench import Recovery, boot_py, hand_over_to, rig_with
from ends_bench import MINUTE, Ends, ends, start
from qsota.boot import ready, tally
from qsota.boot.record_data import GOOD, TRIAL
from qsota.resident import handover, program, updater
from rig import STATE, Reset
from util import raises


def runs_alone(rig):
    """Boot a board whose application is not to run; how long the updater is given."""
    recovery = Recovery()
    boot_py(rig)
    raises(Reset, hand_over_to, rig, recovery)
    assert handover.state.slot == 0 and handover.state.alone
    return recovery.runs


def test_after_five_starts_that_did_not_last_the_updater_runs_alone_once():
    for rig in (rig_with(GOOD), rig_with(GOOD, port="stm32")):
        for _ in range(2):
            ends(rig, Ends(ValueError()))
        for _ in range(3):
            ends(rig, Ends())
        assert runs_alone(rig) == [15 * MINUTE]
        ends(rig, Ends())
        assert runs_alone(rig) == [15 * MINUTE]


def test_counting_costs_no_write_of_flash():
    rig, ops = rig_with(GOOD), []
    rig.flash.on_op = lambda *op: ops.append(op)
    for _ in range(5):
        ends(rig, Ends(ValueError()))
    runs_alone(rig)
    assert ops == []


def test_resets_that_nobody_saw_coming_count_as_well():
    rig = rig_with(GOOD)
    for _ in range(5):
        raises(Reset, start, rig, Ends(Reset()))  # by a watchdog, or by the application itself
    assert runs_alone(rig)


def test_without_such_a_register_the_record_counts_the_ends_that_are_seen():
    rig, ops = rig_with(GOOD), []
    rig.keeps = False
    for count in range(1, 6):
        ends(rig, Ends(ValueError()))
        assert rig.records().load().tally == count
    assert runs_alone(rig) == [15 * MINUTE]
    assert rig.records().load().tally == 4
    ends(rig, Ends())
    rig.flash.on_op = lambda *op: ops.append(op)
    assert runs_alone(rig)
    assert len([op for op in ops if op[0] == "erase"]) == 1


class MakesWay:
    """An application that restarts into the updater alone, for an update."""

    def __init__(self, aside=tally.aside):
        self._aside = aside

    def run(self):
        assert self._aside()
        raise Reset()


def test_an_application_that_makes_way_for_an_update_comes_back_after_it():
    for keeps in (True, False):
        rig = rig_with(GOOD)
        rig.keeps = keeps
        ends(rig, Ends(ValueError()))
        ends(rig, MakesWay())
        assert runs_alone(rig) == [15 * MINUTE] and handover.state.aside
        ends(rig, Ends())  # the application runs, and ends once more
        assert not handover.state.aside
        for _ in range(3):
            ends(rig, Ends())
        assert (
            runs_alone(rig) and not handover.state.aside
        )  # that made five, as without the update


def test_an_application_that_has_no_memory_to_make_way_does_so_by_a_register():
    for port in ("rp2", "stm32"):
        rig = rig_with(GOOD, port=port)
        ends(rig, MakesWay(updater.aside))
        assert runs_alone(rig) == [15 * MINUTE] and handover.state.aside
        ends(rig, Ends())
        assert handover.state.back and not handover.state.aside
        rig.keeps = False  # as of an STM32 whose registers are protected
        ends(rig, MakesWay(lambda: not updater.aside()))
        rig.kept.clear()  # and it has none
        ends(rig, MakesWay(lambda: not updater.aside()))


def test_an_updater_alone_has_no_file_system_of_the_image_in_its_heap():
    rig = rig_with(GOOD)
    path = sys.path[:]
    ends(rig, MakesWay())
    assert runs_alone(rig)
    assert "/app" not in rig.vfs.mounts and "/app" not in sys.path[: -len(path)]
    assert handover.state.keys is None  # those of the image, of which this one brought none


def test_a_place_that_cannot_be_kept_is_not_given_up():
    rig = rig_with(GOOD)
    rig.keeps = False
    answers = []

    class Tries:
        def run(self):
            rig.flash.on_op = lambda *op: fail()
            answers.append(tally.aside())
            rig.flash.on_op = None
            raise Reset()

    def fail():
        raise OSError(5)

    ends(rig, Tries())
    assert answers == [False]


def test_a_start_that_lasted_five_minutes_was_a_good_one():
    rig = rig_with(GOOD)

    class Lasts(Ends):
        def run(self):
            rig.timers.pass_ms(5 * MINUTE)
            raise ValueError

    for _ in range(3):
        for _ in range(4):
            ends(rig, Ends())
        ends(rig, Lasts())
    for _ in range(5):
        ends(rig, Ends())
    assert runs_alone(rig)


def test_a_healthy_application_writes_nothing_to_flash():
    for keeps in (True, False):
        rig, ops = rig_with(GOOD), []
        rig.keeps = keeps
        rig.flash.on_op = lambda *op: ops.append(op)  # noqa: B023

        class Lasts(Ends):
            def run(self):
                rig.timers.pass_ms(5 * MINUTE)  # noqa: B023

        for _ in range(3):
            ends(rig, Lasts())
        assert ops == []


def test_without_a_register_a_start_that_lasted_clears_the_record_when_it_ends():
    rig = rig_with(GOOD)
    rig.keeps = False

    class Lasts(Ends):
        def run(self):
            rig.timers.pass_ms(5 * MINUTE)
            assert ready.ready().record.tally == 0  # so whoever stores it clears it, too

    for _ in range(3):
        ends(rig, Ends())
    ends(rig, Lasts())
    assert rig.records().load().tally == 0


def test_a_program_finds_the_record_that_the_loader_went_by_whatever_flash_reads_meanwhile():
    rig = rig_with(GOOD)
    rig.keeps = False
    ends(rig, Ends())

    class Looks(Ends):
        def run(self):
            start, size = STATE
            rig.flash.content[start : start + size] = bytes(size)
            assert handover.state.record is None and handover.state.board is None
            record = ready.ready().record
            found.append((record.tally, record.slots[0].version, handover.state.board.name))

    found = []
    raises(Reset, start, rig, Looks())
    assert found == [(1, "v0", "TINY")]


def test_an_application_that_says_so_may_restart_as_often_as_it_likes():
    rig = rig_with(GOOD)

    class Sleeps(Ends):
        def run(self):
            program.lasted()  # then it sleeps, and wakes with a reset
            raise Reset

    for _ in range(12):
        ends(rig, Sleeps())
    ends(rig, Ends())


def test_a_start_that_a_host_interrupted_does_not_count():
    rig = rig_with(GOOD)
    for _ in range(12):
        raises(KeyboardInterrupt, start, rig, Ends(KeyboardInterrupt()))
    for _ in range(5):
        ends(rig, Ends())
    assert runs_alone(rig)


def test_a_power_cycle_begins_anew():
    rig = rig_with(GOOD)
    for _ in range(5):
        ends(rig, Ends())
    rig.power_cycle()
    ends(rig, Ends())


def test_a_trial_is_counted_by_its_attempts_alone_and_begins_anew():
    rig = rig_with(GOOD)
    for _ in range(4):
        ends(rig, Ends())
    rec = rig.records().load()
    rec.slots[1], rec.active = rig.put(1, rig.slot_image(0), TRIAL, "v1", 3), 1
    rig.records().store(rec)
    for _ in range(3):
        ends(rig, Ends())
    for _ in range(5):
        ends(rig, Ends())
        assert handover.state.slot == 0
    assert runs_alone(rig)


def test_the_updater_alone_that_fails_gives_the_application_its_turn():
    rig = rig_with(GOOD)
    for _ in range(5):
        ends(rig, Ends())
    for _ in range(3):
        boot_py(rig)
        raises(Reset, hand_over_to, rig, Recovery(ImportError("no updater")))
        assert handover.state.alone
        ends(rig, Ends())
