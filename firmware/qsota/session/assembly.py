# A session put together from what the resident part hands over, and taken apart again.
from qsota.resident import handover
from qsota.session.connect import Link
from qsota.session.offer import Offers
from qsota.session.policy import Policy
from qsota.session.quecthing import QuecThing
from qsota.session.report import Reporter
from qsota.session.session import Session
from qsota.session.watch import Watch
from qsota.update.attempt import Attempt
from qsota.update.journal import Journal
from qsota.update.target import SlotTarget
from qsota.update.transfer import Transfer


async def run(updater):
    """Do what is to be done. True: an image is installed and waits for its trial; else for how
    many ms nothing is, None: the module has restarted.

    updater.memory is what the session before left, None before the first one.
    """
    board, at, inbox = handover.state.board, updater.at, updater.inbox
    journal = Journal(handover.state)
    quec = QuecThing(at, board.payload_form, inbox)
    power = _power(board, at)
    link = _link(board, at, quec, power)
    targets = {board.component: SlotTarget(board, journal, updater.version, updater.feed)}
    targets.update(updater.targets)
    watch = Watch()
    policy = Policy(updater.battery, updater.signal or quec.signal, updater.consent)
    offers = Offers(quec, journal, policy, targets, updater.status, watch)
    transfer = Transfer(quec, link, updater.status.progress, board.chunk)
    reporter = Reporter(quec, link, journal, targets)
    attempt = Attempt(quec, link, journal, transfer, targets, updater.status, offers)
    session = Session(
        quec, link, journal, transfer, reporter, offers, attempt, watch, updater.request_ms
    )
    session.platform_confirms = board.platform_confirms
    parts = [session, offers, watch, link]
    if power:
        parts.append(power)
    if updater.memory:
        for part, kept in zip(parts, updater.memory):
            part.restore(kept)
    try:
        if not updater.connected:
            if await session.open():
                return True
            updater.connected = True
        if await session.run():
            return True
        return None if link.restarted else session.rest_ms()
    finally:
        quec.give_back()
        if power:
            power.close()
        updater.moved = updater.moved or session.moved
        updater.memory = [part.keep() for part in parts]


def _power(board, at):
    # Only a board that is wired for it carries the code.
    if "module_pins" not in board.config and "fast_baud" not in board.config["uart"]:
        return None
    from qsota.session.module_power import ModulePower

    return ModulePower(board, at.uart)


def _link(board, at, quec, power):
    settings = board.settings()
    known = "pk" in settings and "ps" in settings
    product = (settings["pk"], settings["ps"]) if known else None
    wake, reset = (power.wake, power.reset) if power else (None, None)
    rts = board.get("uart.receive", str) == "rts"
    return Link(at, quec, board.register_mode, product, wake, reset, rts)
