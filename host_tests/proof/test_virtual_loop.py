"""The bench's event loop, of which hundreds share one interpreter."""

import asyncio
import gc

from qsota_tools.proof.lab.clock import Clock
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
