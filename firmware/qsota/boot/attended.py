# A board at its REPL runs no updater. That is right while a host is there, and an accident
# otherwise: noise on a UART that reads as Ctrl-C, or a host that has gone without a reset. So a
# board at rest that has had no host on its USB for a while is restarted.
from micropython import const

from qsota import log
from qsota.boot import chip

_LOOK_MS = const(60000)
_LOOKS = const(5)

_timer = None
_missed = 0


def watch():
    """From now on the board is at rest: restart it after five minutes without a host on USB."""
    global _timer, _missed
    leave()
    _missed = 0
    _timer = chip.later(_LOOK_MS, _look, True)


def leave():
    """A program runs, or somebody wants the board to stay as it is."""
    global _timer
    if _timer:
        _timer.deinit()
    _timer = None


def _look(timer):
    global _missed
    _missed = 0 if chip.host() else _missed + 1
    if _missed >= _LOOKS:
        log.write("reset: at rest, and no host")
        chip.reset()
