# The loader's own copy of the updater, alone: no slot holds an image that may run, or the one that
# does has not lasted several times in a row.
import asyncio
from time import ticks_diff, ticks_ms

from micropython import const

from qsota.device import Device
from qsota.resident.status import IDLE, OFFLINE

_BUSY = const(4)  # times as long may an upgrade take that is under way then


def main(ms=None):
    """Run the updater for ms milliseconds, and on while an upgrade is under way; None: until it
    has installed something."""
    asyncio.run(alone(ms))


async def alone(ms):
    """See main(); returns when the time is over."""
    device = Device()
    updater = device.updater()
    task = asyncio.create_task(updater.run())
    begun = ticks_ms()
    while not task.done():
        device.feed()
        spent = ticks_diff(ticks_ms(), begun)
        if ms and spent > (ms if updater.status.phase in (OFFLINE, IDLE) else _BUSY * ms):
            return
        await asyncio.sleep_ms(1000)
    await task  # it should not have ended: says why
