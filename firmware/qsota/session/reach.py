# The connection to the module, put together and taken apart: for a session, and for an update that
# has to make it again.
from qsota.resident import handover, phases
from qsota.session.opening import COMMANDS

_BOARD = (
    "qsota.boot.flash",
    "qsota.boot.chip",
    "qsota.boot.hardware",
    "qsota.boot.board",
    "qsota.boot.data",
)
_LINK = ("qsota.session.quecthing", "qsota.session.module_mode", "qsota.session.connect")
_PARTS = _BOARD + COMMANDS + _LINK


async def run(updater, reset):
    """Connect again, after a reset of the module if that is asked for; False where no line for
    that is wired."""
    await phases.bring(_PARTS)
    from qsota.session.quecthing import QuecThing

    quec = QuecThing(updater.at, updater.inbox)
    link, power = _assemble(updater, quec)
    try:
        return await (link.reset_module() if reset else link.connect())
    finally:
        _release(updater, quec, link, power)


def _assemble(updater, quec):
    """(Link, ModulePower or None), as those were that were released last."""
    from qsota.boot.board import load_board
    from qsota.session.connect import Link

    board, at = handover.state.board or load_board(), updater.at
    power = _power(board, at)
    settings = board.settings()
    known = "pk" in settings and "ps" in settings
    product = (settings["pk"], settings["ps"]) if known else None
    wake, reset = (power.wake, power.reset) if power else (None, None)
    rts = board.get("uart.receive", str) == "rts"
    link = Link(at, quec, board.register_mode, product, wake, reset, rts)
    if updater.link:
        link.restore(updater.link)
        if power:
            power.restore(updater.rate)
    return link, power


def _release(updater, quec, link, power):
    """Keep what the next ones have to know: updater.link, and updater.rate of the UART."""
    quec.give_back()
    updater.link = link.keep()
    if power:
        power.close()
        updater.rate = power.keep()


def _power(board, at):
    # Only a board that is wired for it carries the code.
    if "module_pins" not in board.config and "fast_baud" not in board.config["uart"]:
        return None
    from qsota.session.module_power import ModulePower

    return ModulePower(board, at.uart)
