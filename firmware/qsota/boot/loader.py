# Runs before the application, in the two steps that MicroPython has: boot.py at every start,
# main.py unless a host holds the raw REPL. So mpremote finds a board at rest, and no soft reset
# of its costs a trial an attempt. What runs then, and how it may end: resident/program.py.
from micropython import const

from qsota import log
from qsota.boot import application, attended, chip, hardware, starting, tally
from qsota.boot.stored import put_away
from qsota.errors import QsotaError
from qsota.resident import handover, phases, program

_KEYS = "qsota.update.keys"
_TRIES = const(3)
# A cable is no better than a restart against these; against other faults of a board file it is.
_PASSING = ("no-spi-flash", "io")


def boot(board=None):
    """Called by boot.py: seals the root; nothing is started yet, and nothing bites."""
    for _ in range(_TRIES):
        try:
            attended.watch()
            handover.state.board = board or hardware.load()
            handover.state.board.stop_watchdog()
            handover.state.board.seal_root()
            return
        except Exception as error:
            # Memory, or a read, that failed once may go well now; without a board there is only
            # a REPL.
            log.write("boot: %r" % error)


def prepare():
    """All that is to be done before a program may run, which the state says then; False: to the
    REPL, for a cable."""
    state = handover.state
    board = state.board
    if board is None:
        return False
    try:
        if board.maintenance():
            log.write("boot: maintenance")
            attended.leave()
            return False
        starting.start(board, state)
    except QsotaError as error:
        if error.reason in _PASSING:
            raise
        log.write("boot: %r" % error)  # the board file is of no use
        return False
    state.alone = state.slot is None or not state.trial and tally.begin(state)
    attended.leave()
    if state.alone:
        log.write("boot: the updater alone")
        if state.slot is not None:
            state.keys = phases.call(_KEYS, "brought")
            application.leave()
        if board.get("port", str) == "rp2":  # on stm32 nothing could stop it for a host
            state.wdt = board.watchdog(board.get("trial.watchdog_ms"))
    else:
        state.timer = chip.later(tally.LASTED_MS, program.lasted)
        application.take_library()
    pack = phases.pack()
    if pack:
        pack.flash = board.mapped()
    state.started = True
    put_away(state)
    return True
