"""The bench's event loop, of which hundreds share one interpreter."""

import asyncio
import gc

import pytest

from qsota_tools.proof.lab.clock import Clock
from qsota_tools.proof.lab.edges import Reset
from qsota_tools.proof.lab.virtual_loop import VirtualLoop


async def for_ever():
    while True:
        await asyncio.sleep(1)


def test_one_that_is_collected_in_the_middle_leaves_anothers_place_to_it():
    left = VirtualLoop(Clock()).steps(for_ever())
    next(left)

    async def goes_on():
        nonlocal left
        del left
        gc.collect(2)
        await asyncio.wait_for(asyncio.sleep(1), 2)  # needs the running loop
        return True

    assert VirtualLoop(Clock()).run(goes_on())


def test_a_run_that_the_clock_ends_leaves_nothing_for_the_collector_to_end_amid_anothers():
    ended = []

    async def goes_on():
        try:
            await for_ever()
        finally:
            ended.append(True)

    def bite():
        raise Reset("watchdog")

    clock = Clock()
    clock.after(1500, bite)
    with pytest.raises(Reset) as kept:  # and with it the run's frames
        clock.run(goes_on())
    assert ended == [True]
    assert kept.value.args == ("watchdog",)
