# A session put together from what the resident part hands over, and taken apart again.
#
# What others import comes first: an import within an import takes 1 KB of the processor's stack,
# and a Pico has 8 KB. What the board is asked for comes before all of that, and goes.
from micropython import const

from qsota.resident import handover, phases
from qsota.session import opening

_CODE = const(58000)  # heap that an update takes beside a chunk and a window: qsota bench heap
_PARTS = opening.COMMANDS + (
    "qsota.session.quecthing",
    "qsota.session.connection",
    "qsota.session.targets",
    "qsota.session.policy",
    "qsota.session.offer",
    "qsota.session.report",
    "qsota.session.watch",
    "qsota.session.intake",
    "qsota.update.steps",
    "qsota.session.trial",
    "qsota.session.session",
    "qsota.update.journal",
    "qsota.session.plan_journal",
)


async def run(updater):
    """Do what is to be done. Returns for how many ms nothing is, None: the module has restarted;
    or a tuple: an update has to take this download now, and then it is a session's turn again.

    updater.memory is what the session before left, None before the first one.
    """
    opened, facts = await opening.begin(_facts)
    try:
        await phases.bring(_PARTS)
        return await _session(updater, *facts)
    finally:
        if opened:
            handover.let_go(handover.state)


def _facts(board):
    need = _CODE + board.chunk + (1 << board.window_bits)
    return board.component, board.slot_size, board.platform_confirms, need


async def _session(updater, component, slot_size, confirms, need):
    from qsota.session.connection import Connection
    from qsota.session.intake import Intake
    from qsota.session.offer import Offers
    from qsota.session.plan_journal import PlanJournal
    from qsota.session.policy import Policy
    from qsota.session.quecthing import QuecThing
    from qsota.session.report import Reporter
    from qsota.session.session import Session
    from qsota.session.targets import Slots
    from qsota.session.watch import Watch

    journal = PlanJournal(handover.state)
    if updater.starved:
        updater.starved = False
        journal.fail("no-memory")
    quec = QuecThing(updater.at, updater.inbox)
    link = Connection(updater, quec)
    updater.need = need
    targets = {component: Slots(updater.version, slot_size)}
    targets.update(updater.targets)
    watch = Watch()
    policy = Policy(updater.battery, updater.signal or quec.signal, updater.consent)
    offers = Offers(quec, journal, policy, targets, updater.status, watch)
    reporter = Reporter(quec, link, journal, targets)
    intake = Intake(quec, journal, offers, watch)
    session = Session(quec, link, journal, reporter, offers, watch, intake, updater.request_ms)
    session.confirms = updater.passed or confirms
    parts = session, offers, watch, intake
    if updater.memory:
        for part, kept in zip(parts, updater.memory):
            part.restore(kept)
    try:
        if not updater.connected:
            await session.open()
            updater.connected = True
        await session.run()
        return intake.download or (None if link.restarted else session.rest_ms())
    finally:
        updater.moved = updater.moved or session.moved
        updater.memory = [part.keep() for part in parts]
        quec.give_back()
