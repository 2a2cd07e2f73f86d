# One download: what a session hands over becomes an image in the slot, or a reason on record.
#
# What it is made of comes step by step, as in session/assembly.py.
# ruff: noqa: F401, I001
import json
from asyncio import sleep_ms

from micropython import const

from qsota import log
from qsota.errors import PackageError
from qsota.resident import handover, phases

_SUBSCRIBED = const(8)
_BLOCK = b'+QIOTEVT: 7,10703,"%s",%d,0,0'
_REACH = "qsota.session.reach"
_BROUGHT = "/app/lib/qsota/keys.json"


async def run(updater, line, component, *plan):
    """True if an image is installed and waits for its trial; else a session has to go on.

    line: the event that announced the download, None: it is the one on record. component: "" for
    one that began unseen. plan: as Attempt.run() has it.
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
        return await _take(updater, handover.state.board, line, component, plan)
    finally:
        if opened:
            ready.put_away(handover.state)


async def _take(updater, board, line, component, plan):
    await sleep_ms(0)
    from qsota.command import forms, at_command

    await sleep_ms(0)
    from qsota.command import exchange

    await sleep_ms(0)
    from qsota.session import names, events

    await sleep_ms(0)
    from qsota.session import event_queue, targets

    await sleep_ms(0)
    from qsota.session.commands import Commands

    await sleep_ms(0)
    from qsota.update.journal import Journal

    await sleep_ms(0)
    from qsota.boot import slot
    from qsota.update import package

    await sleep_ms(0)
    from qsota.update import chunks, digest

    await sleep_ms(0)
    from qsota.update import slot_writer, staging

    await sleep_ms(0)
    from qsota.update.blocks import Superseded

    await sleep_ms(0)
    from qsota.update.target import SlotTarget

    await sleep_ms(0)
    from qsota.update.transfer import Transfer

    await sleep_ms(0)
    from qsota.update.attempt import Attempt

    journal = Journal(handover.state)
    quec = Commands(updater.at, updater.inbox)
    link = _Link(updater, quec)
    progress = updater.status.progress
    ahead = board.get("uart.receive", str) != "pull"
    transfer = Transfer(quec, link, progress, board.chunk, board.payload_form, ahead)
    try:
        if not component:
            await _find(updater.inbox, transfer, journal)
            return False
        target = updater.targets.get(component)
        if target is None:
            target = SlotTarget(board, journal, updater.version, updater.feed, _keys(board))
        attempt = Attempt(quec, link, journal, transfer, {component: target}, updater.status)
        event = line and events.parse(line)
        try:
            return await attempt.run(event, component, *plan)
        except Superseded:
            return False
    finally:
        quec.give_back()


def _keys(board):
    """Those that the mounted image brought along, if it did; else the board file's. Where the
    application has failed and did not just make way, one of either opens."""
    from qsota.boot.board import Board

    try:
        with open(_BROUGHT) as file:
            own = Board({"keys": json.load(file)}).keys
    except OSError:
        return board.keys
    state = handover.state
    return own + board.keys if state.alone and not state.aside else own


async def _find(inbox, transfer, journal):
    """A download that began unseen: as if the event of its block had come now."""
    try:
        header = await transfer.header()
    except PackageError as error:
        journal.fail(error.reason)
        return
    from qsota.update.package import HEADER_SIZE

    log.write("block found by its header")
    size = HEADER_SIZE + header.payload_size
    inbox.lines.insert(0, _BLOCK % (header.component.encode(), size))


class _Link:
    """The connection as a session has made it. What it takes to make it again is loaded only when
    that has to be done."""

    def __init__(self, updater, quec):
        self._updater = updater
        self._quec = quec

    @property
    def restarted(self):
        return self._updater.inbox.restarted

    async def ensure(self):
        """As Link.ensure()."""
        if self.restarted or await self._quec.state() != _SUBSCRIBED:
            await self.connect()

    async def connect(self):
        await phases.run(_REACH, self._updater, False)

    async def reset_module(self):
        return await phases.run(_REACH, self._updater, True)
