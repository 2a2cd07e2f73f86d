"""The updater goes on when there is no memory, not even to say so."""

import asyncio

from qsota.resident.at_client import AtClient
from qsota.resident.inbox import Inbox
from qsota.resident.status import Status
from qsota.resident.updater import Updater
from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.edges import CONFIG
from qsota_tools.proof.lab.rig import Rig
from util import with_loaded
from words import plan


def without_memory(method, times):
    """An upgrade on a device whose updater finds no memory that often in one of its methods."""
    left = [times]
    before = getattr(Updater, method)

    def fails(*args):
        if left[0]:
            left[0] -= 1
            raise MemoryError()
        return before(*args)

    setattr(Updater, method, fails)
    try:
        rig = Rig([plan("2_0_0")])
        assert rig.run(Rig.settled)
        return rig, left[0]
    finally:
        setattr(Updater, method, before)


def test_a_task_that_cannot_even_begin_begins_later():
    rig, left = without_memory("_sessions", 3)
    assert rig.cloud.verdicts == [10705] and left == 0 and rig.clock.now() > 3000


def test_a_task_that_cannot_end_the_run_before_it_begins_later():
    rig, left = without_memory("_stop", 2)
    assert rig.cloud.verdicts == [10705] and left == 0


def test_a_session_that_cannot_be_made_is_made_later():
    rig, left = without_memory("_registration", 3)
    assert rig.cloud.verdicts == [10705] and left == 0


def test_a_pause_that_cannot_be_made_costs_a_second_and_after_a_minute_as_much_as_others():
    """The session before it may have been paid for."""
    asked = []

    class NoPause(Updater):
        def _pause(self, silent):
            asked.append(clock.now())
            raise MemoryError()

    async def main():
        nobody = (None,) * 6
        updater = NoPause(None, Inbox(AtClient(None)), Status(), "1_0_0", nobody)
        task = asyncio.create_task(updater.run())
        await asyncio.sleep_ms(2000000)
        task.cancel()

    clock = Clock()
    clock.run(main())
    assert [b - a for a, b in zip(asked, asked[1:])] == [1000] * 64 + [600000] * 3


def test_an_updater_alone_restarts_the_board_also_where_updates_run_beside_the_application():
    rig = Rig([plan("2_0_0")], version=None, config=dict(CONFIG, update="beside"))

    def narrow(real):
        async def run(updater):
            if len(rig.boots) > 1:
                return await real(updater)
            raise MemoryError()

        return run

    assert with_loaded("qsota.session.assembly run", narrow, rig.run, Rig.settled, 300000)
    assert rig.boots == ["recovery", "recovery", "2_0_0"] and rig.cloud.verdicts == [10705]
