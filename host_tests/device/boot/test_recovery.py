"""The updater alone: until there is an application, or for a while."""

import asyncio

from qsota.boot import loader, ready, recovery, starting
from qsota.boot.record_data import TRIAL
from qsota.device import Device
from qsota.errors import BoardError
from qsota.resident import handover
from qsota_tools.proof.lab.edges import BenchState, Reset
from qsota_tools.proof.lab.rig import Rig
from rig import Module
from util import raises
from words import plan

MINUTE = 60000


def boot(*plans, version=None):
    """A bench as the loader leaves it."""
    rig = Rig(plans, version=version)
    handover.state = BenchState(rig.board)
    loader.boot(rig.board)
    starting.start(rig.board, handover.state)
    return rig


def run(rig, ms=None):
    """recovery.main() in virtual time; None when its time is over, else how it ended."""
    before, recovery.asyncio = recovery.asyncio, Module(run=rig.clock.run)
    recovery.asyncio.create_task = asyncio.create_task
    recovery.asyncio.sleep_ms = asyncio.sleep_ms
    try:
        recovery.main(ms)
    except Reset as error:
        return error
    finally:
        recovery.asyncio = before
    return None


def test_recovery_installs_what_the_cloud_has_and_restarts():
    rig = boot(plan("2_0_0"))
    assert handover.state.slot is None
    assert run(rig)
    record = rig.record
    assert rig.sent("AT+QIOTUPDATE=3") and record.slots[record.active].state == TRIAL
    assert record.slots[record.active].version == "2_0_0"


def test_without_a_plan_the_updater_alone_comes_to_an_end_when_its_time_is_over():
    rig = boot(version="1_0_0")
    assert run(rig, 15 * MINUTE) is None
    assert 15 * MINUTE <= rig.clock.now() < 16 * MINUTE
    assert rig.cloud.versions["MCU"] == "1_0_0"  # it reports what is installed


def test_an_upgrade_that_is_under_way_when_the_time_is_over_is_finished():
    rig = boot(plan("2_0_0"), version="1_0_0")
    assert run(rig, 3000)
    record = rig.record
    assert record.slots[record.active].version == "2_0_0"


def run_fake(rig, updater_run, ms=None):
    """With an updater that does what updater_run(), a coroutine function, does."""
    fake = Module(run=updater_run, status=Module(phase="reading"))
    before, recovery.make_updater = recovery.make_updater, lambda: fake
    try:
        return run(rig, ms)
    finally:
        recovery.make_updater = before


def test_an_upgrade_without_an_end_does_not_keep_the_application_away_for_ever():
    async def read_for_ever():
        while True:
            await asyncio.sleep_ms(1000)

    rig = boot(version="1_0_0")
    assert run_fake(rig, read_for_ever, 15 * MINUTE) is None
    assert 60 * MINUTE <= rig.clock.now() < 61 * MINUTE


def test_the_watchdog_is_fed_by_the_updater_alone():
    rig = boot(version="1_0_0")
    handover.state.wdt = rig.start_watchdog(8000)
    assert run(rig, 15 * MINUTE) is None and not rig.bitten


def test_a_phase_that_cannot_begin_leaves_nothing_open():
    def broken(board):
        raise BoardError("board-field", "areas.slot_a")

    boot(version="1_0_0")
    state = handover.state
    ready.put_away(state)
    assert raises(BoardError, ready.begin, broken).reason == "board-field"
    assert state.record is None and state.records is None
    opened, made = ready.begin(lambda board: board.name)
    assert opened and made == "BENCH" and state.record
    assert ready.begin(lambda board: 1) == (False, 1)  # it is open already
    raises(BoardError, ready.begin, broken)
    assert state.record


def test_an_application_may_say_that_its_start_was_a_good_one():
    boot(version="1_0_0")
    handover.state.tally[0] = 3
    Device().lasted()
    assert handover.state.tally[0] == 0


def test_the_updater_alone_feeds_the_watchdog():
    rig = boot(version="1_0_0")
    handover.state.wdt = rig.start_watchdog(8000)
    run(rig, MINUTE)
    assert not rig.bitten


def test_an_updater_that_fails_is_no_end_in_silence():
    async def fail():
        raise ValueError("lost")

    raises(ValueError, run_fake, boot(version="1_0_0"), fail)
