"""A reader that sleeps while nothing is on the wire hears what one hears that always looks."""

from cases import long
from qsota_tools.proof.lab.apps import crashing_app
from qsota_tools.proof.lab.rig import Rig
from words import plan

MINUTE = 60000
HOUR = 60 * MINUTE


class Polling(Rig):
    naps = False


def dialogue(rig, live):
    """What was said when, by whom, and what ran."""
    live(rig)
    return rig.commands, rig.urcs, rig.boots, rig.cloud.verdicts, rig.clock.now()


def same(make, live=lambda rig: rig.run(Rig.settled, HOUR)):
    napping, polling = dialogue(make(Rig), live), dialogue(make(Polling), live)
    assert len(polling[0]) > 10
    for heard, expected in zip(napping, polling):
        assert heard == expected


def test_of_an_upgrade_in_blocks():
    same(lambda kind: kind([plan("2_0_0", 35000)], flash_free=10240))


@long
def test_of_a_quarter_of_an_hour_without_a_plan():
    same(lambda kind: kind(), lambda rig: rig.run(lambda rig: False, 15 * MINUTE))


@long
def test_of_a_module_that_restarts_every_three_minutes():
    def make(kind):
        rig = kind([plan("2_0_0", 35000)])
        rig.look_ms = 100  # no look at the same moment as the reader's: one of them comes first
        for minute in range(1, 7, 3):
            rig.clock.after(minute * MINUTE + 137, rig.module.reboot)
        return rig

    same(make, lambda rig: rig.run(lambda rig: False, 8 * MINUTE))


@long
def test_of_trials_that_end_in_resets():
    def make(kind):
        rig = kind([plan("2_0_0"), plan("3_0_0")])
        rig.apps["2_0_0"] = crashing_app
        return rig

    same(make, lambda rig: rig.run(lambda rig: False, 15 * MINUTE))


@long
def test_the_reader_of_a_silent_module_looks_twice_a_second_in_place_of_50_times():
    looks = {}
    for kind in (Rig, Polling):
        rig = kind()
        rig.run(lambda rig: rig.clock.now() > MINUTE)
        uart, looks[kind] = rig.uart, 0
        any_ = uart.any

        def count(kind=kind, any_=any_):
            looks[kind] += 1
            return any_()

        uart.any = count
        rig.run(lambda rig: False, 2 * MINUTE)
    assert looks[Polling] > 5000 and looks[Rig] < 400
