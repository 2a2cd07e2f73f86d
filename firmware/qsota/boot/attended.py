# A board at its REPL runs no updater. That is right while a host is there, and an accident
# otherwise: noise on a UART that reads as Ctrl-C, or a host that has gone without a reset. So a
# board at rest that has had no host on its USB for a while is restarted.
from micropython import const

from qsota import log
from qsota.boot import chip

_LOOK_MS = const(60000)
_MINUTES = const(5)

_timer = None
_left = 0
_patience = 0


def watch(minutes=_MINUTES):
    """From now on the board is at rest: restart it after that long without a host on USB."""
    global _timer, _left, _patience
    leave()
    _left = _patience = minutes
    _timer = chip.later(_LOOK_MS, _look, True)


def leave():
    """A program runs, or somebody wants the board to stay as it is."""
    global _timer
    if _timer:
        _timer.deinit()
    _timer = None


def _look(timer):
    global _left
    _left = _patience if chip.host() else _left - 1
    if _left <= 0:
        log.write("reset: at rest, and no host")
        chip.reset()
