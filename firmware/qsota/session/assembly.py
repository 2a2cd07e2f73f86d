# A session put together from what the resident part hands over, and taken apart again.
#
# What others import comes first: an import within an import takes 1 KB of the processor's stack,
# and a Pico has 8 KB. It also takes some 8 ms for each KB of code, so the application has its turn
# in between.
# ruff: noqa: F401, I001
from asyncio import sleep_ms

from micropython import const

from qsota.resident import handover

_CODE = const(72000)  # heap that an update takes beside a chunk and a window: qsota bench heap


async def run(updater):
    """Do what is to be done. Returns for how many ms nothing is, None: the module has restarted;
    or a tuple: an update has to take this download now, and then it is a session's turn again.

    updater.memory is what the session before left, None before the first one.
    """
    from qsota.boot import chip, flash

    await sleep_ms(0)
    from qsota.boot import record

    await sleep_ms(0)
    from qsota.boot import board

    await sleep_ms(0)
    from qsota.boot import ready

    opened = ready.restore(handover.state)
    try:
        return await _session(updater, handover.state.board)
    finally:
        if opened:
            ready.put_away(handover.state)


async def _session(updater, board):
    await sleep_ms(0)
    from qsota.command import at_command

    await sleep_ms(0)
    from qsota.command import exchange

    await sleep_ms(0)
    from qsota.session import names, events

    await sleep_ms(0)
    from qsota.session import event_queue, commands

    await sleep_ms(0)
    from qsota.session.quecthing import QuecThing

    await sleep_ms(0)
    from qsota.session import module_mode, connect

    await sleep_ms(0)
    from qsota.session import reach
    from qsota.session.targets import Slots
    from qsota.session.policy import Policy

    await sleep_ms(0)
    from qsota.session.offer import Offers

    await sleep_ms(0)
    from qsota.session.report import Reporter
    from qsota.session.watch import Watch

    await sleep_ms(0)
    from qsota.session.session import Session

    await sleep_ms(0)
    from qsota.update.journal import Journal

    journal = Journal(handover.state)
    if updater.starved:
        updater.starved = False
        journal.fail("no-memory")
    quec = QuecThing(updater.at, updater.inbox)
    link, power = reach.assemble(updater, quec)
    updater.need = _CODE + board.chunk + (1 << board.window_bits)
    targets = {board.component: Slots(updater.version, board.slot_size)}
    targets.update(updater.targets)
    watch = Watch()
    policy = Policy(updater.battery, updater.signal or quec.signal, updater.consent)
    offers = Offers(quec, journal, policy, targets, updater.status, watch)
    reporter = Reporter(quec, link, journal, targets)
    session = Session(quec, link, journal, reporter, offers, watch, updater.request_ms)
    session.confirms = updater.passed or board.platform_confirms
    parts = session, offers, watch
    if updater.memory:
        for part, kept in zip(parts, updater.memory):
            part.restore(kept)
    try:
        if not updater.connected:
            await session.open()
            updater.connected = True
        await session.run()
        return session.download or (None if link.restarted else session.rest_ms())
    finally:
        updater.moved = updater.moved or session.moved
        updater.memory = [part.keep() for part in parts]
        reach.release(updater, quec, link, power)
