# A board at its REPL runs no updater. That is right while a host is there, and an accident
# otherwise: noise on a UART that reads as Ctrl-C, or a host that has gone without a reset. So a
# board at rest that has had no host on its USB for a while is restarted.
from micropython import const

from qsota import log
from qsota.boot import chip
from qsota.resident import handover

_LOOK_MS = const(60000)
_MINUTES = const(5)


def watch():
    """From now on the board is at rest: restart it after five minutes without a host on USB.

    handover.state.rest is how many are left: a host at a UART, which cannot be seen, may add some.
    """
    leave()
    handover.state.rest = _MINUTES
    handover.state.timer = chip.later(_LOOK_MS, _look, True)


def leave():
    """A program runs, or somebody wants the board to stay as it is."""
    if handover.state.timer:
        handover.state.timer.deinit()
    handover.state.timer = None


def _look(timer):
    state = handover.state
    state.rest = max(state.rest, _MINUTES) if chip.host() else state.rest - 1
    if state.rest <= 0:
        log.write("reset: at rest, and no host")
        chip.reset()
