"""Upgrades that end without being done: no memory, resets, plans that fail again and again."""

import asyncio

from cases import long
from ending_runs import HOUR, MINUTE
from qsota.resident import phases
from qsota.resident.at_client import AtClient
from qsota.update import package
from qsota_tools.center.plan import Component, Plan
from qsota_tools.proof.lab.apps import crashing_app
from qsota_tools.proof.lab.edges import Reset
from qsota_tools.proof.lab.faults import change_urc
from qsota_tools.proof.lab.packages import image, make, stored
from qsota_tools.proof.lab.rig import Rig
from util import with_loaded
from words import plan

DOWNLOADS = "AT+QIOTUPDATE=1"


# --- without memory


def without_memory(times):
    """A rig with a compressed package for whose window there is no memory so many times."""
    tries = []

    def starved(real):
        def inflater(*args):
            tries.append(1)
            if len(tries) <= times:
                raise MemoryError("memory allocation failed, allocating 32768 bytes")
            return real(*args)

        return inflater

    data = image("2_0_0", 5000)
    rig = Rig([Plan([Component("MCU", "2_0_0", make(package.DEFLATE, data, stored(data)))])])
    assert with_loaded("qsota.update.decoder Inflater", starved, rig.run, Rig.settled, HOUR)
    return rig


def test_memory_that_was_missing_once_costs_one_more_try():
    rig = without_memory(1)
    assert rig.cloud.verdicts == [10705]


def test_a_package_that_decodes_to_another_image_is_read_twice_and_refused():
    data = image("2_0_0", 5000)
    other = data[:-1] + bytes([data[-1] ^ 1])
    bad = make(package.DEFLATE, data, stored(other))
    rig = Rig([Plan([Component("MCU", "2_0_0", bad)]), plan("3_0_0")])
    assert rig.run(lambda rig: len(rig.cloud.verdicts) == 2 and rig.settled(), HOUR)
    assert rig.cloud.verdicts == [10706, 10705] and rig.boots == ["1_0_0", "3_0_0"]
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 3


def with_no_memory_to_begin(times):
    """A rig with two plans; so many times there is no memory to begin an update."""
    rig, run, left = Rig([plan("2_0_0"), plan("3_0_0")]), phases.run, [times]

    def starved(name, *args):
        if name == "qsota.update.download" and left[0]:
            left[0] -= 1
            raise MemoryError
        return run(name, *args)

    phases.run = starved
    try:
        assert rig.run(Rig.settled)
    finally:
        phases.run = run
    return rig


def test_memory_that_was_missing_once_for_an_answer_costs_no_byte_again():
    rig, read, left = Rig([plan("2_0_0", 9000)]), AtClient.read, [1]

    def starved(at, line, *args):
        if left[0] and line.startswith("AT+QIOTOTARD=5120,"):
            left[0] -= 1
            raise MemoryError
        return read(at, line, *args)

    AtClient.read = starved
    try:
        assert rig.run(Rig.settled)
    finally:
        AtClient.read = read
    assert rig.cloud.verdicts == [10705] and left == [0]
    assert len(rig.sent("AT+QIOTOTARD=0,384")) == 1


def test_an_update_for_which_there_is_no_memory_is_begun_once_more():
    assert with_no_memory_to_begin(1).cloud.verdicts == [10705, 10705]


def test_an_update_for_which_there_is_no_memory_twice_fails_with_that_reason():
    rig = with_no_memory_to_begin(2)
    assert rig.cloud.verdicts == [10706, 10705] and rig.running == "3_0_0"
    assert len(rig.sent("AT+QIOTREG?")) == len(rig.boots) == 3  # the second one in its place


def test_memory_that_is_always_missing_ends_the_upgrade_with_that_reason():
    rig = without_memory(1000)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "no-memory"
    assert len(rig.sent("ATE0")) == 1, "more than one session"


# --- resets


def test_an_upgrade_that_resets_the_mcu_again_and_again_ends():
    data = image("2_0_0", 20000)
    rig = Rig([Plan([Component("MCU", "2_0_0", make(package.DEFLATE, data, stored(data)))])])
    real = rig.board.slot

    class Area:
        def __init__(self, area):
            self._area = area

        def __getattr__(self, name):
            return getattr(self._area, name)

        def erase(self, at):
            if at >= 8192:
                raise Reset()
            self._area.erase(at)

    rig.board.slot = lambda index: Area(real(index)) if index else real(index)
    assert rig.run(Rig.settled, HOUR)
    assert rig.cloud.verdicts == [10706] and rig.record.reason == "too-many-restarts"
    assert len(rig.boots) < 30


def test_a_first_erase_that_resets_the_mcu_ends_the_upgrade_too():
    rig = Rig([plan("2_0_0", 5000)])
    real = rig.board.slot

    def slot(index):
        if index:
            raise Reset()
        return real(index)

    rig.board.slot = slot
    assert rig.run(lambda rig: rig.cloud.verdicts, 2 * HOUR)
    assert rig.cloud.verdicts == [10706]
    assert len(rig.boots) < 30


@long
def test_resets_between_which_the_download_goes_on_cost_no_upgrade():
    async def app(rig, device):
        count = len(rig.sent("AT+QIOTOTARD="))
        while len(rig.sent("AT+QIOTOTARD=")) < count + 12:
            await asyncio.sleep_ms(5)
        raise Reset()

    rig = Rig([plan("2_0_0", 35000)])
    rig.apps["1_0_0"] = app
    assert rig.run(Rig.settled, HOUR)
    assert rig.cloud.verdicts == [10705] and rig.boots.count("1_0_0") > 5


# --- a digit that changed on the wire


def test_a_damaged_digest_costs_no_upgrade_also_when_the_right_one_comes_later():
    for name in ("md5", "sha256"):
        rig = Rig([plan("2_0_0", 20000)])
        right = getattr(rig.cloud.plan.components[0].firmware, name)
        wrong = ("1" if right[0] == "0" else "0") + right[1:]
        change_urc(rig, right.encode(), wrong.encode())
        rig.clock.after(3500, rig.module.reboot)  # it says 10701 again
        assert rig.run(Rig.settled, MINUTE)
        assert rig.cloud.verdicts == [10705] and len(rig.sent("AT+QIOTOTARD=0,384")) == 1, name


# --- plans that fail again and again


@long
def test_a_plan_whose_trial_always_crashes_is_downloaded_once_an_hour_in_the_end():
    rig = Rig([plan("2_0_0") for _ in range(12)])
    rig.apps["2_0_0"] = crashing_app
    rig.run(lambda rig: False, 4 * HOUR)
    begun = [ms for ms, line in rig.commands if line == DOWNLOADS]
    assert len([ms for ms in begun if ms > HOUR + 10 * MINUTE]) <= 3
    assert 5 <= len(begun) <= 9 and rig.cloud.verdicts == [10706] * len(begun)


@long
def test_another_plan_than_the_one_that_failed_is_taken_at_once():
    rig = Rig([plan("2_0_0") for _ in range(5)] + [plan("3_0_0")])
    rig.apps["2_0_0"] = crashing_app
    assert rig.run(lambda rig: rig.running == "3_0_0", 2 * HOUR)
