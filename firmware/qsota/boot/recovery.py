# The loader's own copy of the updater, alone: no slot holds an image that may run, the one that
# does has not lasted several times in a row, or it has made way for an update.
import asyncio
from time import ticks_diff, ticks_ms

from micropython import const

from qsota.resident import handover, phases
from qsota.resident.at_client import AtClient
from qsota.resident.inbox import Inbox
from qsota.resident.status import IDLE, INSTALLING, OFFLINE, READING, WAITING, Status
from qsota.resident.updater import Updater

_ASIDE_MS = const(180000)  # a module at work says so every 5 s
_BUSY = const(4)  # times as long may an upgrade take that is under way then


def main(ms=None):
    """Run the updater for ms milliseconds, and on while an upgrade is under way; None: until it
    has installed something."""
    asyncio.run(alone(ms))


async def alone(ms):
    """See main(); returns when the time is over. What an application has made way for has another
    end: it failed, or is nowhere to be found."""
    updater = make_updater()
    task = asyncio.create_task(updater.run())
    begun = ticks_ms()
    wdt, aside, took = handover.state.wdt, handover.state.aside, False
    while not task.done():
        if wdt:
            wdt.feed()
        spent, phase = ticks_diff(ticks_ms(), begun), updater.status.phase
        took = took or phase in (WAITING, READING, INSTALLING)
        if aside and phase == IDLE and (took or spent > _ASIDE_MS):
            return
        if ms and spent > (ms if phase in (OFFLINE, IDLE) else _BUSY * ms):
            return
        await asyncio.sleep_ms(1000)
    await task  # it should not have ended: says why


def make_updater():
    """The updater of a Device, without what only an application needs."""
    uart, version, _, _, _ = phases.call("qsota.boot.ready", "device")
    at, wdt = AtClient(uart), handover.state.wdt
    callables = None, None, None, {}, wdt and wdt.feed, None
    return Updater(at, Inbox(at), Status(), version, callables)
