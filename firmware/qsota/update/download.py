# One download: what a session hands over becomes an image in the slot, or a reason on record.
#
# What it is made of comes step by step, as in session/assembly.py.
from qsota import log
from qsota.errors import PackageError
from qsota.resident import handover, phases
from qsota.session import opening
from qsota.update.facts import Facts
from qsota.update.layout import HEADER_SIZE

_BLOCK = b'+QIOTEVT: 7,10703,"%s",%d,0,0'
_KEYS = "qsota.update.keys"
_PARTS = opening.COMMANDS + (
    "qsota.command.forms",
    "qsota.session.targets",
    "qsota.session.connection",
    "qsota.update.steps",
    "qsota.update.journal",
    "qsota.boot.slot",
    "qsota.update.ends",
    "qsota.update.slot_writer",
    "qsota.update.staging",
    "qsota.update.target",
    "qsota.update.transfer",
    "qsota.update.attempt",
)


async def run(updater, line, component, *plan):
    """True if an image is installed and waits for its trial; else a session has to go on.

    line: the event that announced the download, None: it is the one on record. component: "" for
    one that began unseen. plan: as Attempt.run() has it.
    """
    opened, facts = await opening.begin(_facts)
    try:
        await phases.bring(_PARTS)
        return await _take(updater, facts, line, component, plan)
    finally:
        if opened:
            handover.let_go(handover.state)


def _facts(board):
    return Facts(board, _keys(board))


def _keys(board):
    """Those that the image brought along, if it did; else the board file's. Where the application
    has failed and did not just make way, one of either opens."""
    state = handover.state
    if not state.alone:
        own = phases.call(_KEYS, "brought")
    elif state.aside:
        own = state.keys
    else:
        own = (state.keys or []) + board.keys
    return board.keys if own is None else own


async def _take(updater, facts, line, component, plan):
    from qsota.session import events
    from qsota.session.commands import Commands
    from qsota.session.connection import Connection
    from qsota.update.attempt import Attempt
    from qsota.update.ends import Superseded
    from qsota.update.journal import Journal
    from qsota.update.target import SlotTarget
    from qsota.update.transfer import Transfer

    journal = Journal(handover.state)
    quec = Commands(updater.at, updater.inbox)
    link = Connection(updater, quec)
    progress = updater.status.progress
    transfer = Transfer(quec, link, progress, facts.chunk, facts.payload_form, facts.ahead)
    try:
        if not component:
            await _find(updater.inbox, transfer, journal)
            return False
        target = updater.targets.get(component)
        if target is None:
            target = SlotTarget(facts, journal, updater.version, updater.feed)
        attempt = Attempt(quec, link, journal, transfer, {component: target}, updater.status)
        event = line and events.parse(line)
        try:
            return await phases.apart(attempt.run(event, component, *plan))
        except Superseded:
            return False
    finally:
        quec.give_back()


async def _find(inbox, transfer, journal):
    """A download that began unseen: as if the event of its block had come now."""
    try:
        header = await transfer.header()
    except PackageError as error:
        journal.fail(error.reason)
        return
    log.write("block found by its header")
    size = HEADER_SIZE + header.payload_size
    inbox.lines.insert(0, _BLOCK % (header.component.encode(), size))
